"""The table of working days, and the deadline that a number of them makes (domain.md, Working days)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone

from hotline.domain.errors import Invalid

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")  # no summer time since 1991
FIRST_YEAR, LAST_YEAR = 2000, 2100
LONGEST_LIMIT = 366  # working days
LONGEST_NAME = 40
SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SpecialDay:
    """A day that an arrangement names: off, or worked (a make-up day 调休)."""

    day: date
    name: str
    off: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """One year's days by the State Council's notice, or, while `provisional`, its statutory holidays only.

    `year` is the notice's: days of the December before may be in it (30 December 2018 is in 2019's).
    Raises Invalid when it contradicts itself.
    """

    year: int
    days: tuple[SpecialDay, ...]
    papers: tuple[str, ...] = ()
    provisional: bool = False

    def __post_init__(self) -> None:
        if not FIRST_YEAR <= self.year <= LAST_YEAR:
            raise Invalid(f"a calendar's year is from {FIRST_YEAR} to {LAST_YEAR}, not {self.year}")
        if not self.days and not self.provisional:
            raise Invalid(f"{self.year} has no days: its arrangement is not published yet")
        seen: dict[date, SpecialDay] = {}
        for special in self.days:
            _check_day(self.year, special)
            if special.day in seen:
                same = seen[special.day].off == special.off
                raise Invalid(f"{special.day} is there twice{'' if same else ', off and worked'}")
            seen[special.day] = special
        object.__setattr__(self, "days", tuple(sorted(self.days)))

    def same_days(self, other: "Arrangement | None") -> bool:
        """Whether nothing would change with the other one in the table."""
        return other is not None and (self.year, self.days, self.provisional) == (
            *(other.year, other.days),
            other.provisional,
        )

    def with_day(self, day: date, off: bool | None, name: str) -> "Arrangement":
        """The same with one day off, worked, or (None) as its weekday says."""
        kept = tuple(special for special in self.days if special.day != day)
        if off is None:
            return replace(self, days=kept)
        return replace(self, days=(*kept, SpecialDay(day=day, name=name, off=off)))


def _check_day(year: int, special: SpecialDay) -> None:
    in_december_before = special.day.year == year - 1 and special.day.month == 12
    if special.day.year != year and not in_december_before:
        raise Invalid(f"{special.day} does not belong to {year}")
    name = special.name
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise Invalid(f"{special.day} needs a name: one line of at most {LONGEST_NAME} characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """`at` is 24:00 in the city on the last day; provisional while a year counted is not published."""

    at: datetime
    provisional: bool

    @property
    def day(self) -> date:
        """The last day on which it is still in time."""
        return (self.at - timedelta(microseconds=1)).astimezone(SHANGHAI).date()


Due = Callable[[datetime, int], Deadline]  # as `Calendar.due`


class Calendar:
    """All arrangements known. A year without one has its weekends, and is provisional.

    Raises Invalid when two published arrangements say the opposite of one day.
    """

    __slots__ = ("_off", "_published", "arrangements")

    def __init__(self, arrangements: Iterable[Arrangement] = ()) -> None:
        self.arrangements = tuple(sorted(arrangements, key=lambda a: a.year))
        self._published = frozenset(a.year for a in self.arrangements if not a.provisional)
        self._off: dict[date, bool] = {}
        if len({a.year for a in self.arrangements}) != len(self.arrangements):
            raise Invalid("a year has two arrangements")
        named_by: dict[date, Arrangement] = {}
        for arrangement in sorted(self.arrangements, key=lambda a: not a.provisional):
            for special in arrangement.days:
                other = named_by.get(special.day)
                if other and not other.provisional and self._off[special.day] != special.off:
                    years = f"{other.year} and {arrangement.year}"
                    raise Invalid(f"{special.day}: the arrangements of {years} contradict each other")
                named_by[special.day] = arrangement
                self._off[special.day] = special.off  # the published come last and overrule

    def of_year(self, year: int) -> Arrangement | None:
        """What is known of a year."""
        return next((a for a in self.arrangements if a.year == year), None)

    def with_arrangement(self, new: Arrangement) -> "Calendar":
        """This calendar with another arrangement of that year."""
        return Calendar([*(a for a in self.arrangements if a.year != new.year), new])

    def is_published(self, day: date) -> bool:
        """Whether the arrangement of the day's year is known."""
        return day.year in self._published

    def is_working(self, day: date) -> bool:
        """By the arrangements; a day that none names is as its weekday says."""
        off = self._off.get(day)
        return day.weekday() < SATURDAY if off is None else not off

    def due(self, accepted: datetime, working_days: int) -> Deadline:
        """The end of the Nth working day after the day of acceptance, which is day 0 whatever day it is.

        Raises Invalid for a number of days that is no time limit, or a day after all calendars.
        """
        if accepted.tzinfo is None:
            raise ValueError("a time without its zone")
        if not 1 <= working_days <= LONGEST_LIMIT:
            raise Invalid(f"a time limit is from 1 to {LONGEST_LIMIT} working days, not {working_days}")
        day = accepted.astimezone(SHANGHAI).date()
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise Invalid(f"there is no calendar of {day.year}")
        left, provisional = working_days, False
        while left:
            day += timedelta(days=1)
            left -= self.is_working(day)
            provisional = provisional or not self.is_published(day)
        midnight = datetime.combine(day + timedelta(days=1), time(), SHANGHAI)
        return Deadline(at=midnight.astimezone(UTC), provisional=provisional)
