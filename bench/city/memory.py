"""A file that stays in memory while something is measured."""

import ctypes
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def locked_in_memory(path: Path) -> Iterator[None]:
    """Read `path` and keep it in memory until the end; says so where the system does not let us."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        first = ctypes.c_char.from_buffer(mapped)
        address, length = ctypes.c_void_p(ctypes.addressof(first)), ctypes.c_size_t(len(mapped))
        if _libc.mlock(address, length):
            print(f"  {path.name} is not held in memory: {os.strerror(ctypes.get_errno())}", flush=True)
        try:
            yield
        finally:
            _libc.munlock(address, length)
            del first
