"""Makes the virtual environment with the pinned packages, also where Python has neither pip nor ensurepip."""

import hashlib
import importlib.util
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from hotline.setup import commands, places, unpack
from hotline.setup.narrate import SetupFailed, step

# --no-compile: compiling it all takes as long as the rest; Python compiles what it uses when it first does.
_PIP_OPTIONS = (
    *("--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--no-compile"),
    *("--require-hashes", "--only-binary", ":all:"),
)
_SOURCE_OPTIONS = ("--no-binary", "srt", "--no-build-isolation", "--use-pep517")
FetchWheel = Callable[[], list[Path]]


def ensure(with_tests: bool, archive_key: str, fetch_pip: FetchWheel) -> None:
    """Brings `.venv` in step with the lock file; nothing is touched when it is so already."""
    if ready(with_tests):
        return
    lock = _lock(with_tests)
    with step("Python environment") as now:
        _make(archive_key, fetch_pip)
        now.note = f"Python {sys.version.split()[0]}"
    with step("Python packages") as now:
        _install(lock)
        now.note = f"pinned in {lock.name}"
    _launcher()
    _stamp_file(lock).touch()


def ready(with_tests: bool) -> bool:
    """The tests' packages are a superset: whoever has them can run the hotline too."""
    locks = [_lock(True)] if with_tests else [_lock(False), _lock(True)]
    return _python().exists() and any(_stamp_file(lock).exists() for lock in locks)


def _lock(with_tests: bool) -> Path:
    return places.ROOT / ("requirements-dev.txt" if with_tests else "requirements.txt")


def stamp(lock: Path) -> str:
    """Names the state an environment is in: the lock's content, the Python, the place it was made for."""
    said = f"{sys.version}\n{places.ROOT}\n".encode() + lock.read_bytes()
    return f"{lock.stem}-{hashlib.sha256(said).hexdigest()[:16]}"


def _stamp_file(lock: Path) -> Path:
    return places.venv_dir() / f".hotline-{stamp(lock)}"


def _python() -> Path:
    return places.venv_dir() / "bin" / "python"


def _make(archive_key: str, fetch_pip: FetchWheel) -> None:
    """A half-made environment, or one of another Python or place, is made anew."""
    made_for = places.venv_dir() / ".hotline-made-for"
    mark = f"{sys.version}\n{places.ROOT}\n"
    if made_for.exists() and made_for.read_text(encoding="utf-8") == mark:
        return
    shutil.rmtree(places.venv_dir(), ignore_errors=True)
    doing = "Making the Python environment"
    if importlib.util.find_spec("ensurepip"):
        commands.run([sys.executable, "-m", "venv", places.venv_dir()], doing=doing, limit_s=120)
    else:
        commands.run(
            [sys.executable, "-m", "venv", "--without-pip", places.venv_dir()], doing=doing, limit_s=60
        )
        _pip_from_debian(archive_key, fetch_pip)
    made_for.write_text(mark, encoding="utf-8")


def _pip_from_debian(archive_key: str, fetch_pip: FetchWheel) -> None:
    root = unpack.tree(places.cache_dir() / "parts" / f"{archive_key}-python3-pip-whl", fetch_pip)
    wheels = sorted(root.glob("usr/share/python-wheels/pip-*.whl"))
    if not wheels:
        raise SetupFailed("The package python3-pip-whl holds no pip: install python3-venv and run again.")
    commands.run(
        [_python(), "-m", "pip", "install", "--quiet", "--no-index", wheels[0]],
        doing="Installing pip",
        limit_s=120,
        env={"PYTHONPATH": str(wheels[0])},
    )


def _install(lock: Path) -> None:
    """Only the pinned hashes; the locks are complete, so nothing is resolved.

    All come as wheels but `srt` (of vosk), which is built with a setuptools pinned like the rest.
    """
    tools = places.ROOT / "requirements-build.txt"
    for requirements, options in ((tools, ()), (lock, _SOURCE_OPTIONS)):
        commands.run(
            [_python(), "-m", "pip", "install", *_PIP_OPTIONS, *options, "-r", requirements],
            doing="Installing the Python packages",
            limit_s=900,
            tries=2,
        )


def _launcher() -> None:
    """The `hotline` command, and the checkout on the environment's path: no build, so no download."""
    site = next(places.venv_dir().glob("lib/python*/site-packages"))
    (site / "hotline.pth").write_text(f"{places.ROOT}\n", encoding="utf-8")
    command = places.venv_dir() / "bin" / "hotline"
    start = "from hotline.cli import main; main(prog_name='hotline')"
    # -P: in the folder of another checkout it is still this one that answers.
    line = f'exec {shlex.quote(str(_python()))} -P -c "{start}" "$@"'
    command.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    command.chmod(0o755)
