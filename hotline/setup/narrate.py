"""What the person at the terminal reads: one line a step with its time, one sentence when it fails."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO


class SetupFailed(Exception):
    """Set-up cannot go on; the message is one sentence for the person who started it."""


@dataclass
class Step:
    """A running step; `note` is what the finished line says was the result."""

    title: str
    note: str = ""


@contextmanager
def step(title: str, out: TextIO | None = None) -> Iterator[Step]:
    """Prints what is done now, and on the same line the result and the seconds."""
    stream = out or sys.stdout
    running = Step(title)
    started = time.monotonic()
    if stream.isatty():
        print(f"  .. {title}", end="\r", file=stream, flush=True)
    try:
        yield running
    except BaseException:
        _finish(stream, "xx", running, started)
        raise
    _finish(stream, "ok", running, started)


def _finish(stream: TextIO, mark: str, running: Step, started: float) -> None:
    seconds = time.monotonic() - started
    note = f": {running.note}" if running.note else ""
    print(f"  {mark} {running.title}{note} ({seconds:.1f} s)", file=stream, flush=True)
