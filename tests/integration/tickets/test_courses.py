"""One door for everything that is done with a ticket, on both databases."""

from typing import Any

import pytest

from hotline.domain.ticket_moves import Action
from hotline.services import courses
from hotline.storage.sql import SqlStorage
from tests.support.matters import WATER, City, at

A = Action


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return City(storage)


def events(city: City) -> list[tuple[str, str, str]]:
    with city.storage.reading() as tx:
        return [(row.stream, row.type, row.note) for row in tx.outbox.after(0) if row.ticket_id]


def actions(view: dict[str, Any]) -> list[str]:
    return [entry["action"] for entry in view["log"]]


def test_from_the_seats_button_to_the_citizens_word(city: City) -> None:
    unit = city.users[WATER]
    ticket = city.a_ticket()
    view = courses.view(city.storage, unit, ticket, at())
    assert (view["state"], view["unit_name"], view["version"]) == ("handed_over", "水务集团", 2)
    for action, args in ((A.SIGN, {}), (A.TAKE_IN_HAND, {}), (A.REPLY, {"text": "已修好"})):
        view = city.do(unit, ticket, action, at(hours=2), args)
    assert (view["state"], view["reply"], view["version"]) == ("replied", "已修好", 5)
    said = {"responded": True, "solved": True, "satisfaction": "satisfied", "words": "挺好"}
    view = city.do(city.other, ticket, A.CALL_BACK, at(hours=3), said)
    assert (view["state"], view["answers"]) == ("closed", said)
    assert actions(view) == ["accept", "hand_over", "sign", "take_in_hand", "reply", "call_back", "close"]
    assert [entry["number"] for entry in view["log"]] == list(range(1, 8))
    assert view["allowed"] == []
    told = events(city)
    assert ("unit:u001", "ticket.moved", "sign") in told and ("tickets", "ticket.moved", "close") in told
    assert {stream for stream, _, note in told if note == "reply"} == {
        "seat:seat07",
        "unit:u001",
        "tickets",
        "floor",
    }
