"""What must hold before set-up starts: room on the disk, folders we may write, and nobody else at it."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hotline.setup.narrate import SetupFailed

NEEDED_BYTES = 1_500_000_000
_WAIT_LIMIT_S = 900.0


def folder(path: Path, instead: str) -> None:
    """Makes a folder and tries to write into it; `instead` says what to do when that is refused."""
    probe = path / f".write-{os.getpid()}"
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SetupFailed(f"{path} cannot be written ({error.strerror}): {instead}.") from None


def disk(path: Path, needed: int = NEEDED_BYTES) -> None:
    free = shutil.disk_usage(path).free
    if free < needed:
        raise SetupFailed(
            f"The disk is full: {path} has {free / 1e9:.1f} GB free and set-up needs {needed / 1e9:.1f} GB."
        )


@contextmanager
def alone(path: Path, wait_s: float = _WAIT_LIMIT_S) -> Iterator[None]:
    """Holds a lock file; waits for another set-up with a line that says so. The kernel frees it if we die."""
    with path.open("a+", encoding="utf-8") as lock:
        _acquire(lock.fileno(), path, wait_s)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _acquire(descriptor: int, path: Path, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            holder = path.read_text(encoding="utf-8").strip() or "unknown"
            if time.monotonic() >= deadline:
                raise SetupFailed(
                    f"Another set-up (process {holder}) holds {path} and does not end."
                ) from None
            if not told:
                print(f"  .. Another set-up is running (process {holder}); waiting for it", flush=True)
                told = True
            time.sleep(0.2)
