"""Pins the newest packages that pyproject.toml allows, with hashes, for all our Pythons: `make lock`."""

import sys
import tempfile
from pathlib import Path

from hotline.setup import commands, places
from hotline.setup.narrate import SetupFailed, step

_COMPILE = (
    *("pip", "compile", "--quiet", "--upgrade", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-header", "--no-emit-index-url", "--no-emit-find-links"),
)


def main() -> int:
    try:
        with tempfile.TemporaryDirectory() as temp:
            _pin(Path(temp))
    except SetupFailed as failure:
        print(f"lock: {failure}")
        return 1
    return 0


def _pin(temp: Path) -> None:
    """The resolver gets an environment of its own: it is no dependency of the hotline."""
    with step("Resolver"):
        commands.run([sys.executable, "-m", "venv", temp / "env"], doing="Making an environment", limit_s=120)
        commands.run([temp / "env/bin/pip", "install", "-q", "uv"], doing="Installing uv", limit_s=300)
    project = places.ROOT / "pyproject.toml"
    build = temp / "build.in"
    build.write_text("setuptools>=77\n", encoding="utf-8")
    wanted: tuple[tuple[str, list[str | Path]], ...] = (
        ("requirements-build.txt", [build]),
        ("requirements.txt", [project]),
        ("requirements-dev.txt", [project, "--extra", "dev", "-c", temp / "requirements.txt"]),
    )
    for name, arguments in wanted:
        with step(name):
            fresh = temp / name
            commands.run(
                [temp / "env/bin/uv", *_COMPILE, *arguments, "-o", fresh], doing="Pinning", limit_s=300
            )
            text = fresh.read_text(encoding="utf-8")
            refuse_addresses(name, text)
    for name, _ in wanted:
        # The paths of this run's folder stand in comments only; they would differ each time.
        text = (
            (temp / name).read_text(encoding="utf-8").replace(f"{temp}/", "").replace(f"{places.ROOT}/", "")
        )
        (places.ROOT / name).write_text(text, encoding="utf-8")


def refuse_addresses(name: str, text: str) -> None:
    """A lock file says what is needed, never from which server."""
    if "://" in text or "--index-url" in text:
        raise SetupFailed(f"{name} names a server: it would bind every user to it.")


if __name__ == "__main__":
    sys.exit(main())
