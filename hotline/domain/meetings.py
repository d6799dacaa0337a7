"""A joint meeting 会商 for what no unit can solve alone: an agenda of tickets, minutes, and duties."""

from dataclasses import dataclass, field
from datetime import date, datetime

from hotline.domain.calendar import LONGEST_LIMIT, Calendar
from hotline.domain.errors import Conflict, Invalid
from hotline.domain.ids import TicketId
from hotline.domain.ticket import LONGEST_FIELD, LONGEST_TEXT
from hotline.domain.working_time import city_day

FEWEST_TICKETS, MOST_TICKETS = 1, 50
LONGEST_OWNER = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Who does what by when; it is the ticket `ticket_id`, and follows from `of_ticket` on the agenda."""

    ticket_id: TicketId
    of_ticket: TicketId
    unit: str
    owner: str
    day: date


@dataclass(slots=True, kw_only=True)
class Meeting:
    """`version` grows with every change, for browsers that race; a closed one is not changed any more."""

    key: int = 0
    title: str
    place: str
    starts_at: datetime
    created_at: datetime
    agenda: tuple[TicketId, ...]
    minutes: str = ""
    closed_at: datetime | None = None
    version: int = 1
    duties: list[Duty] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.title = one_line(self.title, "the title", LONGEST_FIELD)
        self.place = one_line(self.place, "the place", LONGEST_FIELD)
        if not FEWEST_TICKETS <= len(set(self.agenda)) <= MOST_TICKETS:
            raise Invalid(f"a meeting is about {FEWEST_TICKETS} to {MOST_TICKETS} tickets")
        if len(set(self.agenda)) != len(self.agenda):
            raise Invalid("a ticket is on the agenda twice")

    def check_open(self, version: int) -> None:
        """Raises Conflict when it is closed, or was changed since `version`."""
        if self.closed_at:
            raise Conflict("this meeting is closed", "meeting_closed")
        if version != self.version:
            raise Conflict("the meeting was changed meanwhile: look at it again", "meeting_stale")

    def write(self, minutes: str) -> None:
        """The minutes, as they are now."""
        if len(minutes) > LONGEST_TEXT or "\x00" in minutes:
            raise Invalid(f"minutes are at most {LONGEST_TEXT} characters")
        self.minutes = minutes.strip()
        self.version += 1

    def assign(self, duty: Duty) -> None:
        """A decision: somebody's duty."""
        if duty.of_ticket not in self.agenda:
            raise Invalid(f"{duty.of_ticket} is not on the agenda")
        self.duties.append(duty)
        self.version += 1

    def close(self, at: datetime) -> None:
        """The end; without minutes there was no meeting."""
        if not self.minutes:
            raise Conflict("a meeting is closed with its minutes", "meeting_minutes")
        self.closed_at = at
        self.version += 1


def one_line(text: str, what: str, longest: int) -> str:
    """A line that can be shown and printed. Raises Invalid."""
    text = text.strip()
    if not text or len(text) > longest or not text.isprintable():
        raise Invalid(f"{what} is one line of at most {longest} characters")
    return text


def days_until(calendar: Calendar, at: datetime, day: date) -> int:
    """How many working days end with `day`; one that is off counts as the working day before it.

    Raises Invalid when no working day is left until then, or it is further than any time limit.
    """
    today = city_day(at)
    if not 0 < (day - today).days <= LONGEST_LIMIT * 2:
        raise Invalid("the day of a duty is after today, and within a year", "duty_day")
    days = sum(
        calendar.is_working(date.fromordinal(n)) for n in range(today.toordinal() + 1, day.toordinal() + 1)
    )
    if not 1 <= days <= LONGEST_LIMIT:
        raise Invalid("there is no working day until then", "duty_day")
    return days
