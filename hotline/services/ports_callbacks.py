"""What calling citizens back needs from the database."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hotline.domain.calendar import Deadline
from hotline.domain.ids import AccountId, CallId, SeatId, TicketId, TicketKey
from hotline.domain.ticket_new_date import NewDate

BY_ITSELF = "12341"  # the hotline calls without a seat


@dataclass(slots=True, kw_only=True)
class Dial:
    """One call that the hotline makes for a seat: for a ticket's reply, or for a call that was missed.

    Without a seat the hotline asks by itself; `pressed` is the citizen's key.

    `result` is what became of the line: answered, busy, no_answer, failed, or unknown; `reached` is what the
    seat says of a missed call (a ticket's own log says it of a ticket).
    """

    id: str
    seat: SeatId | None
    account: AccountId | None
    began_at: datetime
    ticket: TicketKey | None = None
    missed: CallId | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    result: str = ""
    reached: bool | None = None
    pressed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueCallback:
    """A ticket whose citizen is to be told; no number and no name."""

    ticket_id: TicketId
    key: TicketKey
    kind: str
    topic: str
    place: str
    what: str
    reply: str
    unit: str
    round: int
    callback_due: datetime
    due_at: datetime
    handlers: Collection[str]
    tried: list[datetime]
    in_hand: str | None  # the seat that calls him now, or BY_ITSELF


@dataclass(frozen=True, slots=True, kw_only=True)
class DueMissed:
    """A caller who gave up waiting and has not been spoken to since."""

    call_id: CallId
    arrived_at: datetime
    queue: str
    tries: int
    last_try: datetime | None
    in_hand: SeatId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UntoldDate:
    """A ticket whose extension was granted, and whose citizen has not heard of it."""

    ticket_id: TicketId
    topic: str
    place: str
    unit: str
    deadline: Deadline
    new_date: NewDate
    in_hand: str | None  # the seat that calls him now


class NewDateStore(Protocol):
    """Whom to tell of a new date; the courses' own store writes it."""

    def untold(self, limit: int) -> list[UntoldDate]:
        """Who has waited longest first."""
        ...


class CallbackStore(Protocol):
    """What is to be called back, and the calls made for it."""

    def due(self, limit: int) -> list[DueCallback]:
        """Replied tickets, what is due first before the others."""
        ...

    def missed(self, since: datetime, most_tries: int, limit: int) -> list[DueMissed]:
        """Each number once, by its latest call; none that was answered or reached later, or has a ticket."""
        ...

    def number_of_ticket(self, ticket: TicketKey) -> str | None:
        """Of the citizen who first told or wrote of it, also where it is done again."""
        ...

    def keep_number(self, ticket: TicketKey, number: str) -> None:
        """Of who wrote, checked before; once for a ticket."""
        ...

    def add(self, dial: Dial) -> None: ...
    def save(self, dial: Dial) -> None: ...
    def get(self, dial_id: str) -> Dial | None: ...
    def open_of_seat(self, seat: SeatId) -> Dial | None: ...
    def newest_of_seat(self, seat: SeatId) -> Dial | None: ...
    def newest_answered(self, missed: CallId) -> Dial | None: ...
    def open_for(self, ticket: TicketKey | None, missed: CallId | None) -> Dial | None: ...
    def all_open(self) -> list[Dial]: ...
    def open_auto(self) -> list[Dial]: ...
    def unsettled_auto(self) -> list[Dial]: ...
    def ticket_of(self, dial: Dial) -> TicketId | None: ...
    def of_ticket(self, ticket: TicketKey) -> list[Dial]: ...
