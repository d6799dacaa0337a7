"""Working days and deadlines: the worked examples, every day of three years, and calendars that contradict."""

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.calendars import shipped, sources
from hotline.domain.calendar import LONGEST_LIMIT, SHANGHAI, Arrangement, Calendar, Deadline, SpecialDay
from hotline.domain.errors import Invalid

CALENDAR = Calendar([*shipped.load(), sources.statutory(2027)])
PUBLISHED = [date(2024, 1, 1) + timedelta(days=n) for n in range(366 + 365 + 365)]


def noon(day: date | str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00+08:00")


def special(day: str, off: bool = True, name: str = "节") -> SpecialDay:
    return SpecialDay(day=date.fromisoformat(day), name=name, off=off)


def arrangement(year: int, *days: SpecialDay, provisional: bool = False) -> Arrangement:
    return Arrangement(year=year, days=days, provisional=provisional)


@pytest.mark.parametrize(
    ("accepted", "working_days", "due", "provisional"),
    [
        ("2026-02-12", 3, "2026-02-24", False),
        ("2026-02-13", 5, "2026-02-27", False),
        ("2026-09-18", 3, "2026-09-22", False),
        ("2026-09-30", 5, "2026-10-13", False),
        ("2026-12-29", 5, "2027-01-06", True),
    ],
)
def test_the_worked_examples(accepted: str, working_days: int, due: str, provisional: bool) -> None:
    deadline = CALENDAR.due(noon(accepted), working_days)
    assert (str(deadline.day), deadline.provisional) == (due, provisional)
    assert deadline.at == noon(due) + timedelta(hours=12)


@pytest.mark.parametrize(
    ("accepted", "working_days", "due"),
    [
        ("2024-02-28", 1, "2024-02-29"),
        ("2024-02-29", 1, "2024-03-01"),
        ("2024-02-29", 5, "2024-03-07"),
        ("2024-02-08", 1, "2024-02-09"),  # the day before Spring Festival is worked in 2024
        ("2024-02-09", 1, "2024-02-18"),  # make-up Sunday
        ("2025-02-28", 1, "2025-03-03"),  # no 29 February
        ("2024-12-31", 1, "2025-01-02"),
        ("2025-12-31", 1, "2026-01-04"),  # Sunday 4 January 2026 is a make-up day
        ("2026-02-15", 1, "2026-02-24"),  # accepted within the holidays
        ("2026-02-14", 1, "2026-02-24"),  # accepted on a make-up Saturday: still day 0
    ],
)
def test_leap_days_turns_of_the_year_and_holidays(accepted: str, working_days: int, due: str) -> None:
    assert CALENDAR.due(noon(accepted), working_days) == Deadline(
        at=noon(due) + timedelta(hours=12), provisional=False
    )


def test_the_day_of_acceptance_is_the_citys() -> None:
    before = datetime(2026, 3, 2, 15, 59, 59, 999999, tzinfo=UTC)
    midnight = before + timedelta(microseconds=1)
    assert CALENDAR.due(before, 1).day == date(2026, 3, 3)
    assert CALENDAR.due(midnight, 1).day == date(2026, 3, 4)
    assert CALENDAR.due(midnight.astimezone(SHANGHAI), 1) == CALENDAR.due(midnight, 1)


def test_every_day_of_the_shipped_years_is_as_published() -> None:
    for day in PUBLISHED:
        assert CALENDAR.is_working(day) == chinese_calendar.is_workday(day), day
        assert CALENDAR.is_published(day)


def test_every_acceptance_of_the_shipped_years_is_due_as_counted_by_hand() -> None:
    worked = [day for day in PUBLISHED if chinese_calendar.is_workday(day)]
    compared = 0
    for accepted in PUBLISHED:
        after = [day for day in worked if day > accepted][:15]
        for working_days, due in enumerate(after, 1):
            assert CALENDAR.due(noon(accepted), working_days).day == due
            compared += 1
    assert compared > 16_000


def test_a_year_nobody_knows_has_its_weekends_and_is_provisional() -> None:
    assert CALENDAR.due(noon("2031-01-03"), 1) == Deadline(
        at=noon("2031-01-07") - timedelta(hours=12), provisional=True
    )
    assert not CALENDAR.is_published(date(2027, 6, 1)) and not CALENDAR.is_published(date(2031, 1, 1))


def test_a_deadline_is_final_when_the_arrangement_arrives() -> None:
    days = (special("2027-01-01"), special("2027-01-02"), special("2027-01-03", off=False))
    after = CALENDAR.with_arrangement(arrangement(2027, *days))
    deadline = after.due(noon("2026-12-29"), 5)
    assert (deadline.day, deadline.provisional) == (date(2027, 1, 5), False)
    assert CALENDAR.due(noon("2026-12-29"), 5).day == date(2027, 1, 6), "the old table stays as it was"


def test_one_unpublished_day_makes_a_deadline_provisional_though_later_years_are_known() -> None:
    calendar = CALENDAR.with_arrangement(arrangement(2028, special("2028-01-01")))
    assert calendar.due(noon("2027-12-30"), 5).provisional
    assert not calendar.due(noon("2027-12-31"), 5).provisional


def test_days_of_december_may_be_in_the_next_notice() -> None:
    days = (special("2018-12-29", off=False), special("2018-12-31"))
    calendar = Calendar([arrangement(2018, special("2018-01-01")), arrangement(2019, *days)])
    assert calendar.is_working(date(2018, 12, 29)) and not calendar.is_working(date(2018, 12, 31))
    assert calendar.is_published(date(2018, 12, 31))


def test_published_arrangements_that_contradict_each_other_are_refused() -> None:
    worked, off = special("2018-12-31", off=False), special("2018-12-31")
    with pytest.raises(Invalid, match="2018-12-31: the arrangements of 2018 and 2019 contradict"):
        Calendar([arrangement(2018, worked), arrangement(2019, off)])
    assert Calendar([arrangement(2018, off), arrangement(2019, off)])


def test_the_published_overrule_the_provisional() -> None:
    early = arrangement(2019, special("2018-12-31"), provisional=True)
    calendar = Calendar([early, arrangement(2018, special("2018-12-31", off=False))])
    assert calendar.is_working(date(2018, 12, 31))


def test_one_year_has_one_arrangement() -> None:
    with pytest.raises(Invalid, match="two arrangements"):
        Calendar([arrangement(2018, special("2018-01-01")), arrangement(2018, special("2018-01-02"))])


@pytest.mark.parametrize(
    ("days", "why"),
    [
        ((special("2026-02-14"), special("2026-02-14", off=False)), "twice, off and worked"),
        ((special("2026-02-14"), special("2026-02-14", name="又")), "twice"),
        ((special("2027-01-01"),), "does not belong to 2026"),
        ((special("2025-11-30"),), "does not belong to 2026"),
        ((special("2026-01-01", name=" "),), "needs a name"),
        ((special("2026-01-01", name="x" * 41),), "needs a name"),
        ((special("2026-01-01", name="a\x1b[2J"),), "needs a name"),
        ((), "not published yet"),
    ],
)
def test_an_arrangement_that_cannot_be_is_refused(days: tuple[SpecialDay, ...], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        arrangement(2026, *days)


@pytest.mark.parametrize("year", [1999, 2101, -1])
def test_years_without_a_calendar(year: int) -> None:
    with pytest.raises(Invalid, match="from 2000 to 2100"):
        arrangement(year, special("2026-01-01"))


def test_one_day_is_edited() -> None:
    base = arrangement(2026, special("2026-01-01"))
    flood = base.with_day(date(2026, 7, 1), True, "防汛")
    assert [s.name for s in flood.days] == ["节", "防汛"]
    assert flood.with_day(date(2026, 7, 1), False, "上班").days[1].off is False
    assert flood.with_day(date(2026, 7, 1), None, "").same_days(base)
    assert not flood.same_days(base) and not base.same_days(None)
    with pytest.raises(Invalid, match="does not belong"):
        base.with_day(date(2028, 7, 1), True, "防汛")


@pytest.mark.parametrize("working_days", [0, -1, LONGEST_LIMIT + 1])
def test_a_number_that_is_no_time_limit(working_days: int) -> None:
    with pytest.raises(Invalid, match="a time limit"):
        CALENDAR.due(noon("2026-03-02"), working_days)


@pytest.mark.parametrize("accepted", [datetime.min, datetime.max])
def test_times_before_and_after_all_calendars(accepted: datetime) -> None:
    with pytest.raises(ValueError, match="without its zone"):
        CALENDAR.due(accepted, 1)
    with pytest.raises(Invalid, match="no calendar of"):
        CALENDAR.due(accepted.replace(tzinfo=SHANGHAI), 1)


def test_the_last_year_ends_without_an_error() -> None:
    assert CALENDAR.due(noon("2100-12-31"), LONGEST_LIMIT).provisional


TIMES = st.datetimes(datetime(2023, 6, 1), datetime(2028, 6, 1), timezones=st.just(UTC))


@given(accepted=TIMES, working_days=st.integers(1, 30))
def test_any_deadline_ends_a_working_day_with_exactly_so_many_after_acceptance(
    accepted: datetime, working_days: int
) -> None:
    deadline = CALENDAR.due(accepted, working_days)
    first = accepted.astimezone(SHANGHAI).date()
    counted = [first + timedelta(days=n) for n in range(1, (deadline.day - first).days + 1)]
    assert sum(map(CALENDAR.is_working, counted)) == working_days
    assert CALENDAR.is_working(deadline.day)
    assert deadline.at.astimezone(SHANGHAI).time().isoformat() == "00:00:00"
    assert deadline.provisional == any(not CALENDAR.is_published(day) for day in counted)


@given(accepted=TIMES, later=st.timedeltas(timedelta(0), timedelta(days=40)), working_days=st.integers(1, 30))
def test_nobody_who_comes_later_is_due_earlier(
    accepted: datetime, later: timedelta, working_days: int
) -> None:
    assert CALENDAR.due(accepted, working_days).at <= CALENDAR.due(accepted + later, working_days).at
    assert CALENDAR.due(accepted, working_days).at < CALENDAR.due(accepted, working_days + 1).at
