"""The citizens' clocks: how long each kind of matter may take, and which deadlines another calendar moves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from hotline.domain.calendar import SHANGHAI, Calendar, Deadline
from hotline.domain.ids import TicketId, TicketKey
from hotline.domain.ticket import Kind, TicketState
from hotline.domain.ticket_callback import callback_due

Limits = Mapping[Kind, int]
# Working days. Consultation and complaint are as promised to the public; of suggestion and help nothing is
# said there: they are as long as a complaint until the settings say otherwise.
DEFAULT_LIMITS: Limits = MappingProxyType(
    {Kind.CONSULTATION: 3, Kind.COMPLAINT: 5, Kind.SUGGESTION: 5, Kind.HELP: 5}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningClock:
    """An open ticket's clock; without `working_days` and `deadline` where none was ever reckoned."""

    key: TicketKey
    ticket_id: TicketId
    kind: Kind
    accepted_at: datetime
    working_days: int | None
    deadline: Deadline | None
    state: TicketState = TicketState.ACCEPTED
    replied_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A deadline that is another one than before; `callback_due` follows it where the unit has replied."""

    clock: RunningClock
    working_days: int
    after: Deadline
    callback_due: datetime | None = None


def moves(clocks: Iterable[RunningClock], calendar: Calendar, limits: Limits) -> list[Move]:
    """What `calendar` makes of the clocks: only those that change, in the order given.

    A promised number of working days stays, whatever `limits` are now.
    """
    known: dict[tuple[date, int], Deadline] = {}
    moved = []
    for clock in clocks:
        days = clock.working_days or limits[clock.kind]
        key = (clock.accepted_at.astimezone(SHANGHAI).date(), days)
        if key not in known:
            known[key] = calendar.due(clock.accepted_at, days)
        if known[key] != clock.deadline:
            due = callback_due(calendar, clock.replied_at, known[key]) if clock.replied_at else None
            moved.append(Move(clock=clock, working_days=days, after=known[key], callback_due=due))
    return moved
