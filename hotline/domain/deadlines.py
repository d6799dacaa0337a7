"""The citizens' clocks: how long each kind of matter may take, and which deadlines another calendar moves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType

from hotline.domain.calendar import SHANGHAI, Calendar, Deadline, Due
from hotline.domain.ids import TicketId, TicketKey
from hotline.domain.ticket import Kind, TicketState
from hotline.domain.ticket_callback import callback_due
from hotline.domain.ticket_moves import AT_THE_UNIT
from hotline.domain.ticket_parts import Part, reckoned

Limits = Mapping[Kind, int]
# Working days. Consultation and complaint are as promised to the public; of suggestion and help nothing is
# said there: they are as long as a complaint until the settings say otherwise.
DEFAULT_LIMITS: Limits = MappingProxyType(
    {Kind.CONSULTATION: 3, Kind.COMPLAINT: 5, Kind.SUGGESTION: 5, Kind.HELP: 5}
)
SIGN_WITHIN, RETURN_WITHIN = 1, 2  # working days after hand-over


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningClock:
    """An open ticket's clocks; without `working_days` and `deadline` where none was ever reckoned."""

    key: TicketKey
    ticket_id: TicketId
    accepted_at: datetime
    working_days: int | None
    deadline: Deadline | None
    kind: Kind = Kind.COMPLAINT  # says how long where `working_days` does not
    state: TicketState = TicketState.ACCEPTED
    handed_over_at: datetime | None = None
    sign_due: datetime | None = None
    return_due: datetime | None = None
    replied_at: datetime | None = None
    callback_due: datetime | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Deadlines of a ticket of which one at least is another than before.

    `inner` are its other clocks that move, by name; `parts` are those that moved.
    """

    clock: RunningClock
    working_days: int
    after: Deadline
    inner: Mapping[str, datetime]
    parts: tuple[Part, ...] = ()

    @property
    def is_promise(self) -> bool:
        """Whether the citizen's own deadline moves."""
        return self.after != self.clock.deadline

    def said(self, why: str) -> dict[str, str]:
        """What the log says: days of the city, as people read them."""
        before = _day(self.clock.deadline.at) if self.clock.deadline else ""
        said = {name: _day(at) for name, at in self.inner.items()}
        if self.is_promise:
            said |= {"from": before, "to": _day(self.after.at), "provisional": str(self.after.provisional)}
        if self.parts:
            said["parts"] = "、".join(f"{part.unit} {_day(part.due.at)}" for part in self.parts)
        return said | {"why": why}


@lru_cache(1_000)  # a hundred thousand tickets are due on a few dozen days
def _day(at: datetime) -> str:
    return str(Deadline(at=at, provisional=False).day)


def moves(clocks: Iterable[RunningClock], calendar: Calendar, limits: Limits) -> list[Move]:
    """What `calendar` makes of the clocks: only those that change, in the order given.

    A promised number of working days stays, whatever `limits` are now.
    """
    due = _remembered(calendar)
    moved = []
    for clock in clocks:
        days = clock.working_days or limits[clock.kind]
        after = due(clock.accepted_at, days)
        inner, parts = _inner(clock, due, after), _moved_parts(clock, due, after)
        if inner or parts or after != clock.deadline:
            moved.append(Move(clock=clock, working_days=days, after=after, inner=inner, parts=parts))
    return moved


def _remembered(calendar: Calendar) -> Due:
    """Reckoned once for all that began on one day."""
    known: dict[tuple[date, int], Deadline] = {}

    def due(begin: datetime, days: int) -> Deadline:
        key = (begin.astimezone(SHANGHAI).date(), days)
        found = known.get(key)
        if found is None:
            found = known[key] = calendar.due(begin, days)
        return found

    return due


def _inner(clock: RunningClock, due: Due, after: Deadline) -> Mapping[str, datetime]:
    moved: dict[str, datetime] = {}
    if clock.handed_over_at and clock.state in AT_THE_UNIT:
        sign = due(clock.handed_over_at, SIGN_WITHIN).at
        give_back = due(clock.handed_over_at, RETURN_WITHIN).at
        if (sign, give_back) != (clock.sign_due, clock.return_due):
            moved = {"sign_due": sign, "return_due": give_back}
    if clock.replied_at:
        call = callback_due(due, clock.replied_at, after)
        if call != clock.callback_due:
            moved["callback_due"] = call
    return moved


def _moved_parts(clock: RunningClock, due: Due, after: Deadline) -> tuple[Part, ...]:
    if not clock.parts:
        return ()
    both = ((part, reckoned(part, due, clock.deadline, after)) for part in clock.parts)
    return tuple(replace(part, due=new) for part, new in both if new != part.due)
