"""The citizens' clocks: a promise stays, its deadline follows the calendar."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from hotline.calendars import shipped, sources
from hotline.domain.calendar import Arrangement, Calendar, SpecialDay
from hotline.domain.deadlines import DEFAULT_LIMITS, RunningClock, moves
from hotline.domain.ids import TicketId, TicketKey
from hotline.domain.ticket import Kind, TicketState
from hotline.domain.ticket_parts import Part

CALENDAR = Calendar([*shipped.load(), sources.statutory(2027)])


def clock(accepted: str, kind: Kind = Kind.COMPLAINT, working_days: int | None = None) -> RunningClock:
    at = datetime.fromisoformat(f"{accepted}T10:00+08:00")
    days = working_days or DEFAULT_LIMITS[kind]
    return RunningClock(
        key=TicketKey(1),
        ticket_id=TicketId("T-2026-000001"),
        kind=kind,
        accepted_at=at,
        working_days=days,
        deadline=CALENDAR.due(at, days),
    )


def test_the_limits_of_the_four_kinds() -> None:
    assert {kind: DEFAULT_LIMITS[kind] for kind in Kind} == {
        Kind.CONSULTATION: 3,
        Kind.COMPLAINT: 5,
        Kind.SUGGESTION: 5,
        Kind.HELP: 5,
    }


def test_the_same_calendar_moves_nothing() -> None:
    clocks = [clock(f"2026-{month:02d}-15", kind) for month in range(1, 13) for kind in Kind]
    assert moves(clocks, CALENDAR, DEFAULT_LIMITS) == []


def test_only_what_the_change_touches_moves() -> None:
    flood = SpecialDay(day=date(2026, 7, 2), name="防汛", off=True)
    other = CALENDAR.of_year(2026)
    assert other
    later = CALENDAR.with_arrangement(other.with_day(flood.day, True, flood.name))
    before, touched, after = clock("2026-06-24"), clock("2026-06-25"), clock("2026-07-02")
    moved = moves([before, touched, after], later, DEFAULT_LIMITS)
    assert [(move.clock, move.after.day) for move in moved] == [(touched, date(2026, 7, 3))]


def test_a_provisional_deadline_becomes_final_even_on_the_same_day() -> None:
    waiting = clock("2026-12-29")
    assert waiting.deadline and waiting.deadline.provisional
    published = Arrangement(year=2027, days=(SpecialDay(day=date(2027, 1, 1), name="元旦", off=True),))
    (move,) = moves([waiting], CALENDAR.with_arrangement(published), DEFAULT_LIMITS)
    assert (move.after.at, move.after.provisional) == (waiting.deadline.at, False)


def test_every_other_clock_follows_too_even_where_the_deadline_stays() -> None:
    handed = datetime.fromisoformat("2026-07-01T10:00+08:00")
    long = replace(
        clock("2026-06-24", working_days=20), state=TicketState.HANDED_OVER, handed_over_at=handed,
        sign_due=CALENDAR.due(handed, 1).at, return_due=CALENDAR.due(handed, 2).at,
        parts=(Part(unit="街道", asked_at=handed, due=CALENDAR.due(handed, 3), number=1, working_days=3),),
    )  # fmt: skip
    replied = replace(
        clock("2026-06-24", working_days=20), state=TicketState.REPLIED, replied_at=handed,
        callback_due=CALENDAR.due(handed, 1).at,
    )  # fmt: skip
    other = CALENDAR.of_year(2026)
    assert other
    # Thursday off, Sunday worked: the deadlines, far away, are the same days.
    changed = other.with_day(date(2026, 7, 2), True, "防汛").with_day(date(2026, 7, 5), False, "防汛")
    later = CALENDAR.with_arrangement(changed)
    first, second = moves([long, replied], later, DEFAULT_LIMITS)
    assert not first.is_promise and not second.is_promise
    assert first.said("calendar 2026") == {
        "sign_due": "2026-07-03", "return_due": "2026-07-05", "why": "calendar 2026"
    }  # fmt: skip
    assert second.said("x") == {"callback_due": "2026-07-03", "why": "x"}
    off = CALENDAR.with_arrangement(other.with_day(date(2026, 7, 2), True, "防汛"))
    (moved,) = moves([replace(long, handed_over_at=None, state=TicketState.IN_HAND)], off, DEFAULT_LIMITS)
    assert [(part.unit, part.due.day) for part in moved.parts] == [("街道", date(2026, 7, 7))]


def test_what_was_promised_stays_when_the_limits_change() -> None:
    limits = {kind: 10 for kind in Kind}
    promised = clock("2026-03-02")
    assert moves([promised], CALENDAR, limits) == []
    never_reckoned = replace(promised, working_days=None, deadline=None)
    (move,) = moves([never_reckoned], CALENDAR, limits)
    assert (move.working_days, move.after) == (10, CALENDAR.due(promised.accepted_at, 10))


def test_many_clocks_of_one_day_are_reckoned_once() -> None:
    asked: list[datetime] = []

    class Counting(Calendar):
        def due(self, accepted: datetime, working_days: int):  # type: ignore[no-untyped-def]
            asked.append(accepted)
            return super().due(accepted, working_days)

    first = clock("2026-03-02")
    clocks = [replace(first, accepted_at=first.accepted_at + timedelta(seconds=n)) for n in range(1000)]
    assert moves(clocks, Counting(CALENDAR.arrangements), DEFAULT_LIMITS) == []
    assert len(asked) == 1
