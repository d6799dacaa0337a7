"""What time itself asks for on an open ticket: reminders, what waits for a decision, notices; each once."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from hotline.domain.calendar import Calendar, Deadline
from hotline.domain.deadlines import SIGN_WITHIN
from hotline.domain.ticket import TicketState
from hotline.domain.ticket_course import RETURNS_BEFORE_ARBITRATION
from hotline.domain.ticket_moves import AT_THE_UNIT, BEFORE_THE_REPLY
from hotline.domain.ticket_parts import Part
from hotline.domain.working_time import city_day, opening, opening_after, share_of_time

# Working days that a notice leaves the unit; then, without a reply, criticism follows (domain.md).
NOTICE_DAYS = 5
PROMISES = 100  # more than the days a promise is ever extended by


class Act(StrEnum):
    """In the order in which they follow when several fall on one moment."""

    REMIND_HALF = "remind_half"
    REMIND_LATE = "remind_late"
    SIGN_OVERDUE = "sign_overdue"
    REMIND_PART = "remind_part"
    PART_OVERDUE = "part_overdue"
    EXTENSION_WAITS = "extension_waits"
    ARBITRATION_WAITS = "arbitration_waits"
    CALLBACK_OVERDUE = "callback_overdue"
    NOTICE = "notice"
    CRITICISM = "criticism"


REMINDERS: Mapping[Act, int] = MappingProxyType({Act.REMIND_HALF: 50, Act.REMIND_LATE: 80})  # percent
FOR_ASSISTING = (Act.REMIND_PART, Act.PART_OVERDUE)
# The other acts are told to the hotline's own people.
FOR_THE_UNIT = (*REMINDERS, Act.SIGN_OVERDUE, *FOR_ASSISTING)
_ORDER = {act: number for number, act in enumerate(Act)}
Done = Collection[tuple[Act, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What the clock looks at. `limits` holds the limit of each round's notice once it was issued.

    A round is what makes a thing happen a second time: another promise (days it was extended by), another
    hand-over (how many there were before it), another request or part (its number). Of a merged ticket,
    the unit and its hand-over are those of the job. `parts` are those without an answer.
    """

    state: TicketState
    unit: str
    accepted_at: datetime
    deadline: Deadline
    extended: int = 0
    returns: int = 0
    hand_over: int = 0
    handed_over_at: datetime | None = None
    sign_due: datetime | None = None
    returned_at: datetime | None = None
    asked_at: datetime | None = None
    requests: int = 0
    callback_due: datetime | None = None
    limits: Mapping[int, Deadline] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()

    @property
    def notice_round(self) -> int:
        """Of its papers: each unit has its own notice and limit, for each promise."""
        return self.hand_over * PROMISES + self.extended


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """`at` is the time it should happen, whenever it does; `unit` is the assisting unit that it is about."""

    act: Act
    round: int
    at: datetime
    unit: str = ""


def plan(ticket: Watched, done: Done, calendar: Calendar) -> list[Due]:
    """All that is still to come if nobody does anything, the earliest first."""
    wanted = (due for due in _all(ticket, calendar) if (due.act, due.round) not in done)
    return sorted(wanted, key=lambda due: (due.at, _ORDER[due.act], due.round))


def due_at(ticket: Watched, done: Done, calendar: Calendar, now: datetime) -> list[Due]:
    """What should have happened by `now` and has not, in the order in which it should have."""
    return [due for due in plan(ticket, done, calendar) if due.at <= now]


def next_at(ticket: Watched, done: Done, calendar: Calendar, now: datetime) -> datetime | None:
    """When this ticket is to be looked at again if nothing changes; None when only a person can change it.

    What is merged every working morning: another unit may have the job by then.
    """
    if ticket.state is TicketState.MERGED:
        today = city_day(now)
        return opening_after(calendar, today if now >= opening(today) else today - timedelta(days=1))
    return next((due.at for due in plan(ticket, done, calendar) if due.at > now), None)


def _all(ticket: Watched, calendar: Calendar) -> Iterator[Due]:
    if ticket.state in BEFORE_THE_REPLY:
        for act, percent in REMINDERS.items():
            at = share_of_time(calendar, ticket.accepted_at, ticket.deadline.at, percent)
            yield Due(act=act, round=ticket.extended, at=at)
    if ticket.state is TicketState.HANDED_OVER and ticket.sign_due:
        yield Due(act=Act.SIGN_OVERDUE, round=ticket.hand_over, at=ticket.sign_due)
    if ticket.state in AT_THE_UNIT:
        for part in ticket.parts:
            yield from _of_part(part, calendar)
    if ticket.state in AT_THE_UNIT and ticket.asked_at:
        yield Due(act=Act.EXTENSION_WAITS, round=ticket.requests, at=ticket.asked_at)
    if ticket.state is TicketState.RETURNED and ticket.returns >= RETURNS_BEFORE_ARBITRATION:
        at = ticket.returned_at or ticket.deadline.at
        yield Due(act=Act.ARBITRATION_WAITS, round=ticket.returns, at=at)
    if ticket.state is TicketState.REPLIED and ticket.callback_due:
        yield Due(act=Act.CALLBACK_OVERDUE, round=0, at=ticket.callback_due)
    if ticket.unit and ticket.state in (*AT_THE_UNIT, TicketState.MERGED):
        yield from _notices(ticket, calendar)


def _of_part(part: Part, calendar: Calendar) -> Iterator[Due]:
    """By its own clock; who is asked after the citizen's deadline has a working day first, as at signing."""
    end = part.due.at
    if part.asked_at < end:
        at = share_of_time(calendar, part.asked_at, end, REMINDERS[Act.REMIND_LATE])
        yield Due(act=Act.REMIND_PART, round=part.number, at=at, unit=part.unit)
    else:
        end = calendar.due(part.asked_at, SIGN_WITHIN).at
    yield Due(act=Act.PART_OVERDUE, round=part.number, at=end, unit=part.unit)


def _notices(ticket: Watched, calendar: Calendar) -> Iterator[Due]:
    """The working day after expiry; a unit that was handed it later has its working day to sign first."""
    expired = ticket.deadline
    if ticket.handed_over_at and ticket.sign_due and ticket.handed_over_at >= expired.at:
        expired = Deadline(at=ticket.sign_due, provisional=False)
    number = ticket.notice_round
    yield Due(act=Act.NOTICE, round=number, at=opening_after(calendar, expired.day))
    limit = ticket.limits.get(number)
    if limit:
        yield Due(act=Act.CRITICISM, round=number, at=opening_after(calendar, limit.day))
