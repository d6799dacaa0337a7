"""Looks for a part on the machine and asks it for its version."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from hotline.setup.recipes import Recipe

_VERSION = re.compile(r"(?<![\w.])v?=?(\d+(?:\.\d+)+)")
_ASK_LIMIT_S = 20.0


def version_of(executable: Path | str, args: tuple[str, ...]) -> str | None:
    """The first version number the program prints; None when it does not start or prints none."""
    try:
        done = subprocess.run(
            [str(executable), *args],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ASK_LIMIT_S,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(done.stdout + done.stderr)
    return match.group(1) if match else None


def new_enough(version: str, minimum: tuple[int, ...]) -> bool:
    numbers = tuple(int(part) for part in re.findall(r"\d+", version))
    return numbers >= minimum


def on_machine(recipe: Recipe, root: Path = Path("/")) -> tuple[Path, str] | None:
    """The executable (or file) and version of a part that is already there and good enough, else None."""
    if folders(recipe, root) is None:
        return None
    for candidate in _candidates(recipe, root):
        if not recipe.commands:
            return candidate, "present"
        version = version_of(candidate, recipe.version_args)
        if version and new_enough(version, recipe.minimum):
            return candidate, version
    return None


def _candidates(recipe: Recipe, root: Path) -> list[Path]:
    """Debian keeps `asterisk` in /usr/sbin, which is not on everyone's PATH."""
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/usr/local/sbin"
    found = [Path(hit) for command in recipe.commands if (hit := shutil.which(command, path=path))]
    if recipe.elsewhere:
        found += sorted(root.glob(recipe.elsewhere), reverse=True)
    return found


def folders(recipe: Recipe, root: Path) -> dict[str, str] | None:
    """The further folders of a part by key; None when one is missing or does not hold what we use."""
    found: dict[str, str] = {}
    for folder in recipe.folders:
        hits = (first_match(root, pattern) for pattern in folder.patterns)
        place = next((hit.parent for hit in hits if hit), None)
        if place is None or not all((place / name).exists() for name in folder.must_hold):
            return None
        found[folder.key] = str(place)
    return found


def first_match(root: Path, pattern: str) -> Path | None:
    return next(iter(sorted(root.glob(pattern))), None)
