"""A burst is told of when more call than chance would bring, and not before."""

import math
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.bursts import ANYWHERE, CHANCE, FEWEST, Told, bursts, expected_in_an_hour, tail

HOURS = 28 * 24
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def told(minutes_ago: float, topic: str = "water_off", place: str = "人民路", ticket: str = "t") -> Told:
    return Told(at=NOON - timedelta(minutes=minutes_ago), topic=topic, place=place, ticket=ticket)


def test_four_calls_about_one_street_in_an_hour_are_a_burst() -> None:
    calls = [told(minutes, ticket=str(minutes)) for minutes in (50, 30, 10, 0)]
    assert bursts(calls[:3], expected_in_an_hour({}, HOURS), NOON) == []
    (burst,) = bursts(calls, expected_in_an_hour({}, HOURS), NOON)
    assert (burst.topic, burst.place, burst.count) == ("water_off", "人民路", FEWEST)
    assert burst.tickets == ("50", "30", "10", "0") and burst.latest_at == NOON
    assert burst.began_at == NOON - timedelta(minutes=50)


def test_what_is_usual_is_no_burst() -> None:
    history = [told(60 * 24 * (n % 28) + 90) for n in range(28 * 24 * 3)]
    usual = expected_in_an_hour(Counter((each.topic, each.place) for each in history), HOURS)
    assert usual["water_off", "人民路"] == pytest.approx(3)
    assert bursts([told(n) for n in range(6)], usual, NOON) == []
    assert [burst.count for burst in bursts([told(n) for n in range(14)], usual, NOON)] == [14]


def test_all_over_the_city_is_told_without_a_place_and_only_once() -> None:
    spread = [told(n, place=f"第{n}村") for n in range(5)]
    (burst,) = bursts(spread, expected_in_an_hour({}, HOURS), NOON)
    assert burst.place == ANYWHERE
    one_street = [told(n) for n in range(5)]
    assert [
        each.place for each in bursts([*one_street, told(3, place="")], expected_in_an_hour({}, HOURS), NOON)
    ] == ["人民路"]
    both = bursts([*one_street, *spread, told(8, place="")], expected_in_an_hour({}, HOURS), NOON)
    assert {each.place for each in both} == {"人民路", ANYWHERE}


def test_only_the_last_hour_counts_and_nothing_from_the_future() -> None:
    assert (
        bursts(
            [told(61), told(60), told(-1), *(told(n) for n in range(3))], expected_in_an_hour({}, HOURS), NOON
        )
        == []
    )


@pytest.mark.parametrize(("count", "expected"), [(0, 3.0), (1, 0.5), (4, 0.05), (10, 2.5), (40, 20.0)])
def test_the_tail_is_poissons(count: int, expected: float) -> None:
    from scipy.stats import poisson

    assert tail(count, expected) == pytest.approx(poisson.sf(count - 1, expected), rel=1e-6, abs=1e-12)


@given(
    st.lists(
        st.tuples(st.floats(0, 120), st.sampled_from("ab"), st.sampled_from(["", "x", "y"])), max_size=40
    )
)
def test_whatever_is_told_of_was_called_about_often_enough(calls: list[tuple[float, str, str]]) -> None:
    found = bursts([told(*call) for call in calls], expected_in_an_hour({}, HOURS), NOON)
    for burst in found:
        assert burst.count >= FEWEST and tail(burst.count, burst.expected) < CHANCE
        assert NOON - timedelta(hours=1) < burst.began_at <= burst.latest_at <= NOON
    assert len({(burst.topic, burst.place) for burst in found}) == len(found)
    assert all(math.isfinite(burst.expected) for burst in found)
