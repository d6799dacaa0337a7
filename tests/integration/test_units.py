"""The tree of handling units on both databases, and the accounts that belong to a unit."""

import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from hotline.domain.call import Call
from hotline.domain.errors import Conflict, Invalid, NotFound
from hotline.domain.ids import CallId, SeatId, UnitId
from hotline.domain.places import Place
from hotline.domain.ticket import Ticket, TicketFields
from hotline.domain.units import Level, Unit, UnitBusy, UnitInvalid
from hotline.services import accounts, units
from hotline.services.ports import Transaction
from hotline.storage.sql import SqlStorage
from tests.support.quick import PASSWORDS

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
NAMES = ("市公安局交通警察大队", "市水务集团", "市公安局", "市水务集团")
PLACES = (
    Place(name="密州街道", kind="district"),
    Place(name="东关社区", kind="community", within="密州街道"),
    Place(name="人民路", kind="street", within="密州街道"),
    Place(name="谁知社区", kind="community"),
)


@pytest.fixture
def storage(storage: SqlStorage) -> SqlStorage:
    with storage.writing() as tx:
        units.furnish(tx, NAMES, PLACES)
    return storage


def named(tx: Transaction, name: str) -> Unit:
    found = tx.units.named(name)
    assert found
    return found


def an_open_ticket(tx: Transaction, unit: str, number: int = 1) -> Ticket:
    call = CallId(f"5f0e7c1e-0000-4000-8000-{number:012d}")
    tx.calls.save(Call(id=call, arrived_at=NOW))
    fields = TicketFields(kind="complaint", topic="water", what="停水", unit=unit)
    ticket = Ticket(call_id=call, created_at=NOW, seat=SeatId("seat07"), fields=fields)
    ticket.accept(tx.tickets.next_id(2026), NOW)
    tx.tickets.save(ticket)
    return ticket


def test_the_first_start_makes_the_tree(storage: SqlStorage) -> None:
    with storage.reading() as tx:
        view = units.tree_view(tx)
    assert [(u["depth"], u["name"], u["level"]) for u in view] == [
        (0, "市公安局", "city"),
        (1, "市公安局交通警察大队", "city"),
        (0, "市水务集团", "city"),
        (0, "密州街道", "town"),
        (1, "东关社区", "community"),
    ]


def test_a_later_start_adds_only_what_the_topics_name_anew(storage: SqlStorage) -> None:
    with storage.writing() as tx:
        assert units.furnish(tx, NAMES, PLACES) == []
        unit = named(tx, "东关社区")
        units.close(tx, unit.id, NOW)
        added = units.furnish(tx, (*NAMES, "市燃气公司"), (*PLACES, Place(name="龙都街道", kind="district")))
        assert [unit.name for unit in added] == ["市燃气公司"]
        assert not named(tx, "东关社区").is_open


def test_a_unit_comes_back_as_it_was_written(storage: SqlStorage) -> None:
    with storage.writing() as tx:
        town = named(tx, "密州街道")
        made = units.create(tx, name=" 西关社区 ", level="community", parent=town.id, email="x@y.example")
        changed = units.change(tx, made.id, name="西关'; drop", level="community", parent=town.id, email="")
    with storage.reading() as tx:
        assert tx.units.get(made.id) == changed == replace(made, name="西关'; drop", email="")
        assert tx.units.get(UnitId("u999")) is None


REFUSED: tuple[tuple[dict[str, str], dict[str, str]], ...] = (
    ({"name": "市公安局"}, {"name": "taken"}),
    ({"level": "province"}, {"level": "unknown"}),
    ({"parent": "u999"}, {"parent": "unknown"}),
    ({"parent": ""}, {"parent": "wrong_level"}),
    ({"email": "a b"}, {"email": "no_address"}),
)


def test_a_wrong_unit_is_not_made(storage: SqlStorage) -> None:
    with storage.reading() as tx:
        before = tx.units.all()
        right = {"name": "西关社区", "level": "community", "parent": named(tx, "密州街道").id, "email": ""}
    for change, problems in REFUSED:
        with pytest.raises(UnitInvalid) as refused, storage.writing() as tx:
            units.create(tx, **right | change)
        assert refused.value.problems == problems
    with storage.reading() as tx:
        assert tx.units.all() == before


WRONG = (
    "insert into units (id, name, level, email) values ('x1', 'x', 'province', '')",
    "insert into units (id, name, level, email) values ('x1', 'x', 'community', '')",
    "insert into units (id, name, level, parent, email) values ('x1', 'x', 'town', 'u001', '')",
    "insert into units (id, name, level, email) values ('x1', '市公安局', 'city', '')",
    "update units set parent = id",
    "update units set parent = 'u999'",
    "update units set successor = 'u001' where id = 'u002'",
    "update accounts set unit = 'u001'",
    "update accounts set role = 'unit'",
    "update accounts set role = 'god'",
    "update accounts set role = 'unit', unit = 'u999'",
)


def test_the_database_itself_refuses_it(storage: SqlStorage) -> None:
    with storage.writing() as tx:
        accounts.first_administrator(tx, PASSWORDS)
    for wrong in WRONG:
        with pytest.raises(IntegrityError), storage.engine.begin() as connection:
            connection.execute(text(wrong))


def test_a_unit_with_work_is_not_closed_and_says_what_is_left(storage: SqlStorage) -> None:
    with storage.writing() as tx:
        town, water = named(tx, "密州街道"), named(tx, "市水务集团")
        ticket = an_open_ticket(tx, water.id)
        accounts.create(tx, PASSWORDS, login="wang", name="王", role="unit", unit=water.id)
    with (
        pytest.raises(UnitBusy, match=rf"1 open tickets \({ticket.id}\).*accounts wang"),
        storage.writing() as tx,
    ):
        units.close(tx, water.id, NOW)
    with pytest.raises(UnitBusy, match="units below it \\(东关社区\\)"), storage.writing() as tx:
        units.close(tx, town.id, NOW)
    with storage.reading() as tx:
        assert all(unit.is_open for unit in tx.units.all())


def test_a_closed_unit_gets_no_work_until_it_is_opened(storage: SqlStorage) -> None:
    with storage.writing() as tx:
        town, east = named(tx, "密州街道"), named(tx, "东关社区")
        closed = units.close(tx, east.id, NOW)
        assert closed.closed_at == NOW and units.close(tx, east.id, datetime.now(UTC)) == closed
        units.close(tx, town.id, NOW)
        with pytest.raises(Conflict, match="closed"):
            units.require(tx, east.id)
        with pytest.raises(Conflict, match="open it again"):
            units.change(tx, east.id, name="东关", level="community", parent=town.id, email="")
        with pytest.raises(Conflict, match="above it first"):
            units.reopen(tx, east.id)
        units.reopen(tx, town.id)
        assert units.reopen(tx, east.id).is_open
        assert units.require(tx, east.id).name == "东关社区"
        with pytest.raises(NotFound):
            units.require(tx, UnitId("u999"))


def test_a_units_account_needs_its_unit(storage: SqlStorage) -> None:
    hashing = PASSWORDS
    with storage.writing() as tx:
        water, east = named(tx, "市水务集团"), named(tx, "东关社区")
        accounts.create(tx, hashing, login="wang", name="王", role="unit", unit=water.id)
        units.close(tx, east.id, NOW)
    wrong: list[tuple[dict[str, str | None], type[Exception]]] = [
        ({"unit": None}, Invalid),
        ({"role": "seat", "seat": "seat01"}, Invalid),
        ({"unit": "u999"}, NotFound),
        ({"unit": east.id}, Conflict),
    ]
    for change, kind in wrong:
        values: dict[str, str] = {"login": "li", "name": "李", "role": "unit", "unit": water.id} | change  # type: ignore[assignment]
        with pytest.raises(kind), storage.writing() as tx:
            accounts.create(tx, hashing, **values)
    with storage.writing() as tx:
        account = tx.accounts.by_login("wang")
        assert account and account.unit == water.id and tx.accounts.of_unit(water.id) == [account]
        moved = accounts.assign(tx, account.id, name="王", role="supervisor")
        assert (moved.unit, moved.epoch) == (None, account.epoch + 1)


def test_the_demo_has_accounts_for_the_units_that_are_there(storage: SqlStorage) -> None:
    with storage.writing() as tx:
        accounts.demo_accounts(tx, PASSWORDS)
        accounts.demo_accounts(tx, PASSWORDS)
        theirs = [(a.login, a.name, a.demo) for a in tx.accounts.all() if a.role == "unit"]
    assert theirs == [
        ("unit01", "市水务集团", True),
        ("unit02", "市公安局", True),
        ("unit03", "密州街道", True),
        ("unit04", "东关社区", True),
    ]


def test_two_who_make_one_unit_at_once_make_it_once(storage: SqlStorage) -> None:
    together, outcomes = threading.Barrier(2), []

    def make() -> None:
        together.wait()
        try:
            with storage.writing() as tx:
                units.create(tx, name="市燃气公司", level="city", parent="", email="")
            outcomes.append("made")
        except (UnitInvalid, Conflict):
            outcomes.append("refused")

    both = [threading.Thread(target=make) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(outcomes) == ["made", "refused"]
    with storage.reading() as tx:
        assert named(tx, "市燃气公司").level is Level.CITY
