"""The few calls to Linux that make sure no process outlives the hotline."""

import ctypes
import os
import signal
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl failed")


def adopt_orphans() -> None:
    """Grandchildren whose parent died become ours, so that they can be found and ended."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def end_with_parent(parent: int) -> None:
    """Runs in a new process: it is told to stop when the process that started it dies, however that dies."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died between fork and this line
        os.kill(os.getpid(), signal.SIGTERM)


def children_of(pid: int) -> list[int]:
    """The processes a process started or adopted; empty when it is gone."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(word) for task in tasks for word in (task / "children").read_text().split()]
    except (OSError, ValueError):
        return []


def kill_group(leader: int, number: signal.Signals) -> None:
    """Signals a process and what it started; no error when they are gone."""
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):
        return
