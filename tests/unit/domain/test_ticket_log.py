"""A changed, missing, added or swapped entry shows."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.ids import TicketKey
from hotline.domain.ticket_log import Entry, chained, first_broken

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def a_log(length: int) -> list[Entry]:
    log: list[Entry] = []
    for number in range(length):
        entry = Entry(
            ticket=TicketKey(1), number=0, at=T0, who="desk", action="sign", origin="a",
            target="b", detail=(("text", f"第{number}条 \ud800"),), before="",
        )  # fmt: skip
        log.append(chained(log, entry))
    return log


def test_a_whole_log_is_whole() -> None:
    assert [first_broken(a_log(n)) for n in range(4)] == [None] * 4


CHANGES = {
    "who": "someone", "at": T0.replace(year=2025), "action": "return", "origin": "x", "target": "y", "number": 9,
    "detail": (("text", "nothing"),), "ticket": TicketKey(2), "before": "0" * 64, "hash": "f" * 64,
}  # fmt: skip


@pytest.mark.parametrize("field", CHANGES)
def test_any_changed_field_shows(field: str) -> None:
    log = a_log(4)
    log[1] = replace(log[1], **{field: CHANGES[field]})
    assert first_broken(log) == 2


def test_an_entry_changed_with_its_own_hash_shows_at_the_next() -> None:
    log = a_log(4)
    forged = replace(log[1], who="someone")
    log[1] = replace(forged, hash=forged.reckoned_hash())
    assert first_broken(log) == 3


@given(length=st.integers(2, 8), data=st.data())
def test_missing_swapped_and_doubled_entries_show(length: int, data: st.DataObject) -> None:
    log = a_log(length)
    gone = data.draw(st.integers(0, length - 2))
    assert first_broken(log[:gone] + log[gone + 1 :]) == gone + 1
    doubled = log[: gone + 1] + log[gone:]
    assert first_broken(doubled) == gone + 2
    swapped = [*log[:gone], log[gone + 1], log[gone], *log[gone + 2 :]]
    assert first_broken(swapped) == gone + 1
