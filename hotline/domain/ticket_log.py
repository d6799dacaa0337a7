"""A ticket's own log: entries in order, each holding the hash of the one before, so that a change shows."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from hotline.domain.ids import TicketKey

FIRST = "0" * 64
_as_text = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who did what when, from which state to which; `detail` is what was said or reckoned."""

    ticket: TicketKey
    number: int
    at: datetime
    who: str
    action: str
    origin: str
    target: str
    detail: tuple[tuple[str, str], ...]
    before: str
    hash: str = ""

    def reckoned_hash(self) -> str:
        """SHA-256 over everything but the hash itself."""
        whole = {
            "ticket": self.ticket,
            "number": self.number,
            "at": self.at.astimezone(UTC).isoformat(),
            "who": self.who,
            "action": self.action,
            "origin": self.origin,
            "target": self.target,
            "detail": self.detail,
            "before": self.before,
        }
        text = _as_text(whole)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def chained(log: Sequence[Entry], entry: Entry) -> Entry:
    """`entry` as the one after `log`, of which the last entry is enough."""
    number, before = (log[-1].number, log[-1].hash) if log else (0, FIRST)
    return sealed(replace(entry, number=number + 1, before=before, hash=""))


def sealed(entry: Entry) -> Entry:
    """A new entry, which has its place in the log, with its hash."""
    object.__setattr__(entry, "hash", entry.reckoned_hash())  # nobody has seen it without
    return entry


def linked(chain: str, entry_hash: str) -> str:
    """The hash over all entries of all tickets so far, from the one before (`chain`) and the next entry's."""
    return hashlib.sha256(f"{chain}{entry_hash}".encode()).hexdigest()


def first_broken(log: Sequence[Entry]) -> int | None:
    """The number of the first entry that was changed or follows a missing one; None when all are whole."""
    before = FIRST
    for number, entry in enumerate(log, 1):
        if (entry.number, entry.before, entry.hash) != (number, before, entry.reckoned_hash()):
            return number
        before = entry.hash
    return None
