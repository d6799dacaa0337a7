"""The list by what is due next: everybody's own, in order, page by page, each ticket once."""

import pytest

from hotline.domain.actors import Actor
from hotline.domain.ticket import FieldsInvalid
from hotline.domain.ticket_moves import Action
from hotline.services import ticket_list
from hotline.services.ticket_list import ListQuery
from hotline.storage.sql import SqlStorage
from tests.support.matters import HEAT, STREET, WATER, City, at


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return City(storage)


def ids(city: City, asker: Actor, limit: int = 50, days: float = 0, **query: str) -> list[str]:
    """All pages, one after the other."""
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        with city.storage.reading() as tx:
            page = ticket_list.page(tx, asker, ListQuery(**query, after=after), limit, at(days))
        found += [row["id"] for row in page["tickets"]]
        after = page["next"]
    return found


def test_due_first_comes_first_and_each_once_whatever_the_page(city: City) -> None:
    late = [city.a_ticket(at(2)) for _ in range(3)]
    early = [city.a_ticket(at(0)) for _ in range(2)]
    middle = city.a_ticket(at(1), unit=HEAT)
    wanted = [*early, middle, *late]
    for limit in (1, 2, 5, 6, 50):
        assert ids(city, city.boss, limit) == wanted
    assert ids(city, city.boss, unit=HEAT) == [middle]
    assert ids(city, city.boss, due="overdue", days=8) == early
    assert ids(city, city.boss, due="today", days=7) == early
    assert ids(city, city.boss, due="week", days=0.5) == []
    assert ids(city, city.boss, due="week", days=1) == early
    assert ids(city, city.boss, state="closed") == []
    assert ids(city, city.seat, who="mine") == wanted and ids(city, city.other, who="mine") == []


def test_a_unit_lists_what_it_leads_and_what_it_assists_in(city: City) -> None:
    own, other, asked = (
        city.a_ticket(at(0), unit=STREET),
        city.a_ticket(at(0), unit=HEAT),
        city.in_hand(at(1)),
    )
    city.do(city.users[WATER], asked, Action.ASK_UNIT, at(1), unit=STREET, days=2)
    street = city.users[STREET]
    for limit in (1, 2, 50):
        assert ids(city, street, limit) == [own, asked]
    assert ids(city, street, state="in_hand") == [asked]
    assert ids(city, street, unit=WATER) == [asked]
    assert ids(city, street, due="overdue", days=7.7) == [own]
    assert other not in ids(city, street) and ids(city, city.users[HEAT]) == [other]


def test_what_is_closed_is_no_longer_open(city: City) -> None:
    ticket = city.replied()
    assert ids(city, city.boss) == ids(city, city.boss, state="replied") == [ticket]
    said = {"responded": True, "solved": True, "satisfaction": "satisfied"}
    city.do(city.other, ticket, Action.CALL_BACK, at(1), said)
    assert ids(city, city.boss) == []
    assert ids(city, city.boss, state="closed") == [ticket]


@pytest.mark.parametrize(
    "query",
    [{"state": "draft"}, {"due": "soon"}, {"after": "x"}, {"after": "nan_1"}, {"unit": "\n"}, {"who": "all"}],
)
def test_what_nobody_can_mean_is_refused(city: City, query: dict[str, str]) -> None:
    with city.storage.reading() as tx, pytest.raises(FieldsInvalid):
        ticket_list.page(tx, city.boss, ListQuery(**query), 50, at())
