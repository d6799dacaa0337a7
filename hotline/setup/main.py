"""The set-up itself: checks, parts, Python environment; nothing is asked of the network when all is there."""

import argparse
import time
from pathlib import Path

from hotline.setup import apt, checks, parts, places, python_env, wrappers
from hotline.setup.narrate import SetupFailed
from hotline.setup.provide import Provider
from hotline.setup.recipes import Recipe, wanted


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python3 -m hotline.setup", description="Set up the hotline on this machine."
    )
    parser.add_argument(
        "--tests", action="store_true", help="also what the tests need: browser, fonts, SIPp, PostgreSQL"
    )
    parser.add_argument("--renew", action="store_true", help="newer parts: stop the hotline first")
    options = parser.parse_args(argv)
    try:
        _set_up(wanted(options.tests), options.tests, options.renew)
    except SetupFailed as failure:
        print(f"set-up: {failure}", flush=True)
        return 1
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        print(f"set-up: {error.strerror or error}{where}.", flush=True)
        return 1
    except KeyboardInterrupt:
        print("\nset-up: stopped; what was finished is kept.", flush=True)
        return 130
    return 0


def _set_up(recipes: tuple[Recipe, ...], with_tests: bool, renew: bool) -> None:
    started = time.monotonic()
    if not renew and _nothing_to_do(recipes, with_tests):
        print(f"Set-up: everything is there ({time.monotonic() - started:.1f} s)", flush=True)
        return
    print("Set-up: bringing what the hotline needs onto this machine", flush=True)
    cache = places.cache_dir()
    checks.folder(places.private_dir(), "the checkout must belong to who sets it up")
    checks.folder(cache, "set XDG_CACHE_HOME to a folder you may write")
    with checks.alone(places.private_dir() / "setup.lock"), checks.alone(cache / "setup.lock"):
        if not _nothing_to_do(recipes, with_tests):
            checks.disk(places.private_dir())
            checks.disk(cache)
        provider = Provider(apt.Machine.read(), {} if renew else parts.load(), renew)
        provider.provide(recipes)
        release = provider.machine.release or "own"
        python_env.ensure(with_tests, release, lambda: provider.archive().fetch(("python3-pip-whl",)))
        library = provider.found.get("libatomic")
        if with_tests and library is not None and library.source == "unpacked":
            wrappers.playwright_node(Path(library.executable))
    print(f"Set-up: done in {time.monotonic() - started:.1f} s", flush=True)


def _nothing_to_do(recipes: tuple[Recipe, ...], with_tests: bool) -> bool:
    known = parts.load()
    return python_env.ready(with_tests) and all(
        recipe.name in known and known[recipe.name].recipe == recipe.key and known[recipe.name].is_there()
        for recipe in recipes
    )
