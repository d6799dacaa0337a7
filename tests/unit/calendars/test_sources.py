"""What the libraries know, where they end, and that the shipped files are what they say."""

from datetime import date
from pathlib import Path

import pytest

from hotline.calendars import shipped, sources
from hotline.domain.errors import NotFound


def test_the_shipped_years_are_written_again_the_same(tmp_path: Path) -> None:
    years = [a.year for a in shipped.load()]
    assert years == [2024, 2025, 2026]
    for year in years:
        again = shipped.write(sources.published(year), tmp_path).read_text(encoding="utf-8")
        known = (shipped.FOLDER / f"{year}.json").read_text(encoding="utf-8")
        # A newer library has another version number and the same facts.
        assert [line for line in again.splitlines() if "chinesecalendar" not in line] == [
            line for line in known.splitlines() if "chinesecalendar" not in line
        ]
    assert [a.days for a in shipped.load(tmp_path)] == [a.days for a in shipped.load()]


def test_a_year_has_its_make_up_days_and_the_notices_names() -> None:
    worked = {str(s.day): s.name for s in sources.published(2026).days if not s.off}
    assert worked["2026-02-14"] == worked["2026-02-28"] == "春节"
    assert worked["2026-09-20"] == worked["2026-10-10"] == "国庆节"
    assert {s.name for s in sources.published(2026).days} == {
        *("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
    }


def test_where_the_library_ends_it_says_so() -> None:
    years = sources.published_years()
    assert 2004 in years and 2026 in years
    for year in (years[0] - 1, years[-1] + 1):
        with pytest.raises(NotFound, match=f"not {year}"):
            sources.published(year)


def test_a_year_to_come_has_its_statutory_holidays_and_no_make_up_days() -> None:
    arrangement = sources.statutory(2027)
    off = {special.day for special in arrangement.days}
    assert arrangement.provisional and all(special.off for special in arrangement.days)
    fixed = {date(2027, 1, 1), date(2027, 5, 1), date(2027, 5, 2), *(date(2027, 10, n) for n in (1, 2, 3))}
    moon = {*(date(2027, 2, n) for n in (5, 6, 7, 8)), date(2027, 4, 5), date(2027, 6, 9), date(2027, 9, 15)}
    assert fixed | moon <= off


@pytest.mark.parametrize("year", [2028, 2033, 2050, 2100])
def test_far_years_are_known_too(year: int) -> None:
    assert len(sources.statutory(year).days) >= 13 - 1  # two may fall on one day
