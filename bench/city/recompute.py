"""How long it takes to reckon 100,000 open deadlines again when the calendar changes."""

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from hotline.calendars import shipped, sources
from hotline.domain.calendar import Arrangement, SpecialDay
from hotline.domain.ticket import Kind, TicketState
from hotline.services import calendar
from hotline.storage.sql import SqlStorage
from hotline.storage.tables import calls
from hotline.storage.tables_tickets import tickets

OPEN = 100_000
FIRST = datetime(2026, 10, 12, 1, 0, tzinfo=UTC)
EVERY = timedelta(seconds=72)  # 100,000 in twelve weeks, the last days of the year among them
BATCH = 5_000


def run(storage: SqlStorage) -> dict[str, object]:
    """Seconds for showing and for applying, when the change moves every open deadline and when few.

    Every deadline is moved there and back: the median of the rounds.
    """
    _fill(storage)
    with storage.writing() as tx:
        calendar.furnish(tx, shipped.load(), sources.statutory, FIRST)
    longer, known = Arrangement(year=2026, days=_one_day_more()), Arrangement(year=2026, days=_known())
    rounds = [_change(storage, each) for each in (longer, known, longer)]
    rounds.sort(key=lambda each: each[0] + each[1])
    all_shown_s, all_applied_s, all_moved = rounds[len(rounds) // 2]
    year = Arrangement(year=2027, days=sources.statutory(2027).days)
    _, few_applied_s, few_moved = _change(storage, year)
    return {
        "recompute_100k_s": round(all_shown_s + all_applied_s, 2),
        "recompute_shown_s": round(all_shown_s, 2),
        "recompute_applied_s": round(all_applied_s, 2),
        "recompute_slowest_s": round(sum(rounds[-1][:2]), 2),
        "recompute_quickest_s": round(sum(rounds[0][:2]), 2),
        "recompute_moved": all_moved,
        "recompute_new_year_applied_s": round(few_applied_s, 2),
        "recompute_new_year_moved": few_moved,
    }


def _known() -> tuple[SpecialDay, ...]:
    (known,) = (a for a in shipped.load() if a.year == 2026)
    return tuple(known.days)


def _one_day_more() -> tuple[SpecialDay, ...]:
    """2026 with every Friday of the last quarter off: every deadline is another one."""
    fridays = [datetime(2026, 10, 16, tzinfo=UTC).date() + timedelta(weeks=week) for week in range(11)]
    return (*_known(), *(SpecialDay(day=day, name="试", off=True) for day in fridays))


def _change(storage: SqlStorage, arrangement: Arrangement) -> tuple[float, float, int]:
    began = time.monotonic()
    with storage.reading() as tx:
        shown = calendar.preview(tx, arrangement)
    previewed = time.monotonic()
    with storage.writing() as tx:
        done = calendar.apply(tx, arrangement, shown.revision, "bench", FIRST)
    return previewed - began, time.monotonic() - previewed, len(done.moves)


def _fill(storage: SqlStorage) -> None:
    """Open tickets as they are in the table, without the use cases: those are not what is measured."""
    for start in range(0, OPEN, BATCH):
        numbers = range(start, min(start + BATCH, OPEN))
        with storage.engine.begin() as connection:
            connection.execute(insert(calls), [_call(n) for n in numbers])
            connection.execute(insert(tickets), [_ticket(n) for n in numbers])


def _call_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def _call(number: int) -> dict[str, object]:
    at = FIRST + number * EVERY
    place = {"line": "12341", "hint": "general", "queue": "general", "seat": "seat07"}
    state = {"state": "ended", "end_reason": "completed", "ended_at": at, "held_s": 0.0}
    return {"id": _call_id(number), "from_number": None, "arrived_at": at} | place | state


def _ticket(number: int) -> dict[str, object]:
    at = FIRST + number * EVERY
    texts = {"topic": "water_outage", "place": "人民路", "what": "停水三天", "unit": "水务集团"}
    flags = {"citizen_name": "", "confidential": False, "answered": False, "version": 1}
    return {
        "call_id": _call_id(number),
        "id": f"T-2026-{number + 1:06d}",
        "seat": "seat07",
        "state": TicketState.ACCEPTED,
        "kind": list(Kind)[number % len(Kind)],
        "created_at": at,
        "saved_at": at,
        "accepted_at": at,
        **texts,
        **flags,
    }
