"""The share closed on time, as shown to the public: what it counts, and how (domain.md, Figures)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from hotline.domain.calendar import SHANGHAI, Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One citizen's ticket due in the period; `done_at`: called back, or answered at once."""

    unit: str
    deadline: Deadline
    done_at: datetime | None
    extended: bool

    @property
    def in_time(self) -> bool:
        """Replied to and called back by its deadline, the extended one where it was extended."""
        return self.done_at is not None and self.done_at < self.deadline.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """On-time share = `in_time` ÷ `due`; the open ones are in `due`, and none due is no share."""

    due: int = 0
    in_time: int = 0
    extended: int = 0

    def __sub__(self, other: "Share") -> "Share":
        return Share(
            due=self.due - other.due,
            in_time=self.in_time - other.in_time,
            extended=self.extended - other.extended,
        )

    @property
    def share(self) -> float | None:
        """From 0 to 1; None when nothing was due."""
        return self.in_time / self.due if self.due else None


def total(parts: Iterable[Share]) -> Share:
    """Of all units together."""
    listed = list(parts)
    return Share(
        due=sum(each.due for each in listed),
        in_time=sum(each.in_time for each in listed),
        extended=sum(each.extended for each in listed),
    )


def month(year: int, number: int) -> tuple[datetime, datetime]:
    """Deadlines after the first, up to the second are due in it: 24:00 of the last day is in the month."""
    first = datetime(year, number, 1, tzinfo=SHANGHAI)
    after = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=SHANGHAI)
    return first, after


def month_of(day: date) -> tuple[datetime, datetime]:
    """The month of a day."""
    return month(day.year, day.month)
