"""Lists read whole for a file: the order of the screen, each ticket once, and only what is seen by then."""

import pytest

from hotline.domain.actors import Actor
from hotline.domain.ids import UnitId
from hotline.domain.ticket_moves import Action
from hotline.services import export_lists, ticket_list
from hotline.services.export_lists import TicketsByDue
from hotline.services.ticket_list import ListQuery
from hotline.storage.sql import SqlStorage
from tests.support.matters import HEAT, STREET, WATER, City, at


@pytest.fixture
def city(storage: SqlStorage, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setattr(export_lists, "MOST_AT_ONCE", 2)
    return City(storage)


def of_file(city: City, asker: Actor, days: float = 0, **query: str) -> list[str]:
    parts = TicketsByDue(ListQuery(**query)).parts(city.storage, asker, at(days))
    return [found.id for part in parts for found in part.rows]


def of_screen(city: City, asker: Actor, days: float = 0, **query: str) -> list[str]:
    with city.storage.reading() as tx:
        page = ticket_list.page(tx, asker, ListQuery(**query), 50, at(days))
    return [row["id"] for row in page["tickets"]]


def test_a_file_has_the_tickets_of_the_screen_in_its_order(city: City) -> None:
    for days, unit in ((2, WATER), (0, WATER), (1, HEAT), (2, HEAT), (0, STREET)):
        city.a_ticket(at(days), unit=unit)
    asked = city.in_hand(at(1))
    city.do(city.users[WATER], asked, Action.ASK_UNIT, at(1), unit=STREET, days=2)
    for query in ({}, {"unit": HEAT}, {"due": "overdue"}, {"due": "week"}, {"state": "in_hand"}):
        for asker in (city.boss, city.seat, *city.users.values()):
            assert of_file(city, asker, 8, **query) == of_screen(city, asker, 8, **query), query
    assert of_file(city, city.users[STREET])[-1] == asked and len(of_file(city, city.boss)) == 6
    assert len(of_file(city, city.seat, who="mine")) == 6 and of_file(city, city.other, who="mine") == []


def test_what_moves_while_the_file_is_made_comes_once(city: City) -> None:
    moved, *rest = [city.in_hand(at(n / 10)) for n in range(5)]
    parts = TicketsByDue(ListQuery()).parts(city.storage, city.boss, at(1))
    found = [row.id for row in next(parts).rows]
    city.do(city.users[WATER], moved, Action.ASK_EXTENSION, at(1), days=3, reason="配件在途")
    city.do(city.boss, moved, Action.GRANT_EXTENSION, at(1), reason="属实")
    assert of_screen(city, city.boss)[-1] == moved
    assert found + [row.id for part in parts for row in part.rows] == [moved, *rest]


def test_what_a_unit_lost_meanwhile_is_not_in_its_file(city: City) -> None:
    first, second, lost = [city.a_ticket(at(n)) for n in range(3)]
    parts = TicketsByDue(ListQuery()).parts(city.storage, city.users[WATER], at(2))
    assert [row.id for row in next(parts).rows] == [first, second]
    city.do(city.users[WATER], lost, Action.RETURN, at(2), reason="不属本单位职责")
    city.do(city.boss, lost, Action.HAND_OVER, at(2), unit=UnitId(HEAT))
    assert [row.id for part in parts for row in part.rows] == []
