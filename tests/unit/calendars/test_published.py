"""A published arrangement is taken whole or not at all, and the refusal names the place."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.calendars import published, shipped
from hotline.domain.calendar import Arrangement
from hotline.domain.errors import Invalid, NotFound

OURS = {a.year: a for a in shipped.load()}


def as_published(arrangement: Arrangement) -> dict[str, Any]:
    days = [{"name": s.name, "date": str(s.day), "isOffDay": s.off} for s in arrangement.days]
    head = {"$schema": "a", "$id": "b", "year": arrangement.year, "papers": list(arrangement.papers)}
    return head | {"days": days}


def written(**changes: Any) -> bytes:
    return json.dumps(as_published(OURS[2026]) | changes, ensure_ascii=False).encode()


def changed_day(number: int, **changes: Any) -> bytes:
    whole = as_published(OURS[2026])
    whole["days"][number - 1] |= changes
    return json.dumps(whole).encode()


def doubled(off: bool) -> bytes:
    whole = as_published(OURS[2026])
    whole["days"].append(whole["days"][4] | {"isOffDay": off})
    return json.dumps(whole).encode()


def without(day: str) -> bytes:
    whole = as_published(OURS[2026])
    whole["days"] = [entry for entry in whole["days"] if entry["date"] != day]
    return json.dumps(whole).encode()


@pytest.mark.parametrize("year", sorted(OURS))
def test_what_was_published_is_what_is_shipped(year: int) -> None:
    assert published.parse(json.dumps(as_published(OURS[year])).encode()) == OURS[year]


def test_a_byte_order_mark_and_any_order_of_days_are_fine() -> None:
    whole = as_published(OURS[2026])
    whole["days"].reverse()
    assert published.parse(b"\xef\xbb\xbf" + json.dumps(whole).encode()) == OURS[2026]


BAD = [
    (b"", "line 1, column 1"),
    (b'{"year": 2026,\n "papers": [],\n "days": [}', "line 3, column 11"),
    (b"\xff\xfe", "byte 0: not UTF-8"),
    (b"[1]", "must be an object"),
    (b"[" * 100_000, "not the JSON"),
    (b'{"year": ' + b"9" * 5000 + b"}", "not the JSON"),
    (b" " * (published.LONGEST_FILE + 1), "longer than 256 kB"),
    (b'{"year": 2026, "year": 2027, "papers": [], "days": []}', "'year' is there twice"),
    (b'{"days": [{"date": "2026-01-01", "date": "2026-01-02"}]}', "'date' is there twice"),
    (b"{}", "missing: 'days', 'papers', 'year'"),
    (written(region="\x1b[2J"), "unknown: 'region'"),
    (written(year="2026"), "year: must be a whole number"),
    (written(year=True), "year: must be a whole number"),
    (written(year=1), "from 2000 to 2100"),
    (written(year=10**300), "from 2000 to 2100"),
    (written(year=2025), "does not belong to 2025"),
    (written(papers="x"), "papers: must be a list"),
    (written(papers=["x"] * 21), "papers: must be a list"),
    (written(papers=[1]), "papers: each"),
    (written(papers=["x\ny"]), "papers: each"),
    (written(days={}), "days: must be a list"),
    (written(days=[]), "not published yet"),
    (written(days=[{}] * 367), "days: must be a list of at most 366"),
    (written(days=["2026-01-01"]), "day 1: must have name, date and isOffDay"),
    (written(days=[{"name": "x", "date": "2026-01-01"}]), "day 1: must have"),
    (changed_day(3, name=None), "day 3: name"),
    (changed_day(3, name="\ud800"), "2026-01-03 needs a name"),
    (changed_day(3, isOffDay=1), "day 3: isOffDay must be true or false"),
    (changed_day(3, isOffDay="true"), "day 3: isOffDay"),
    (changed_day(3, date="2026-02-29"), "day 3: date must be a day"),
    (changed_day(3, date="20260103"), "day 3: date must be a day"),
    (changed_day(3, date="2026-W01-6"), "day 3: date must be a day"),
    (changed_day(3, date="2026-01-03T00:00"), "day 3: date must be a day"),
    (changed_day(3, date=20260103), "day 3: date must be a day"),
    (doubled(off=False), "2026-02-14 is there twice"),
    (doubled(off=True), "2026-02-14 is there twice, off and worked"),
    (without("2026-10-01"), "2026-10-01 is not off: this is not the whole arrangement"),
]


@pytest.mark.parametrize(("raw", "why"), BAD, ids=[f"{n}-{why[:30]}" for n, (_, why) in enumerate(BAD)])
def test_what_is_wrong_is_named_in_one_line(raw: bytes, why: str) -> None:
    with pytest.raises(Invalid) as refusal:
        published.parse(raw)
    assert why in str(refusal.value)
    assert str(refusal.value).isprintable() and len(str(refusal.value)) < 200


def test_the_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "2026.json"
    with pytest.raises(NotFound, match=r"2026\.json: cannot be read"):
        published.read_file(path)
    with pytest.raises(NotFound, match="cannot be read"):
        published.read_file(tmp_path)
    path.write_bytes(b"{")
    with pytest.raises(Invalid, match=r"2026\.json: line 1"):
        published.read_file(path)
    path.write_bytes(written())
    assert published.read_file(path) == OURS[2026]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["year", "papers", "days", "date"]), inner)
    ),
)


@given(raw=st.binary() | JSON.map(lambda whole: json.dumps(whole).encode()))
def test_nothing_but_a_whole_arrangement_is_taken(raw: bytes) -> None:
    with pytest.raises(Invalid):
        published.parse(raw)
