"""Reads the topics file that the settings name, and again when it changes; a wrong one changes nothing."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hotline.domain.errors import Invalid
from hotline.domain.ids import QueueId
from hotline.domain.topics import MAX_FILE, Topics, parse_topics

log = logging.getLogger(__name__)
_LOOK_EVERY_S = 1.0


def load_topics(path: Path) -> Topics:
    """Raises Invalid in one line, whether the file cannot be read or is wrong inside."""
    return parse_topics(_text(path), path.name)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(4 * MAX_FILE + 1)  # a character has four bytes at most
        return raw.decode("utf-8")
    except OSError as problem:
        raise Invalid(f"topics file {path} cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise Invalid(f"topics file {path} is not UTF-8 at byte {problem.start}") from problem


class WatchedTopics:
    """Implements TopicList on the newest topics file that was right.

    A right one is copied to `kept`, so that a wrong file does not keep a process from starting. Where there
    never was a right one: Invalid, or with `may_be_empty` no topics until the file is mended.
    """

    def __init__(
        self,
        path: Path,
        kept: Path,
        *,
        may_be_empty: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path, self._kept, self._clock = path, kept, clock
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._look_again_at = 0.0
        self._topics: Topics | None = None
        self._may_be_empty = may_be_empty
        self.problem = ""  # what is wrong with the file as it is now
        self.look()

    @property
    def newest(self) -> Topics:
        """The topics in force; looks whether the file changed, once a second at most."""
        if self._clock() >= self._look_again_at:
            self.look()
        assert self._topics is not None  # the first look either found some or raised
        return self._topics

    def look(self) -> bool:
        """True where other topics came into force. Raises Invalid only where there were never any."""
        with self._lock:
            self._look_again_at = self._clock() + _LOOK_EVERY_S
            seen = _stamp(self._path)
            if self._topics is not None and seen == self._seen:
                return False
            self._seen = seen
            try:
                text = _text(self._path)
                found = parse_topics(text, self._path.name)
            except Invalid as problem:
                self._stay(problem)
                return False
            changed = found != self._topics
            if self.problem or (changed and self._topics is not None):
                log.info("the topics file was read again: %d topics", len(found.topics))
            self.problem, self._topics = "", found
            self._keep(text)
            return changed

    def _stay(self, problem: Invalid) -> None:
        if self._topics is None:
            try:
                self._topics = load_topics(self._kept)
            except Invalid:
                if not self._may_be_empty:
                    raise problem from None
                self._topics = Topics()
        self.problem = str(problem)
        log.error("%s; the topics of before stay in force", problem)

    def _keep(self, text: str) -> None:
        """Best effort: without it only a restart with a wrong file would miss it."""
        with contextlib.suppress(OSError):
            if not self._kept.exists() or self._kept.read_text(encoding="utf-8") != text:
                self._kept.parent.mkdir(parents=True, exist_ok=True)
                fresh = self._kept.with_suffix(f".{threading.get_native_id()}")
                fresh.write_text(text, encoding="utf-8")
                fresh.replace(self._kept)

    def ids(self) -> frozenset[str]:
        return self.newest.ids()

    def queue_of(self, topic: str) -> QueueId:
        return self.newest.queue_of(topic)

    def as_view(self) -> list[dict[str, Any]]:
        return self.newest.as_view()


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
