"""Shares of a time limit in office hours: always in them, in order, before the end."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.calendars import shipped, sources
from hotline.domain.calendar import SHANGHAI, Calendar
from hotline.domain.errors import Invalid
from hotline.domain.working_time import CLOSES, OPENS, opening_after, share_of_time

USUAL = Calendar([*shipped.load(), sources.statutory(2027), sources.statutory(2028)])
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 6, 1), timezones=st.just(UTC))


def city(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("accepted", "days", "half", "late"),
    [
        # Nobody is reminded in the Spring Festival: Fri 13, Sat 14 (make-up day), Tue 24 are the three days.
        ("2026-02-12T18:00", 3, "2026-02-14T13:00", "2026-02-24T12:12"),
        ("2026-02-13T18:00", 5, "2026-02-25T13:00", "2026-02-27T09:00"),
        ("2026-09-18T18:00", 3, "2026-09-21T13:00", "2026-09-22T12:12"),
        # The rest of the day of acceptance counts: 4 + 3 x 8 hours, half of which is over at Tuesday's 11 o'clock.
        ("2026-11-23T13:00", 3, "2026-11-25T11:00", "2026-11-26T11:24"),
        # 29 February 2024 is a working day as any other; 28 February 2027 is a Sunday.
        ("2024-02-28T18:00", 3, "2024-03-01T13:00", "2024-03-04T12:12"),
        ("2027-02-26T18:00", 3, "2027-03-02T13:00", "2027-03-03T12:12"),
        # Across years, into one that is not published.
        ("2026-12-29T18:00", 5, "2027-01-04T13:00", "2027-01-06T09:00"),
    ],
)
def test_half_and_most_of_the_time(accepted: str, days: int, half: str, late: str) -> None:
    begin = city(accepted)
    end = USUAL.due(begin, days).at
    assert share_of_time(USUAL, begin, end, 50) == city(half)
    assert share_of_time(USUAL, begin, end, 80).replace(second=0) == city(late)


@given(begin=MOMENTS, days=st.integers(1, 40), first=st.integers(1, 99), second=st.integers(1, 99))
def test_shares_are_in_office_hours_in_order_and_before_the_end(
    begin: datetime, days: int, first: int, second: int
) -> None:
    end = USUAL.due(begin, days).at
    low, high = sorted((first, second))
    a, b = (share_of_time(USUAL, begin, end, percent) for percent in (low, high))
    assert begin < a <= b < end
    for at in (a, b):
        local = at.astimezone(SHANGHAI)
        assert USUAL.is_working(local.date())
        assert OPENS <= local.time() <= CLOSES


def test_a_deadline_of_another_calendar_has_an_end_all_the_same() -> None:
    begin = city("2026-10-01T10:00")
    end = begin + timedelta(days=3)
    assert share_of_time(USUAL, begin, end, 50) == end


def test_the_next_opening() -> None:
    assert opening_after(USUAL, date(2026, 9, 30)) == city("2026-10-08T09:00")
    assert opening_after(USUAL, date(2026, 10, 9)) == city("2026-10-10T09:00")
    assert opening_after(USUAL, date(2024, 2, 28)) == city("2024-02-29T09:00")
    with pytest.raises(Invalid):
        opening_after(USUAL, date(2100, 12, 31))
