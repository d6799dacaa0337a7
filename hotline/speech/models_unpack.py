"""Unpacks a model's archive into a folder of its own, whole or not at all, and never outside of it."""

import ctypes
import os
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from hotline.domain.errors import Invalid

MOST_FILES = 500
MOST_TIMES = 20  # larger than the archive: models hold tables that shrink well, but not like a bomb
LEAST_ALLOWED = 50_000_000
_PIECE = 1024 * 1024
_HERE = -100  # AT_FDCWD of <fcntl.h>: a path that is not absolute begins where we are
_RENAME_EXCHANGE = 2  # of <linux/fs.h>
# What Vosk cannot do without; a large model has its graph in one file, a small one in two.
NEEDED = (
    ("am/final.mdl", "final.mdl"),
    ("conf/mfcc.conf", "mfcc.conf"),
    ("graph/HCLG.fst", "graph/HCLr.fst", "HCLr.fst"),
)


def unpack(archive: Path, target: Path, trial: Callable[[Path], None]) -> None:
    """`target` is the folder with the model's files, once `trial` has let them pass.

    Raises Invalid, or what `trial` raises; then `target` is as it was, and nothing is left beside it.
    """
    fresh = target.with_name(f".{target.name}.unpacking")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        with zipfile.ZipFile(archive) as opened:
            _extract(opened, fresh / target.name, max(LEAST_ALLOWED, MOST_TIMES * archive.stat().st_size))
        top = _top(fresh / target.name)
        require_files(top)
        trial(top)
        if target.exists():
            _exchange(top, target)
        else:
            top.rename(target)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as problem:
        raise Invalid(f"{archive.name} cannot be unpacked: {problem}") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)  # in it, after an exchange, the one before


def _exchange(fresh: Path, target: Path) -> None:
    """In one step: whoever loads it finds the one or the other. Raises Invalid where that cannot be."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(_HERE, os.fsencode(fresh), _HERE, os.fsencode(target), _RENAME_EXCHANGE):
        why = os.strerror(ctypes.get_errno())
        raise Invalid(
            f"{target} cannot be exchanged in one step ({why}): stay with it, or move it away first"
        )


def require_files(folder: Path) -> None:
    """Raises Invalid when it cannot be a model."""
    if not folder.is_dir():
        raise Invalid(f"{folder} is not a folder")
    for names in NEEDED:
        if not any((folder / name).is_file() and (folder / name).stat().st_size for name in names):
            raise Invalid(f"{folder.name} is not a whole model: there is no {names[0]}")


def _extract(opened: zipfile.ZipFile, into: Path, most_bytes: int) -> None:
    entries = opened.infolist()
    if len(entries) > MOST_FILES:
        raise Invalid(f"the archive holds {len(entries)} files: no model does")
    left = most_bytes
    for entry in entries:
        path = into / _safe(entry)
        if entry.is_dir():
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(entry) as source, path.open("xb") as file:
            while piece := source.read(_PIECE):  # counted here: what an archive says of itself may be wrong
                left -= len(piece)
                if left < 0:
                    raise Invalid(f"the archive holds more than {most_bytes:,} bytes: no model does")
                file.write(piece)


def _safe(entry: zipfile.ZipInfo) -> Path:
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    kind = stat.S_IFMT(entry.external_attr >> 16)
    strange = path.is_absolute() or ".." in path.parts or ":" in entry.filename or not path.parts
    if strange or kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Invalid("the archive holds a file that does not belong into a model's folder")
    return Path(*path.parts)


def _top(fresh: Path) -> Path:
    """Archives of models hold one folder with everything in it."""
    inside = list(fresh.iterdir()) if fresh.exists() else []
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else fresh
