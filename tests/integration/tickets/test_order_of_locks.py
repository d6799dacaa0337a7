"""Whoever waits for another on PostgreSQL holds nothing that the other needs next: nobody is given up."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date

import pytest
from sqlalchemy import text

from hotline.domain.errors import HotlineError
from hotline.domain.ids import TicketId
from hotline.domain.ticket_moves import Action
from hotline.services import calendar, callbacks, courses, units, work
from hotline.storage.sql import SqlStorage
from tests.support.calling_back import city_with_telephones, end, replied
from tests.support.matters import HEAT, NAMES, WATER, City, at
from tests.support.patience import PATIENCE_S

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
WAITING = text(
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
)


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return city_with_telephones(storage)


@contextmanager
def beside(todo: Callable[[], object]) -> Iterator[list[object]]:
    """`todo` in a thread of its own; its answer or refusal is in the list after the block."""
    got: list[object] = []

    def run() -> None:
        try:
            got.append(todo())
        except HotlineError as refused:
            got.append(refused)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield got
    finally:
        thread.join(PATIENCE_S)


def until_somebody_waits(city: City) -> None:
    deadline = time.monotonic() + PATIENCE_S
    with city.storage.engine.connect() as looking:
        while not looking.execute(WAITING).scalar():
            assert time.monotonic() < deadline, "nobody waits"
            looking.rollback()


def test_names_of_units_are_read_beside_who_keeps_one_open(city: City) -> None:
    def names() -> dict[str, str]:
        with city.storage.writing() as tx:
            return {unit.id: unit.name for unit in tx.units.all()}

    with city.storage.writing() as saving:
        saving.units.get(WATER)
        with beside(names) as got:
            pass
    assert got == [NAMES]


def test_who_changes_the_tree_waits_for_who_keeps_a_unit_open(city: City) -> None:
    def close() -> bool:
        with city.storage.writing() as tx:
            return units.close(tx, WATER, at(1), HEAT, city.admin).is_open

    with city.storage.writing() as tx:
        for unit in NAMES:
            for account in tx.accounts.of_unit(unit):
                tx.accounts.update(account.id, active=False)
    with ExitStack() as ends, city.storage.writing() as saving:
        saving.units.get(WATER)
        got = ends.enter_context(beside(close))
        until_somebody_waits(city)
    assert got == [False]


def test_a_reply_waits_for_nobody_who_changes_the_tree(city: City) -> None:
    ticket = city.in_hand()

    def reply() -> str:
        return city.do(city.users[WATER], ticket, Action.REPLY, at(1), text="已修好")["unit_name"]

    with city.storage.writing() as changing:
        changing.units.to_change()
        with beside(reply) as got:
            pass
    assert got == [NAMES[WATER]]


def test_two_who_change_the_calendar_wait_for_each_other_once(city: City) -> None:
    def change() -> int:
        with city.storage.writing() as tx:
            chosen = calendar.edited(tx, date(2026, 3, 5), True, "雪")
            return calendar.apply(tx, chosen, tx.calendar.revision(), "root", at()).open_tickets

    with ExitStack() as ends, city.storage.writing() as tx:
        chosen = calendar.edited(tx, date(2026, 3, 6), True, "雪")
        got = ends.enter_context(beside(change))
        until_somebody_waits(city)
        calendar.apply(tx, chosen, tx.calendar.revision(), "root", at())
    assert got == [0]


def look(city: City, ticket: TicketId) -> object:
    return courses.view(city.storage, city.boss, ticket, at(1))["id"]


def reply_unsigned(city: City, ticket: TicketId) -> object:
    version = city.version(ticket)
    with city.storage.writing() as tx:
        return work.act(tx, city.users[WATER], ticket, version, Action.REPLY, {"text": "已修好"}, at(1))["id"]


def pass_all_on(city: City, ticket: TicketId) -> object:
    with city.storage.writing() as tx:
        for account in tx.accounts.of_unit(WATER):
            tx.accounts.update(account.id, active=False)
        units.close(tx, WATER, at(1), HEAT, city.admin)
    return ticket


@pytest.mark.parametrize("act", [look, reply_unsigned, pass_all_on])
def test_a_changed_calendar_is_waited_for_without_a_ticket_in_hand(
    city: City, act: Callable[[City, TicketId], object]
) -> None:
    ticket = city.a_ticket()
    city.do(city.users[WATER], ticket, Action.SIGN)
    check_calendar_comes_first(city, ticket, lambda: act(city, ticket))


def test_a_citizens_key_waits_for_the_calendar_without_his_ticket_in_hand(city: City) -> None:
    ticket = replied(city)
    with city.storage.writing() as tx:
        dial = callbacks.begin_auto(tx, ["complaint"], [(0, 24)], at(hours=2))
    assert dial
    end(city, dial, "ANSWER", at(hours=2.1), answered=True)

    def settle() -> object:
        with city.storage.writing() as tx:
            callbacks.settle_auto(tx, tx.callbacks.get(dial.id) or dial, "", at(hours=2.1))
        return ticket

    check_calendar_comes_first(city, ticket, settle)


def check_calendar_comes_first(city: City, ticket: TicketId, todo: Callable[[], object]) -> None:
    """The change of the calendar reaches the ticket while `todo` waits for the calendar."""
    with ExitStack() as ends, city.storage.writing() as changing:
        changing.calendar.revision()
        got = ends.enter_context(beside(todo))
        until_somebody_waits(city)
        assert changing.courses.get(ticket)
    assert got == [ticket]
