"""The supervisor's end of the guard: tells it which process groups run, and starts a new one when it dies."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from hotline.supervision import guard


class Guardian:
    """While this object's process lives the guard only listens."""

    def __init__(self) -> None:
        self._groups: set[int] = set()
        self._process = self._start()

    def add(self, group: int) -> None:
        self._groups.add(group)
        self._tell(f"+{group}\n")

    def remove(self, group: int) -> None:
        self._groups.discard(group)
        self._tell(f"-{group}\n")

    def dismiss(self) -> None:
        """Ends the guard; it ends whatever was not removed."""
        with suppress(OSError):
            self._pipe.close()
        self._process.wait()

    @property
    def _pipe(self):  # type: ignore[no-untyped-def]
        return self._process.stdin

    def _start(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-I", str(Path(guard.__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def _tell(self, line: str) -> None:
        try:
            self._send(line)
        except OSError:  # somebody killed it: the next one must know all groups
            self._process.wait()
            self._process = self._start()
            self._send("".join(f"+{group}\n" for group in self._groups))

    def _send(self, text: str) -> None:
        self._pipe.write(text)
        self._pipe.flush()
