"""Changing the table of working days: what it does to open deadlines is shown before it is done."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from hotline.domain.calendar import SHANGHAI, Arrangement
from hotline.domain.deadlines import DEFAULT_LIMITS, Limits, Move, moves
from hotline.domain.errors import Conflict
from hotline.domain.events import CalendarChanged
from hotline.services.ports import Transaction

YEARS_AHEAD = 3  # the longest time limit and its extension end within


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an arrangement would change; `revision` is the table's that it was reckoned with."""

    before: Arrangement | None
    after: Arrangement
    revision: int
    open_tickets: int
    moves: tuple[Move, ...]

    @property
    def promises(self) -> tuple[Move, ...]:
        """Of the moves those of a citizen's own deadline."""
        return tuple(move for move in self.moves if move.is_promise)

    @property
    def inner(self) -> int:
        """How many tickets have another time for signing, returning, an assisting unit or the callback."""
        return sum(bool(move.inner or move.parts) for move in self.moves)

    @property
    def changes_nothing(self) -> bool:
        """The table says all of it already."""
        return self.after.same_days(self.before)

    @property
    def changed_days(self) -> tuple[date, ...]:
        """The days of which the table would say something else than now."""
        before = {(s.day, s.off, s.name) for s in self.before.days} if self.before else set()
        after = {(s.day, s.off, s.name) for s in self.after.days}
        return tuple(sorted({day for day, _, _ in before ^ after}))


def preview(tx: Transaction, after: Arrangement, limits: Limits = DEFAULT_LIMITS) -> Preview:
    """Which open deadlines `after` would move, and to when; changes nothing.

    Raises Invalid when it contradicts a neighbouring year's arrangement.
    """
    revision = tx.calendar.revision()
    now = tx.calendar.load()
    clocks = tx.tickets.running_clocks()
    return Preview(
        before=now.of_year(after.year),
        after=after,
        revision=revision,
        open_tickets=len(clocks),
        moves=tuple(moves(clocks, now.with_arrangement(after), limits)),
    )


def apply(
    tx: Transaction,
    after: Arrangement,
    shown: int,
    who: str,
    at: datetime,
    limits: Limits = DEFAULT_LIMITS,
) -> Preview:
    """Put `after` into the table and move every open deadline, each with an entry in its ticket's log.

    `shown` is the revision of the preview; returns what really changed (tickets accepted since are in it).
    Repeating it changes nothing. Raises Conflict when the table was changed since it was shown.
    """
    done = preview(tx, after, limits)
    if done.changes_nothing:
        return done
    if done.revision != shown:
        raise Conflict("the calendar was changed by someone else meanwhile: look at the changes again")
    tx.calendar.put(after, who, at)
    tx.tickets.move_deadlines(done.moves, at, who, f"calendar {after.year}")
    tx.outbox.add([CalendarChanged(at=at, year=after.year)])
    return done


def edited(tx: Transaction, day: date, off: bool | None, name: str) -> Arrangement:
    """The stored arrangement of the day's year with that one day changed, to be previewed and applied.

    Editing a year that is not published leaves it provisional.
    """
    tx.calendar.revision()  # two who only loaded it would each wait for the other to change it
    stored = tx.calendar.load().of_year(day.year)
    base = stored or Arrangement(year=day.year, days=(), provisional=True)
    return base.with_day(day, off, name)


def furnish(
    tx: Transaction,
    shipped: Iterable[Arrangement],
    statutory: Callable[[int], Arrangement],
    at: datetime,
    limits: Limits = DEFAULT_LIMITS,
) -> list[int]:
    """At every start: a first table, provisional years to come, and a deadline for each ticket without one.

    A year that is in the table is never replaced here: that is for a person who has seen what it changes.
    Returns the years added.
    """
    first = tx.calendar.revision() == 0
    known = {arrangement.year for arrangement in tx.calendar.load().arrangements}
    new = [a for a in shipped if first and a.year not in known]
    this_year = at.astimezone(SHANGHAI).year
    to_come = set(range(this_year, this_year + YEARS_AHEAD + 1)) - known - {a.year for a in new}
    new += [statutory(year) for year in sorted(to_come)]
    for arrangement in new:
        tx.calendar.put(arrangement, "hotline", at)
    clocks = tx.tickets.running_clocks()
    if new or any(clock.deadline is None for clock in clocks):
        moved = moves(clocks, tx.calendar.load(), limits)
        tx.tickets.move_deadlines(moved, at, "hotline", "calendar")
    return [a.year for a in new]
