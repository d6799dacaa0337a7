"""Whether the tickets' log is whole: each entry, each chain, and what was written down elsewhere."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from hotline.domain.ids import TicketKey
from hotline.domain.ticket_log import FIRST, Entry, linked
from hotline.services.ports import Transaction
from hotline.services.ports_courses import LogHead, Unreadable

EVERY = 50_000  # entries between two words about progress
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The newest entry's hash as it was at some time, kept where who changes the database cannot reach."""

    head: LogHead
    at: datetime


class AnchorBook(Protocol):
    """The anchors outside the database, the oldest first."""

    def read(self) -> list[Anchor]: ...
    def add(self, anchor: Anchor) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The first entry that is not as it was written; `seq` is its place over all tickets."""

    seq: int
    ticket: str
    number: int
    why: str

    def __str__(self) -> str:
        return f"entry {self.seq} (ticket {self.ticket}, number {self.number}): {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """Nothing is wrong with so many entries."""

    head: LogHead
    tickets: int


class _Wrong(Exception):
    def __init__(self, seq: int, ticket: TicketKey | None, number: int, why: str) -> None:
        self.seq, self.ticket, self.number, self.why = seq, ticket, number, why


@dataclass(slots=True)
class _Last:
    number: int
    hash: str
    target: str


def verify(tx: Transaction, anchors: Iterable[Anchor], progress: Progress | None = None) -> Whole | Broken:
    """Read the whole log in a transaction that sees one moment; `progress(done, all)` now and then."""
    known = {anchor.head.seq: anchor for anchor in anchors}
    last: dict[TicketKey, _Last] = {}
    head = tx.log.head()
    try:
        reached = _entries(tx, known, last, lambda done: progress(done, head.seq) if progress else None)
        _ends(head, reached, known)
        _tickets(tx, last, reached.seq)
    except Unreadable as unreadable:
        return Broken(seq=unreadable.seq + 1, ticket="unknown", number=0, why="it cannot be read")
    except _Wrong as wrong:
        name = tx.log.name_of(wrong.ticket) if wrong.ticket else None
        ticket = name or (f"row {wrong.ticket}" if wrong.ticket else "unknown")
        return Broken(seq=wrong.seq, ticket=ticket, number=wrong.number, why=wrong.why)
    return Whole(head=reached, tickets=len(last))


def _entries(
    tx: Transaction, known: dict[int, Anchor], last: dict[TicketKey, _Last], tell: Callable[[int], None]
) -> LogHead:
    seq, chain = 0, FIRST
    for stored in tx.log.stream():
        entry, before = stored.entry, last.get(stored.entry.ticket)
        if stored.seq != seq + 1:
            gone = (
                f"{stored.seq - seq - 1} before it are missing" if stored.seq > seq else "it is out of order"
            )
            raise _Wrong(stored.seq, entry.ticket, entry.number, gone)
        seq = stored.seq
        _check_entry(seq, entry, before)
        chain = linked(chain, entry.hash)
        if chain != stored.chain:
            raise _Wrong(seq, entry.ticket, entry.number, "it does not follow the entry before it")
        _check_anchor(known.get(seq), seq, chain, entry)
        last[entry.ticket] = _Last(entry.number, entry.hash, entry.target)
        if seq % EVERY == 0:
            tell(seq)
    return LogHead(seq=seq, chain=chain)


def _check_entry(seq: int, entry: Entry, before: _Last | None) -> None:
    expected = before.number + 1 if before else 1
    if entry.number != expected:
        raise _Wrong(seq, entry.ticket, entry.number, f"its ticket's entry {expected} should be here")
    whole = replace(entry, before=before.hash if before else FIRST)
    if whole.reckoned_hash() != entry.hash:
        raise _Wrong(seq, entry.ticket, entry.number, "it is not what was written")


def _check_anchor(anchor: Anchor | None, seq: int, chain: str, entry: Entry) -> None:
    if anchor and anchor.head.chain != chain:
        why = f"the log up to here is another one than was written down on {anchor.at:%Y-%m-%d %H:%M} UTC"
        raise _Wrong(seq, entry.ticket, entry.number, why)


def _ends(head: LogHead, reached: LogHead, known: dict[int, Anchor]) -> None:
    """Whether the newest entries are there."""
    newest = max([head.seq, *known])
    if newest > reached.seq:
        raise _Wrong(reached.seq + 1, None, 0, f"the newest {newest - reached.seq} entries are missing")
    if head != reached:
        raise _Wrong(reached.seq, None, 0, "the log's head says something else than its last entry")


def _tickets(tx: Transaction, last: dict[TicketKey, _Last], seq: int) -> None:
    """Whether each ticket is there, in the state that its log says."""
    missing = set(last)
    for key, state in tx.log.states():
        missing.discard(key)
        said = last.get(key)
        if said is None and state != "draft":
            raise _Wrong(seq, key, 0, f"the ticket is {state} and has no log")
        if said and said.target != state:
            raise _Wrong(seq, key, said.number, f"the ticket is {state}, its log says {said.target}")
    if missing:
        key = min(missing)
        raise _Wrong(seq, key, last[key].number, "its ticket is not there any more")


def anchor(tx: Transaction, book: AnchorBook, at: datetime) -> Anchor:
    """Write the newest hash down outside the database, unless it is there already."""
    new = Anchor(head=tx.log.head(), at=at)
    known = book.read()
    if new.head.seq and (not known or known[-1].head != new.head):
        book.add(new)
    return new
