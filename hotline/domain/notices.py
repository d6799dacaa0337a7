"""Numbered papers to a unit that is late: supervision notice 督办通知书, criticism notice 通报批评."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from hotline.domain.calendar import Calendar, Deadline
from hotline.domain.errors import Conflict, Invalid
from hotline.domain.ids import AccountId, TicketId
from hotline.domain.supervision import NOTICE_DAYS, Act
from hotline.domain.ticket import TicketState
from hotline.domain.ticket_moves import AT_THE_UNIT
from hotline.domain.working_time import city_day

LONGEST_REASON = 500
MAY_BE_ISSUED = (*AT_THE_UNIT, TicketState.MERGED)


class NoticeKind(StrEnum):
    """Each kind has its own series of numbers, begun anew every year."""

    SUPERVISION = "supervision"
    CRITICISM = "criticism"


TITLES = {NoticeKind.SUPERVISION: "督办通知书", NoticeKind.CRITICISM: "关于逾期未办结事项的通报批评"}
MARKS = {NoticeKind.SUPERVISION: "督", NoticeKind.CRITICISM: "通"}
KIND_OF = {Act.NOTICE: NoticeKind.SUPERVISION, Act.CRITICISM: NoticeKind.CRITICISM}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeNumber:
    """`〔2026〕12号`, with the mark of its series before it."""

    kind: NoticeKind
    year: int
    number: int

    def __str__(self) -> str:
        return f"热线{MARKS[self.kind]}〔{self.year}〕{self.number}号"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What the paper says, kept as it was on the day of issue; of the citizen only his matter's topic."""

    unit: str
    ticket_id: TicketId
    ticket_kind: str
    topic: str
    accepted: date
    due: date
    working_days: int
    extended: int
    day: date
    limit: date | None
    provisional: bool = False
    before: str = ""  # the supervision notice that a criticism follows
    replaces: str = ""
    reason: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """An extension was granted that had been asked for in time: the paper counts no longer."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A paper that was issued. What it says never changes: a new number replaces it, or it is withdrawn."""

    key: int
    number: NoticeNumber
    ticket_id: TicketId
    round: int
    edition: int
    unit: str
    issued_at: datetime
    issued_by: AccountId | None
    limit: Deadline | None
    content: Content
    replaced_by: int | None = None
    withdrawn: Withdrawal | None = None


def limit_of(kind: NoticeKind, calendar: Calendar, issued_at: datetime) -> Deadline | None:
    """The end of the time that a supervision notice leaves the unit, from the day it was really issued."""
    return calendar.due(issued_at, NOTICE_DAYS) if kind is NoticeKind.SUPERVISION else None


def check_issue(state: TicketState, unit: str, deadline: Deadline, at: datetime) -> None:
    """Raises Conflict when there is no unit that is late with this ticket."""
    if state not in MAY_BE_ISSUED or not unit:
        raise Conflict("no unit works on this ticket any more: a notice would reach nobody", "notice_nobody")
    if at < deadline.at:
        raise Conflict(
            f"this ticket is due on {deadline.day}: a notice is for what is overdue", "notice_early"
        )


def check_reason(reason: str) -> str:
    """One paragraph that may be printed. Raises Invalid."""
    reason = reason.strip()
    if not reason:
        raise Invalid("the reason is missing", "reason_line")
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise Invalid(f"a reason is one line of at most {LONGEST_REASON} characters", "reason_line")
    return reason


def year_of(at: datetime) -> int:
    """The year whose series a paper issued now belongs to: the city's year."""
    return city_day(at).year
