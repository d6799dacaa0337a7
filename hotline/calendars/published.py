"""Reads a yearly arrangement as it is published in JSON: all of it is right, or nothing is taken."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from hotline.domain.calendar import FIRST_YEAR, LAST_YEAR, Arrangement, SpecialDay
from hotline.domain.errors import Invalid, NotFound

LONGEST_FILE = 256 * 1024  # a year takes 5 kB
MOST_DAYS, MOST_PAPERS, LONGEST_PAPER = 366, 20, 300
DAY_KEYS = frozenset({"name", "date", "isOffDay"})
FILE_KEYS = frozenset({"year", "papers", "days"})
# Off by law in every year: a file without them is not the whole arrangement.
ALWAYS_OFF = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))


def read_file(path: Path) -> Arrangement:
    """The arrangement in `path`. Raises NotFound, or Invalid with the place of the mistake."""
    try:
        with path.open("rb") as file:
            raw = file.read(LONGEST_FILE + 1)
    except OSError as problem:
        raise NotFound(f"{path}: cannot be read: {problem.strerror}") from None
    try:
        return parse(raw)
    except Invalid as problem:
        raise Invalid(f"{path}: {problem}") from None


def parse(raw: bytes) -> Arrangement:
    """The arrangement in JSON text: `{"year", "papers", "days": [{"name", "date", "isOffDay"}]}`."""
    if len(raw) > LONGEST_FILE:
        raise Invalid(f"longer than {LONGEST_FILE // 1024} kB: this is no yearly arrangement")
    whole = _object(raw)
    unknown = [key for key in whole if key not in FILE_KEYS and not key.startswith("$")]
    missing = FILE_KEYS - whole.keys()
    if unknown or missing:
        raise Invalid(
            f"{'unknown' if unknown else 'missing'}: {', '.join(map(repr, sorted(unknown or missing)))[:80]}"
        )
    year = whole["year"]
    if type(year) is not int or not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid(f"year: must be a whole number from {FIRST_YEAR} to {LAST_YEAR}")
    arrangement = Arrangement(year=year, papers=_papers(whole["papers"]), days=_days(whole["days"]))
    _check_whole(arrangement)
    return arrangement


def _object(raw: bytes) -> dict[str, Any]:
    try:
        whole = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_no_twins)
    except UnicodeDecodeError as problem:
        raise Invalid(f"byte {problem.start}: not UTF-8") from None
    except json.JSONDecodeError as problem:
        raise Invalid(f"line {problem.lineno}, column {problem.colno}: {problem.msg}") from None
    except (RecursionError, ValueError):
        raise Invalid("not the JSON of a yearly arrangement") from None
    if not isinstance(whole, dict):
        raise Invalid("must be an object with year, papers and days")
    return whole


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON allows a key twice, and readers differ in which of them counts."""
    whole: dict[str, Any] = {}
    for key, value in pairs:
        if key in whole:
            raise Invalid(f"{key[:40]!r} is there twice in one object")
        whole[key] = value
    return whole


def _papers(raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list) or len(raw) > MOST_PAPERS:
        raise Invalid(f"papers: must be a list of at most {MOST_PAPERS}")
    if not all(isinstance(p, str) and p.isprintable() and len(p) <= LONGEST_PAPER for p in raw):
        raise Invalid(f"papers: each must be a line of at most {LONGEST_PAPER} characters")
    return tuple(raw)


def _days(raw: Any) -> tuple[SpecialDay, ...]:
    if not isinstance(raw, list) or len(raw) > MOST_DAYS:
        raise Invalid(f"days: must be a list of at most {MOST_DAYS}")
    return tuple(_day(number, entry) for number, entry in enumerate(raw, 1))


def _day(number: int, entry: Any) -> SpecialDay:
    where = f"day {number}"
    if not isinstance(entry, dict) or entry.keys() != DAY_KEYS:
        raise Invalid(f"{where}: must have name, date and isOffDay, nothing else")
    name, written, off = entry["name"], entry["date"], entry["isOffDay"]
    if not isinstance(name, str):
        raise Invalid(f"{where}: name must be a text")
    if not isinstance(off, bool):
        raise Invalid(f"{where}: isOffDay must be true or false")
    try:
        day = date.fromisoformat(written)
    except (TypeError, ValueError):
        day = None
    if day is None or written != day.isoformat():
        raise Invalid(f"{where}: date must be a day as 2026-02-14, not {str(written)[:20]!r}")
    return SpecialDay(day=day, name=name, off=off)


def _check_whole(arrangement: Arrangement) -> None:
    off = {special.day for special in arrangement.days if special.off}
    for month, day in ALWAYS_OFF:
        if date(arrangement.year, month, day) not in off:
            missing = date(arrangement.year, month, day)
            raise Invalid(f"{missing} is not off: this is not the whole arrangement of {arrangement.year}")
