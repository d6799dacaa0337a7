"""The memory allocator of the recognisers: jemalloc where the machine has it, because it is worth a third.

Kaldi's search makes and frees small pieces of memory all the time, for many callers by turns. jemalloc keeps
those of a size together; with it the same audio costs about 40 % less than with glibc's own (docs/speech.md).
Debian's Redis needs it, so it is nearly always there; without it everything works the same, only slower.
"""

import ctypes.util
import sys
from pathlib import Path

from hotline.setup import parts

_NAME = "libjemalloc.so.2"


def environment() -> dict[str, str]:
    """What to add to the environment of a process that is to use it."""
    path = find() if sys.platform == "linux" else None
    return {"LD_PRELOAD": str(path)} if path else {}


def find() -> Path | None:
    """The library of this machine, else the one that was unpacked with Redis."""
    if name := ctypes.util.find_library("jemalloc"):
        return Path(name)  # the loader knows where
    part = parts.load().get("redis")
    above = Path(part.executable).parents if part else ()
    for folder in list(above)[:4]:
        for found in folder.glob(f"lib/*/{_NAME}"):
            return found
    return None
