"""The table of working days in the database."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from hotline.domain.calendar import Arrangement, Calendar, SpecialDay
from hotline.storage.tables import calendar_days, calendar_head, calendar_years


@dataclass(slots=True)
class KnownCalendar:
    """The calendar as read last, with its revision: each act asks for it, and it changes once a year."""

    newest: tuple[int, Calendar] | None = None


class SqlCalendarStore:
    """Implements CalendarStore; its locks are on the head's row (SQLite has one writer at a time anyway).

    `known` is shared by the transactions of one storage; only what is committed goes into it.
    """

    def __init__(
        self, connection: Connection, lock: bool = False, known: KnownCalendar | None = None
    ) -> None:
        self._db = connection
        self._lock = lock
        self._known = known or KnownCalendar()
        self._changed = False
        self._loaded: Calendar | None = None  # by this transaction, which keeps everybody from changing it

    def revision(self) -> int:
        return self._revision(shared=False)

    def load(self) -> Calendar:
        if self._loaded is None:
            self._loaded = self._newest()
        return self._loaded

    def _newest(self) -> Calendar:
        revision = self._revision(shared=True)
        if self._changed:
            return self._read()
        if (newest := self._known.newest) and newest[0] == revision:
            return newest[1]
        calendar = self._read()
        self._known.newest = (revision, calendar)
        return calendar

    def _read(self) -> Calendar:
        days: dict[int, list[SpecialDay]] = {}
        for year, *values in self._db.execute(select(calendar_days)):
            days.setdefault(year, []).append(SpecialDay(day=values[0], name=values[1], off=values[2]))
        years = self._db.execute(
            select(calendar_years.c.year, calendar_years.c.provisional, calendar_years.c.papers)
        )
        return Calendar(
            Arrangement(
                year=year, provisional=provisional, papers=tuple(papers), days=tuple(days.get(year, ()))
            )
            for year, provisional, papers in years
        )

    def put(self, arrangement: Arrangement, who: str, at: datetime) -> None:
        self._loaded = None
        self._changed = True  # a revision that may yet be rolled back is not known to others
        year = arrangement.year
        self._db.execute(delete(calendar_days).where(calendar_days.c.year == year))
        self._db.execute(delete(calendar_years).where(calendar_years.c.year == year))
        values = {"provisional": arrangement.provisional, "papers": list(arrangement.papers)}
        self._db.execute(insert(calendar_years).values(year=year, who=who, at=at, **values))
        rows = [{"year": year, "day": s.day, "name": s.name, "off": s.off} for s in arrangement.days]
        if rows:
            self._db.execute(insert(calendar_days), rows)
        self._db.execute(update(calendar_head).values(revision=calendar_head.c.revision + 1))

    def _revision(self, *, shared: bool) -> int:
        query = select(calendar_head.c.revision).where(calendar_head.c.id == 1)
        if self._lock:
            query = query.with_for_update(read=shared)
        return int(self._db.execute(query).scalar_one())
