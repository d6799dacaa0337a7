"""Working time: the office hours of the working days, in which units are reminded and notices go out."""

from datetime import UTC, date, datetime, time, timedelta

from hotline.domain.calendar import LAST_YEAR, SHANGHAI, Calendar
from hotline.domain.errors import Invalid

# What is sent at night is read in the morning: the share of a time limit is counted in these hours only.
OPENS, CLOSES = time(9), time(17)


def city_day(at: datetime) -> date:
    """The day it is in the city."""
    return at.astimezone(SHANGHAI).date()


def city_time(at: datetime) -> str:
    """`2026-03-05 09:00`, as people in the city read it."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def opening(day: date) -> datetime:
    """When the offices open on that day."""
    return datetime.combine(day, OPENS, SHANGHAI).astimezone(UTC)


def opening_after(calendar: Calendar, day: date) -> datetime:
    """When the offices open on the next working day after `day`. Raises Invalid after all calendars."""
    while day.year <= LAST_YEAR:
        day += timedelta(days=1)
        if calendar.is_working(day):
            return opening(day)
    raise Invalid(f"there is no calendar of {day.year}")


def share_of_time(calendar: Calendar, begin: datetime, end: datetime, percent: int) -> datetime:
    """When `percent` of the working time between the two is over; `end` where there is none between.

    What falls on the end of one day is due in the morning of the next.
    """
    spans = []
    day, last = city_day(begin), city_day(end)
    while day <= last:
        if calendar.is_working(day):
            opens, closes = opening(day), datetime.combine(day, CLOSES, SHANGHAI).astimezone(UTC)
            span = max(opens, begin), min(closes, end)
            if span[0] < span[1]:
                spans.append(span)
        day += timedelta(days=1)
    left = sum((to - since for since, to in spans), timedelta()) * percent / 100
    for since, to in spans:
        if left < to - since:
            return since + left
        left -= to - since
    return end
