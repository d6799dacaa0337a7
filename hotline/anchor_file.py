"""The file outside the database in which the newest hash of the log is written down again and again."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hotline.domain.errors import Unavailable
from hotline.services import audit
from hotline.services.audit import Anchor
from hotline.services.ports import Storage
from hotline.services.ports_courses import LogHead

NAME = "audit.anchor"
EVERY = timedelta(minutes=10)


class AnchorFile:
    """Implements AnchorBook: a line each, `seq hash time`; only added to, and on disk before it counts."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def read(self) -> list[Anchor]:
        """Raises Unavailable for a line that we never wrote: then the file itself is not to be trusted."""
        try:
            lines = self.path.read_text(encoding="ascii").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as problem:
            raise Unavailable(f"{self.path} cannot be read") from problem
        return [self._anchor(number, line) for number, line in enumerate(lines, 1)]

    def _anchor(self, number: int, line: str) -> Anchor:
        try:
            seq, chain, at = line.split(" ")
            if len(chain) != 64 or not set(chain) <= set("0123456789abcdef") or int(seq) < 1:
                raise ValueError
            return Anchor(
                head=LogHead(seq=int(seq), chain=chain), at=datetime.fromisoformat(at).astimezone(UTC)
            )
        except ValueError:
            raise Unavailable(f"{self.path}, line {number}: this is no anchor of the log") from None

    def add(self, anchor: Anchor) -> None:
        line = f"{anchor.head.seq} {anchor.head.chain} {anchor.at.astimezone(UTC).isoformat()}\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="ascii") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as problem:
            raise Unavailable(f"{self.path} cannot be written: {problem.strerror}") from problem


class Anchoring:
    """The clock's part: every ten minutes the newest hash is written down, when there is a newer one."""

    def __init__(self, storage: Storage, book: AnchorFile) -> None:
        self._storage = storage
        self._book = book
        self._next = datetime.min.replace(tzinfo=UTC)

    def anchor(self, now: datetime) -> None:
        """Raises Unavailable when the database or the file is."""
        if now < self._next:
            return
        with self._storage.reading() as tx:
            audit.anchor(tx, self._book, now)
        self._next = now + EVERY
