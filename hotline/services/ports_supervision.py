"""What the supervision of deadlines needs from the outside: its stores, and who prints."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hotline.domain.callback_figures import Verdict
from hotline.domain.ids import AccountId, TicketId, TicketKey
from hotline.domain.meetings import Duty, Meeting
from hotline.domain.notices import Notice, NoticeKind
from hotline.domain.on_time import Counted, Share
from hotline.domain.supervision import Act, Due, Watched
from hotline.domain.ticket_callback import Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A ticket to be looked at: as it is, and what was done for it already."""

    key: TicketKey
    ticket_id: TicketId
    version: int
    watched: Watched
    done: frozenset[tuple[Act, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """That a ticket was looked at in this version; `next_at` is when time itself asks for the next look."""

    key: TicketKey
    version: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A line of the supervisors' lists: nothing of the citizen is in it."""

    ticket_id: TicketId
    version: int
    state: str
    kind: str
    topic: str
    unit: str
    due: datetime
    provisional: bool
    accepted_at: datetime
    working_days: int
    returns: int
    asked_extension: int
    extended: int
    waits_since: datetime | None
    callback_due: datetime | None
    done_at: datetime | None


class SupervisionStore(Protocol):
    """What the clock did, and what waits. A writing transaction locks what it reads by number."""

    def to_look_at(self, now: datetime, revision: int, limit: int) -> list[Candidate]:
        """Open tickets that changed since they were looked at, or whose time has come; nothing is locked."""
        ...

    def one(self, ticket_id: TicketId) -> Candidate | None:
        """An open ticket."""
        ...

    def looked(self, seen: Iterable[Looked], revision: int) -> None: ...

    def add_act(self, key: TicketKey, due: Due, at: datetime) -> None:
        """Raises Conflict when it was done already."""
        ...

    def listed(self, what: str, now: datetime, limit: int, unit: str | None = None) -> list[Listed]:
        """The tickets of one of `LISTS`, the most urgent first."""
        ...

    def keys(self, what: str, now: datetime, unit: str | None = None) -> Iterator[TicketKey]:
        """Of all of them, in the same order."""
        ...

    def count(self, what: str, now: datetime) -> int: ...
    def due_in(self, first: datetime, last: datetime) -> list[tuple[TicketId, Counted]]: ...
    def shares(self, first: datetime, last: datetime) -> dict[str, Share]:
        """By unit; every citizen of a merged job is counted. Of the tickets that `due_in` gives."""
        ...

    def of_ids(self, ids: Sequence[TicketId]) -> list[Listed]: ...
    def keys_of(self, ids: Sequence[TicketId]) -> list[TicketKey]:
        """In the order of `of_ids`."""
        ...

    def last_reason(self, ids: Sequence[TicketId], action: str) -> dict[TicketId, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A valid callback; what he said in his own words stays with the ticket."""

    ticket_id: TicketId
    unit: str
    answers: Answers


class AnswerStore(Protocol):
    """What citizens said who were called back from `first` on and before `last`."""

    def by_unit(self, first: datetime, last: datetime) -> dict[str, Verdict]:
        """Of the callbacks that `said_in` gives."""
        ...

    def said_in(self, first: datetime, last: datetime) -> list[Answered]: ...


class NoticeStore(Protocol):
    """Papers that were issued; what they say never changes. In force: neither replaced nor withdrawn."""

    def next_number(self, kind: NoticeKind, year: int) -> int: ...

    def add(self, notice: Notice, ticket: TicketKey, replaces: int | None = None) -> Notice:
        """Keep it under a key. Raises Conflict when there is one of this edition, or it was replaced."""
        ...

    def get(self, key: int) -> Notice | None: ...
    def current(self, ticket: TicketKey, kind: NoticeKind) -> Notice | None:
        """The newest in force."""
        ...

    def in_force(self, ticket: TicketKey, before: int) -> list[Notice]:
        """Those about promises extended by fewer days than `before`, the oldest first."""
        ...

    def withdraw(self, key: int, by: AccountId | None, at: datetime) -> None: ...
    def of_tickets(self, ids: Sequence[TicketId]) -> dict[TicketId, list[Notice]]: ...
    def newest(self, limit: int) -> list[Notice]: ...


class MeetingStore(Protocol):
    """Joint meetings."""

    def add(self, meeting: Meeting, by: AccountId) -> Meeting: ...
    def get(self, key: int) -> Meeting | None: ...
    def save(self, meeting: Meeting) -> None: ...
    def newest(self, limit: int) -> list[Meeting]: ...
    def add_duty(self, meeting: int, duty: Duty, ticket: TicketKey) -> None: ...


class Papers(Protocol):
    """Prints what was issued. Raises Unavailable."""

    def notice(self, notice: Notice) -> bytes: ...
