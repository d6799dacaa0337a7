"""A unit sees a citizen's number only where he allowed it, on the matter's page, and each time is recorded."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from hotline.domain.actors import Actor, Role
from hotline.domain.errors import NotFound
from hotline.domain.ids import TicketId
from hotline.domain.ticket import FieldsInvalid, TicketFields
from hotline.domain.ticket_moves import Action
from hotline.services import courses, search, work
from hotline.services.search import TicketQuery
from hotline.storage.sql import SqlStorage
from tests.support.matters import HEAT, NUMBER, STREET, WATER, City, at

MASKED = "138****5678"


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return City(storage)


def number_looks(city: City, ticket: TicketId) -> list[tuple[object, str]]:
    with city.storage.reading() as tx:
        course = tx.courses.get(ticket)
        assert course
        looks = tx.views.of_ticket(course.key)
    return [(look["account"], look["why"]) for look in looks if look["what"] == "number"]


def test_a_unit_that_is_not_allowed_gets_the_mask_everywhere(city: City) -> None:
    ticket, unit = city.in_hand(), city.users[WATER]
    seen = courses.view(city.storage, unit, ticket, at())
    with city.storage.writing() as tx:
        acted = work.act(tx, unit, ticket, seen["version"], Action.REPLY, {"text": "已修好"}, at())
    assert seen["number"] == acted["number"] == MASKED and not seen["share_number"]
    assert NUMBER not in str(seen) + str(acted)
    assert number_looks(city, ticket) == []


def test_an_allowed_number_is_on_the_matters_page_and_each_look_is_recorded(city: City) -> None:
    ticket, unit = city.in_hand(share_number=True), city.users[WATER]
    seen = courses.view(city.storage, unit, ticket, at())
    assert seen["number"] == NUMBER and seen["share_number"]
    assert number_looks(city, ticket) == [(unit.account, courses.ALLOWED)]
    with city.storage.writing() as tx:
        done = work.act(tx, unit, ticket, seen["version"], Action.REPLY, {"text": "已修好"}, at())
    assert done["number"] == NUMBER
    assert number_looks(city, ticket) == [(unit.account, courses.ALLOWED)] * 2
    assert courses.view(city.storage, city.boss, ticket, at())["number"] == MASKED  # he says why


def test_who_has_a_part_sees_it_and_a_stranger_nothing(city: City) -> None:
    ticket = city.in_hand(share_number=True)
    with pytest.raises(NotFound):
        courses.view(city.storage, city.users[HEAT], ticket, at())
    city.do(city.users[WATER], ticket, Action.ASK_UNIT, at(), unit=STREET, days=1)
    assert courses.view(city.storage, city.users[STREET], ticket, at())["number"] == NUMBER
    assert number_looks(city, ticket) == [(city.users[STREET].account, courses.ALLOWED)]


def test_lists_and_programs_have_the_mask_all_the_same(city: City) -> None:
    ticket = city.in_hand(share_number=True)
    with city.storage.reading() as tx:
        row = search.find(tx, city.users[WATER], TicketQuery()).rows[0]
        board = work.board(tx, WATER, "open", str, at())
    assert search.view(city.users[WATER], row, {}, {})["number"] == MASKED
    assert NUMBER not in str(board)
    program = Actor(account=None, name="p", role=Role.UNIT, unit=WATER)
    assert courses.view(city.storage, program, ticket, at())["number"] == MASKED


def test_confidential_and_allowed_exclude_each_other(city: City) -> None:
    both = {"share_number": True, "confidential": True}
    with pytest.raises(FieldsInvalid) as refused:
        TicketFields.from_mapping(both)
    assert refused.value.problems == {"share_number": "confidential"}
    assert TicketFields.from_mapping({"share_number": True}).share_number
    ticket = city.in_hand(share_number=True)
    with pytest.raises(IntegrityError), city.storage.engine.begin() as connection:
        connection.execute(text("update tickets set confidential = true where id = :id"), {"id": ticket})


def test_not_allowed_is_the_default_and_the_desks_log_says_what_he_allowed(city: City) -> None:
    assert not TicketFields().share_number
    ticket = city.a_ticket(share_number=True)
    of_boss = courses.view(city.storage, city.boss, ticket, at())["log"][0]
    of_unit = courses.view(city.storage, city.users[WATER], ticket, at())["log"][0]
    assert of_boss["detail"]["share_number"] == "True" and of_unit["detail"] == {}
