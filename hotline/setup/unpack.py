"""Unpacks downloaded packages into one folder of the cache that appears whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from hotline.setup import commands


def tree(target: Path, fetch: Callable[[], list[Path]], renew: bool = False) -> Path:
    """`target`, filled from the packages that `fetch` brings; nothing is fetched when it is there already.

    With `renew` what is there is replaced when the new one is whole.
    """
    if target.is_dir() and not renew:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    sweep(target.parent)
    packages = fetch()
    prefix = f".part-{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix, dir=target.parent, ignore_cleanup_errors=True) as temp:
        fresh = Path(temp) / "root"
        fresh.mkdir()
        for package in packages:
            commands.run(["dpkg-deb", "-x", package, fresh], doing=f"Unpacking {package.name}", limit_s=120)
        for package in packages:
            package.unlink()  # the tree is what is kept; twice the disk would serve nobody
        if target.is_dir():
            target.rename(Path(temp) / "old")
        fresh.rename(target)
    return target


def sweep(folder: Path) -> None:
    """Removes what a set-up that was killed left half unpacked; only called under the cache's lock."""
    for leftover in folder.glob(".part-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def library_path(root: Path) -> str:
    """The folders of a tree in which programs look for libraries, as LD_LIBRARY_PATH wants them.

    Debian keeps some one folder deeper (PulseAudio's, BLAS'), where the loader looks only when told.
    """
    base = [
        path
        for pattern in ("usr/lib/*-linux-gnu*", "lib/*-linux-gnu*")
        for path in sorted(root.glob(pattern))
    ]
    deeper = {lib.parent for folder in base for lib in folder.glob("*/lib*.so*")}
    return ":".join(
        str(path) for path in [*base, *sorted(deeper), root / "usr/lib", root / "lib"] if path.is_dir()
    )


def loader(root: Path) -> Path | None:
    """The tree's own dynamic loader, there when it was unpacked down to the C library."""
    found = sorted(root.glob("usr/lib*/ld-linux-*.so.*")) + sorted(root.glob("usr/lib/*/ld-linux-*.so.*"))
    return found[0] if found else None
