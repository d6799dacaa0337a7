"""The log of tickets on both databases: nobody changes it unseen, however he got at the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hotline.anchor_file import AnchorFile, Anchoring
from hotline.domain.errors import Unavailable
from hotline.domain.ids import TicketKey
from hotline.domain.ticket_log import FIRST
from hotline.domain.ticket_moves import Action
from hotline.services import audit, calendar, tickets
from hotline.services.audit import Anchor, Broken, Whole
from hotline.services.ports_courses import LogHead
from hotline.storage.append_only import permit_changes
from hotline.storage.sql import SqlStorage, SqlTransaction
from hotline.storage.ticket_log import MANY
from tests.support.matters import WATER, City, at

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def city(storage: SqlStorage) -> City:
    """Three tickets: two with four entries, and one with five between and after them."""
    city = City(storage)
    first, second = city.in_hand(), city.a_ticket()
    city.do(city.users[WATER], second, Action.SIGN)
    city.do(city.users[WATER], first, Action.ASK_EXTENSION, days=2, reason="需要开挖")
    third = city.in_hand()
    city.do(city.users[WATER], second, Action.TAKE_IN_HAND)
    assert (first, second, third) == ("T-2026-000001", "T-2026-000002", "T-2026-000003")
    return city


def verify(city: City, *anchors: Anchor) -> Whole | Broken:
    with city.storage.reading() as tx:
        return audit.verify(tx, anchors)


def head(city: City) -> LogHead:
    with city.storage.reading() as tx:
        return tx.log.head()


@contextmanager
def attacked(city: City, *statements: str) -> Iterator[SqlTransaction]:
    """As somebody with every right on the database would; undone at the end."""
    with city.storage.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite and raw:
            raw.execute("pragma foreign_keys = off")
        permit_changes(connection)
        if not is_sqlite:
            connection.execute(text("set local session_replication_role = replica"))
        for statement in statements:
            assert connection.execute(text(statement)).rowcount != 0, f"{statement} did nothing"
        yield SqlTransaction(connection, writing=False)
        connection.rollback()
        connection.invalidate()  # its switched-off foreign keys with it


def test_a_log_nobody_touched_is_whole(city: City) -> None:
    told: list[tuple[int, int]] = []
    with city.storage.reading() as tx:
        found = audit.verify(tx, [], lambda done, of: told.append((done, of)))
    assert isinstance(found, Whole)
    assert (found.tickets, found.head) == (3, head(city))
    assert found.head.seq == 13 and told == []


def test_an_empty_log_is_whole(storage: SqlStorage) -> None:
    with storage.reading() as tx:
        assert audit.verify(tx, []) == Whole(head=LogHead(seq=0, chain=FIRST), tickets=0)


@pytest.mark.parametrize(
    "statement",
    ["update ticket_log set who = 'x'", "delete from ticket_log", "update ticket_log set id = id + 100"],
)
def test_the_database_itself_refuses(city: City, statement: str) -> None:
    before = head(city)
    with pytest.raises(DBAPIError, match="only added to"), city.storage.engine.begin() as connection:
        connection.execute(text(statement))
    assert verify(city) == Whole(head=before, tickets=3)


ENTRY = "ticket = (select key from tickets where id = 'T-2026-000002') and number = 3"
ATTACKS: dict[str, tuple[tuple[str, ...], tuple[str, int, str]]] = {
    "text": ((f"update ticket_log set detail = '{{\"reason\": \"x\"}}' where {ENTRY}",), ("T-2026-000002", 3, "not what was written")),
    "who": ((f"update ticket_log set who = 'boss' where {ENTRY}",), ("T-2026-000002", 3, "not what was written")),
    "time": ((f"update ticket_log set at = '2026-03-02 01:00:01' where {ENTRY}",), ("T-2026-000002", 3, "not what was written")),
    "state": ((f"update ticket_log set target = 'closed' where {ENTRY}",), ("T-2026-000002", 3, "not what was written")),
    "hash": ((f"update ticket_log set hash = '{'0' * 64}' where {ENTRY}",), ("T-2026-000002", 3, "not what was written")),
    "chain": ((f"update ticket_log set chain = '{'0' * 64}' where {ENTRY}",), ("T-2026-000002", 3, "does not follow")),
    "another ticket": (
        (f"update ticket_log set ticket = (select key from tickets where id = 'T-2026-000001'), number = 9 where {ENTRY}",),
        ("T-2026-000001", 9, "entry 5 should be here"),
    ),
    "middle deleted": ((f"delete from ticket_log where {ENTRY}",), ("T-2026-000001", 5, "1 before it are missing")),
    "middle deleted and closed up": (
        (f"delete from ticket_log where {ENTRY}", "update ticket_log set id = id + 100 where id > 7", "update ticket_log set id = id - 101 where id > 100"),
        ("T-2026-000001", 5, "does not follow"),
    ),
    "last deleted": (("delete from ticket_log where id = 13",), ("unknown", 0, "the newest 1 entries are missing")),
    "last deleted with its head": (
        ("delete from ticket_log where id = 13", "update log_head set seq = 12, chain = (select chain from ticket_log where id = 12)"),
        ("T-2026-000002", 3, "the ticket is in_hand, its log says signed"),
    ),
    "swapped": (
        ("update ticket_log set id = 100 where id = 2", "update ticket_log set id = 2 where id = 3", "update ticket_log set id = 3 where id = 100"),
        ("T-2026-000001", 3, "entry 2 should be here"),
    ),
    "inserted": (
        (
            "insert into ticket_log select 14, ticket, 5, at, who, action, origin, target, detail, hash, chain from ticket_log where id = 13",
            "update log_head set seq = 14",
        ),
        ("T-2026-000002", 5, "not what was written"),
    ),
    "ticket's entries gone": (
        ("delete from ticket_log where ticket = (select key from tickets where id = 'T-2026-000003')",),
        ("T-2026-000002", 4, "4 before it are missing"),
    ),
    "whole ticket gone": (
        ("delete from ticket_log where ticket = (select key from tickets where id = 'T-2026-000003')", "delete from tickets where id = 'T-2026-000003'"),
        ("T-2026-000002", 4, "4 before it are missing"),
    ),
    "ticket gone, its log left": (("delete from tickets where id = 'T-2026-000003'",), ("row 3", 4, "not there any more")),
    "ticket moved without a word": (("update tickets set state = 'accepted' where id = 'T-2026-000001'",), ("T-2026-000001", 5, "the ticket is accepted")),
    "everything gone": (("delete from ticket_log",), ("unknown", 0, "the newest 13 entries are missing")),
}  # fmt: skip


def test_every_attack_on_the_database_is_named(city: City) -> None:
    for name, (statements, (ticket, number, why)) in ATTACKS.items():
        with attacked(city, *statements) as tx:
            found = audit.verify(tx, [])
        assert isinstance(found, Broken), f"{name}: nobody saw it"
        assert (found.ticket, found.number) == (ticket, number), f"{name}: {found}"
        assert why in found.why, f"{name}: {found}"
        assert str(found).startswith(f"entry {found.seq} (ticket {ticket}, number {number})")
    assert isinstance(verify(city), Whole), "each was undone"


# Somebody who knows the code: the last ticket gone without a gap, head and states as they would be.
FORGERY = (
    "delete from ticket_log where id > 8",
    "update log_head set seq = 8, chain = (select chain from ticket_log where id = 8)",
    "delete from tickets where id = 'T-2026-000003'",
    "update tickets set state = 'signed' where id = 'T-2026-000002'",
)


def test_a_perfect_forgery_shows_against_what_was_written_down_elsewhere(city: City, tmp_path: Path) -> None:
    book = AnchorFile(tmp_path / "log")
    with city.storage.reading() as tx:
        kept = audit.anchor(tx, book, NOW)
        assert audit.anchor(tx, book, NOW) == kept
    assert book.read() == [kept]
    with attacked(city, *FORGERY) as tx:
        assert isinstance(audit.verify(tx, []), Whole), "inside the database nothing shows it"
        found = audit.verify(tx, book.read())
        assert isinstance(found, Broken) and found.why == "the newest 5 entries are missing"
        ticket = TicketKey(1)
        for number in range(6, 11):
            tx.log.add(ticket, NOW, "x", "remind", "in_hand", "in_hand", {"number": number})
        found = audit.verify(tx, book.read())
        assert isinstance(found, Broken) and "than was written down on 2026-03-02 09:00 UTC" in found.why


def test_an_entry_that_means_nothing_is_named(city: City) -> None:
    nonsense = "detail = '[1]'"
    if city.storage.engine.dialect.name == "sqlite":
        nonsense = "detail = '{', at = 'gestern'"
    with attacked(city, f"update ticket_log set {nonsense} where id = 7") as tx:
        found = audit.verify(tx, [])
    assert isinstance(found, Broken) and found.seq == 7


@pytest.mark.parametrize(
    "line",
    ["", "1 x 2026", "0 " + "a" * 64 + " 2026-03-02T00:00:00+00:00", "\xff", "1 " + "a" * 64 + " soon"],
)
def test_an_anchor_that_is_none_is_a_clear_line(tmp_path: Path, line: str) -> None:
    book = AnchorFile(tmp_path)
    book.add(Anchor(head=LogHead(seq=1, chain="a" * 64), at=NOW))
    with book.path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(Unavailable, match=r"audit\.anchor"):
        book.read()


def test_drafts_and_calendar_moves_are_in_the_log_too(city: City) -> None:
    call = city.a_call()
    with city.storage.writing() as tx:
        tickets.write_draft(tx, city.account, call, 0, city.fields(what="停水三天"), at())
        draft = tickets.write_draft(
            tx, city.account, call, 1, city.fields(what="停水五天", place="北关"), at()
        )
    with city.storage.reading() as tx:
        assert draft.key
        log = [(entry.action, dict(entry.detail)) for entry in tx.log.of(draft.key)]
    assert log[1] == ("draft", {"place": "北关", "what": "@2 -三 +五"})
    assert log[0][1]["what"] == "停水三天"
    assert isinstance(verify(city), Whole)


def test_the_clock_writes_the_newest_hash_down_when_there_is_one(city: City, tmp_path: Path) -> None:
    book = AnchorFile(tmp_path / "log")
    anchoring = Anchoring(city.storage, book)
    anchoring.anchor(NOW)
    anchoring.anchor(NOW + timedelta(minutes=11))
    assert [each.head for each in book.read()] == [head(city)], "once, for nothing was added"
    city.a_ticket()
    anchoring.anchor(NOW + timedelta(minutes=20))
    assert len(book.read()) == 1, "not every second"
    anchoring.anchor(NOW + timedelta(minutes=22))
    assert [each.head.seq for each in book.read()] == [13, 15]
    assert isinstance(verify(city, *book.read()), Whole)


def test_a_calendar_change_of_many_is_chained_for_each(city: City) -> None:
    for _ in range(MANY + 3):
        city.a_ticket()
    with city.storage.writing() as tx:
        chosen = calendar.edited(tx, date(2026, 3, 5), True, "雪")
        done = calendar.apply(tx, chosen, tx.calendar.revision(), "root", at())
    assert len(done.moves) == MANY + 6
    with city.storage.reading() as tx:
        course = tx.courses.get(done.moves[-1].clock.ticket_id)
        assert course and course.log[-1].action == "move_deadline"
        assert dict(course.log[-1].detail)["why"] == "calendar 2026"
        assert isinstance(audit.verify(tx, []), Whole)
