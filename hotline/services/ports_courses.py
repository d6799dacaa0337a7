"""What the use cases of an accepted ticket need from the database."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hotline.domain.ids import AccountId, TicketId, TicketKey
from hotline.domain.ticket_course import Course
from hotline.domain.ticket_log import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHead:
    """The newest entry over all tickets: how many there are, and the hash over all of them."""

    seq: int
    chain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEntry:
    """An entry as it is stored; `entry.before` is empty, for the reader knows it."""

    seq: int
    chain: str
    entry: Entry


class Unreadable(Exception):
    """Somebody made of an entry what cannot be read; `seq` is the last one before it."""

    def __init__(self, seq: int) -> None:
        super().__init__(f"the entry after {seq} cannot be read")
        self.seq = seq


class TicketLog(Protocol):
    """The tickets' log: only added to."""

    def of(self, ticket: TicketKey) -> list[Entry]: ...
    def last(self, ticket: TicketKey) -> Entry | None: ...

    def add(
        self, ticket: TicketKey, at: datetime, who: str, action: str, origin: str, target: str,
        detail: Mapping[str, object],
    ) -> Entry:  # fmt: skip
        """The next entry of a ticket that no `Course` speaks for (a draft)."""
        ...

    def write(self, entries: Sequence[Entry]) -> None:
        """Entries that are chained already, each the next one of its ticket."""
        ...

    def head(self) -> LogHead: ...

    def stream(self, after: int = 0) -> Iterator[LoggedEntry]:
        """In the order they were written. Raises Unreadable for one that means nothing any more."""
        ...

    def states(self) -> Iterator[tuple[TicketKey, str]]:
        """Of every ticket."""
        ...

    def name_of(self, ticket: TicketKey) -> str | None:
        """Its number, or "draft"; None when there is no such ticket."""
        ...


class CourseStore(Protocol):
    """Accepted tickets. In a writing transaction what was read stays locked to the commit."""

    def get(self, ticket_id: TicketId) -> Course | None:
        """With the last entry of its log only; None for a number nobody has."""
        ...

    def followers(self, leader: TicketId) -> list[Course]:
        """Those merged into it that still wait for its reply."""
        ...

    def follower_ids(self, leader: TicketId) -> list[TicketId]:
        """All that were ever merged into it."""
        ...

    def save(self, course: Course) -> None:
        """Write what changed, the new entries of its log among it."""
        ...

    def add_again(self, course: Course) -> None:
        """A new ticket with the words of the one it is done again for; gives it its key."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWanted:
    """`state` empty: all that are open. `only_of`: what that unit leads or has a part of."""

    state: str = ""
    unit: str = ""
    only_of: str = ""
    accepted_by: AccountId | None = None
    since: datetime | None = None
    before: datetime | None = None
    after: tuple[datetime, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTicket:
    """A row of a list."""

    key: TicketKey
    id: TicketId
    state: str
    kind: str
    topic: str
    place: str
    what: str
    unit: str
    accepted_at: datetime
    due_at: datetime
    due_provisional: bool
    callback_due: datetime | None
    returns: int
    asked_extension: int
    round: int


class TicketList(Protocol):
    """Tickets by what is due next."""

    def page(self, wanted: ListWanted, limit: int) -> list[ListedTicket]: ...

    def keys(self, wanted: ListWanted) -> Iterator[TicketKey]:
        """Of all, in the order of the pages."""
        ...
