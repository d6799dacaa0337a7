"""A file that people edit while processes run: read again when it changes; a wrong one changes nothing."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from hotline.domain.errors import Invalid

log = logging.getLogger(__name__)
_LOOK_EVERY_S = 1.0

Found = TypeVar("Found")
Stamp = tuple[int, int, int] | None


def text_of(path: Path, what: str, most: int) -> str:
    """At most about so many characters. Raises Invalid in one line where it cannot be read."""
    try:
        with path.open("rb") as file:
            raw = file.read(4 * most + 1)  # a character has four bytes at most
        return raw.decode("utf-8")
    except OSError as problem:
        raise Invalid(f"{what} file {path} cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise Invalid(f"{what} file {path} is not UTF-8 at byte {problem.start}") from problem


def stamp_of(path: Path) -> Stamp:
    """What differs when somebody has changed a file; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class WatchedFile(Generic[Found]):
    """The newest content that was right.

    A right one is copied to `kept`, so that a wrong file does not keep a process from starting. Where there
    never was a right one: Invalid, or with `empty` that until the file is mended.
    """

    what: str  # of the file, as messages call it
    most: int  # characters

    def __init__(
        self,
        path: Path,
        kept: Path,
        *,
        empty: Found | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path, self._kept, self._clock = path, kept, clock
        self._lock = threading.Lock()
        self._seen: Stamp = None
        self._look_again_at = 0.0
        self._found: Found | None = None
        self._empty = empty
        self.problem = ""  # what is wrong with the file as it is now
        self.look()

    def parse(self, text: str, name: str) -> Found:
        """Raises Invalid, saying the line."""
        raise NotImplementedError

    def count(self, found: Found) -> int:
        """How many of what the file is about."""
        raise NotImplementedError

    @property
    def newest(self) -> Found:
        """What is in force; looks whether the file changed, once a second at most."""
        if self._clock() >= self._look_again_at:
            self.look()
        assert self._found is not None  # the first look either found some or raised
        return self._found

    def look(self) -> bool:
        """True where something else came into force. Raises Invalid only where there was never anything."""
        with self._lock:
            self._look_again_at = self._clock() + _LOOK_EVERY_S
            seen = stamp_of(self._path)
            if self._found is not None and seen == self._seen:
                return False
            self._seen = seen
            try:
                text = text_of(self._path, self.what, self.most)
                found = self.parse(text, self._path.name)
            except Invalid as problem:
                self._stay(problem)
                return False
            changed = found != self._found
            if self.problem or (changed and self._found is not None):
                log.info("the %s file was read again: %d %s", self.what, self.count(found), self.what)
            self.problem = ""
            if changed:
                self._found = found
            self._keep(text)
            return changed

    def _stay(self, problem: Invalid) -> None:
        if self._found is None:
            try:
                self._found = self.parse(text_of(self._kept, self.what, self.most), self._kept.name)
            except Invalid:
                if self._empty is None:
                    raise problem from None
                self._found = self._empty
        self.problem = str(problem)
        log.error("%s; the %s of before stay in force", problem, self.what)

    def _keep(self, text: str) -> None:
        """Best effort: without it only a restart with a wrong file would miss it."""
        with contextlib.suppress(OSError):
            if not self._kept.exists() or self._kept.read_text(encoding="utf-8") != text:
                self._kept.parent.mkdir(parents=True, exist_ok=True)
                fresh = self._kept.with_suffix(f".{threading.get_native_id()}")
                fresh.write_text(text, encoding="utf-8")
                fresh.replace(self._kept)
