"""Bursts and similar matters on both databases: told while they grow, once each, and offered to be merged."""

from datetime import timedelta
from pathlib import Path

import pytest

from hotline.bursts.city import CityLikeness
from hotline.domain.errors import Invalid, NotFound
from hotline.domain.ids import CallId, TicketId
from hotline.domain.ticket_moves import Action
from hotline.services import bursts, tickets
from hotline.services.ports_bursts import OpenMatter
from hotline.settings import Settings
from hotline.storage.sql import SqlStorage
from tests.support.matters import T0, WATER, City, Topics, at

MINUTE = timedelta(minutes=1)


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return City(storage)


@pytest.fixture(scope="module")
def likeness() -> CityLikeness:
    settings = Settings.from_env({})
    return CityLikeness(settings.topics_file, settings.places_file)


def told(city: City, minutes: float, **fields: str) -> TicketId:
    """Somebody tells of it, so many minutes after nine o'clock."""
    when = T0 + minutes * MINUTE
    call_id: CallId = city.a_call(when)
    with city.storage.writing() as tx:
        saved = tickets.accept(tx, city.account, call_id, 0, city.fields(**fields), Topics(), when)
    assert saved.id
    return saved.id


def watch(city: City, minutes: float) -> int:
    with city.storage.writing() as tx:
        return bursts.watch(tx, T0 + minutes * MINUTE)


def live(city: City) -> list[tuple[str, str, int]]:
    with city.storage.reading() as tx:
        return [(each["topic_name"], each["place"], each["count"]) for each in bursts.live(tx, str.upper)]


def alarms(city: City) -> int:
    with city.storage.reading() as tx:
        return sum(row.type == "burst.changed" and row.stream == "floor" for row in tx.outbox.after(0))


def test_a_burst_is_told_when_it_begins_while_it_grows_and_when_it_is_over(city: City) -> None:
    for minute in range(3):
        told(city, minute)
    assert watch(city, 3) == 0 and live(city) == []
    told(city, 4)
    assert watch(city, 5) == 1 and live(city) == [("WATER", "人民路", 4)]
    assert watch(city, 5.1) == 0, "nothing new is not told again"
    told(city, 6)
    assert watch(city, 7) == 1 and live(city) == [("WATER", "人民路", 5)]
    assert watch(city, 80) == 1 and live(city) == []
    assert watch(city, 200) == 0 and alarms(city) == 3


def test_the_same_may_burst_again(city: City) -> None:
    for minute in (0, 1, 2, 3, 300, 301, 302, 303):
        told(city, minute)
    assert watch(city, 4) == 1 and watch(city, 100) == 1 and watch(city, 304) == 1
    assert live(city) == [("WATER", "人民路", 4)]


def test_what_is_usual_here_is_no_burst(city: City) -> None:
    for day in range(1, 29):
        for minute in range(12):
            told(city, -day * 24 * 60 + minute * 110)
    for minute in range(4):
        told(city, minute)
    assert watch(city, 5) == 0
    for minute in range(6):
        told(city, 5 + minute)
    assert watch(city, 12) == 1


def test_similar_matters_are_offered_and_merged_and_each_citizen_counts(
    city: City, likeness: CityLikeness
) -> None:
    first = told(city, 0, what="人民路停水三天了，没有水用")
    other_street = told(city, 1, place="东关大街", what="东关大街停水")
    other_matter = told(city, 2, topic="heat", what="暖气不热")
    mine = told(city, 3, what="我们人民路没有自来水，停水了")
    with city.storage.reading() as tx:
        found = bursts.similar(tx, city.seat, mine, likeness, at(hours=1))
        assert found[0]["id"] == first and found[0]["likeness"] > 0.5
        assert other_matter not in [each["id"] for each in found[:1]] and mine not in [e["id"] for e in found]
        assert all(each["likeness"] < found[0]["likeness"] for each in found if each["id"] == other_street)
        with pytest.raises(NotFound):
            bursts.similar(tx, city.users[WATER], mine, likeness, at(hours=1))
        with pytest.raises(NotFound):
            bursts.similar(tx, city.seat, TicketId("T-2026-999999"), likeness, at(hours=1))
    view = city.do(city.seat, mine, Action.MERGE, at(hours=1), {"leader": first})
    assert (view["state"], view["leader"]) == ("merged", first)
    with city.storage.reading() as tx:
        assert mine not in [
            each["id"] for each in bursts.similar(tx, city.seat, first, likeness, at(hours=1))
        ]


def test_an_empty_city_has_no_bursts(city: City) -> None:
    assert watch(city, 0) == 0 and live(city) == [] and alarms(city) == 0


def test_a_mended_places_file_counts_at_once_and_a_wrong_one_not_at_all(tmp_path: Path) -> None:
    settings, places = Settings.from_env({}), tmp_path / "places.toml"
    likeness = CityLikeness(settings.topics_file, places)
    told_twice = [
        OpenMatter(
            ticket_id=TicketId(id_),
            topic="water_outage",
            place=place,
            what="停水",
            accepted_at=T0,
            state="accepted",
            leader=None,
        )
        for id_, place in (("1", "新月湾花苑"), ("2", "望星台小区"))
    ]

    def alike(also: str) -> list[float]:
        text = f'[[place]]\nname = "望星台小区"\nkind = "community"\nalso = ["{also}"]\n'
        places.write_text(text, encoding="utf-8")
        return likeness.likely(told_twice[0], told_twice[1:])

    with pytest.raises(Invalid, match="No such file"):
        likeness.likely(told_twice[0], told_twice[1:])
    before = alike("望星台")
    mended = alike("新月湾花苑")
    assert mended > before, "two names of one place"
    assert alike("x" * 31) == mended, "a wrong file leaves what was in force"
