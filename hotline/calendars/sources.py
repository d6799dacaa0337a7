"""Arrangements from libraries: published years from chinesecalendar, statutory holidays from holidays."""

from datetime import date
from importlib.metadata import version

import chinese_calendar
import holidays
from chinese_calendar.constants import Holiday

from hotline.domain.calendar import Arrangement, SpecialDay
from hotline.domain.errors import NotFound

# The names that the yearly notices use, where the library's Chinese ones are shorter.
NOTICE_NAMES = {"清明": "清明节", "端午": "端午节", "中秋": "中秋节"}


def published_years() -> range:
    """The years that the installed chinesecalendar knows."""
    known = {day.year for day in chinese_calendar.constants.holidays}
    return range(min(known), max(known) + 1)


def published(year: int) -> Arrangement:
    """The arrangement that was published for `year`; raises NotFound where the library does not reach.

    It goes by the day's year, not the notice's: 30 December 2018 is in 2018's.
    """
    years = published_years()
    if year not in years:
        raise NotFound(f"chinesecalendar knows {years[0]} to {years[-1]}, not {year}")
    off = _named(chinese_calendar.constants.holidays, year, off=True)
    worked = _named(chinese_calendar.constants.workdays, year, off=False)
    paper = f"chinesecalendar {version('chinesecalendar')}"
    return Arrangement(year=year, days=(*off, *worked), papers=(paper,))


def _named(table: dict[date, str], year: int, *, off: bool) -> list[SpecialDay]:
    names = {holiday.value: holiday.chinese for holiday in Holiday}
    days = []
    for day, english in table.items():
        if day.year == year:
            chinese = names.get(english, english)
            days.append(SpecialDay(day=day, name=NOTICE_NAMES.get(chinese, chinese)[:40], off=off))
    return days


def statutory(year: int) -> Arrangement:
    """The provisional arrangement of a year to come: what is off by law, with no make-up days.

    A holiday on a weekend is made up on the next working day (补假), as the law has it.
    """
    known = holidays.country_holidays("CN", years=year, language="zh_CN")
    days = tuple(SpecialDay(day=day, name=name[:40], off=True) for day, name in known.items())
    paper = f"holidays {version('holidays')}"
    return Arrangement(year=year, days=days, papers=(paper,), provisional=True)
