"""The table of working days on both databases: shown first, applied once, and every open deadline follows."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from hotline.calendars import shipped, sources
from hotline.domain.calendar import Arrangement, Deadline, SpecialDay
from hotline.domain.call import Call
from hotline.domain.deadlines import DEFAULT_LIMITS
from hotline.domain.errors import Conflict, Invalid
from hotline.domain.ids import CallId, SeatId
from hotline.domain.ticket import Ticket, TicketFields
from hotline.services import accounts, calendar, tickets
from hotline.services.screens import ticket_view
from hotline.storage.sql import SqlStorage
from hotline.storage.tables import metadata
from hotline.storage.tables_search import is_declared
from tests.support.migrating import step
from tests.support.quick import PASSWORDS, shipped_topics

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
LAST_WEEK = datetime(2026, 12, 29, 2, 0, tzinfo=UTC)


def furnish(storage: SqlStorage, at: datetime = NOW) -> list[int]:
    with storage.writing() as tx:
        return calendar.furnish(tx, shipped.load(), sources.statutory, at)


def a_ticket(storage: SqlStorage, number: int, accepted: datetime, kind: str = "complaint") -> CallId:
    """An accepted ticket with its deadline."""
    call_id = CallId(f"5f0e7c1e-0000-4000-8000-{number:012d}")
    fields = TicketFields(kind=kind, topic="water", what="停水", unit="水务集团")
    with storage.writing() as tx:
        due = tx.calendar.load().due(accepted, 5)
        tx.calls.save(Call(id=call_id, arrived_at=accepted))
        ticket = Ticket(call_id=call_id, created_at=accepted, seat=SeatId("seat07"), fields=fields)
        ticket.accept(tx.tickets.next_id(2026), accepted)
        ticket.promise(5, due)
        tx.tickets.save(ticket)
    return call_id


def deadline_of(storage: SqlStorage, call_id: CallId) -> Deadline | None:
    with storage.reading() as tx:
        ticket = tx.tickets.of_call(call_id)
    assert ticket
    return ticket.deadline


def log_of(storage: SqlStorage, call_id: CallId) -> list[str]:
    entries = "select who || ' ' || action from ticket_log l join tickets t on t.key = l.ticket"
    query = text(f"{entries} where t.call_id = :id order by l.id")
    with storage.engine.connect() as connection:
        return list(connection.execute(query, {"id": call_id}).scalars())


def published_2027() -> Arrangement:
    days = {"2027-01-01": True, "2027-01-02": True, "2027-01-03": False}
    special = tuple(SpecialDay(day=date.fromisoformat(d), name="元旦", off=off) for d, off in days.items())
    return Arrangement(year=2027, days=special, papers=("a notice",))


def apply(storage: SqlStorage, arrangement: Arrangement, shown: int) -> calendar.Preview:
    with storage.writing() as tx:
        return calendar.apply(tx, arrangement, shown, "admin", NOW)


def test_the_first_start_makes_a_table_and_the_second_changes_nothing(storage: SqlStorage) -> None:
    assert furnish(storage) == [2024, 2025, 2026, 2027, 2028, 2029]
    with storage.reading() as tx:
        first, revision = tx.calendar.load(), tx.calendar.revision()
    assert furnish(storage) == []
    with storage.reading() as tx:
        assert (tx.calendar.load().arrangements, tx.calendar.revision()) == (first.arrangements, revision)
    assert [a.provisional for a in first.arrangements] == [False] * 3 + [True] * 3
    assert list(first.arrangements[:3]) == shipped.load()


def test_a_new_year_brings_one_provisional_year_more(storage: SqlStorage) -> None:
    furnish(storage)
    assert furnish(storage, datetime(2026, 12, 31, 15, 59, tzinfo=UTC)) == []
    assert furnish(storage, datetime(2026, 12, 31, 16, 0, tzinfo=UTC)) == [2030]


def test_a_start_never_replaces_what_an_administrator_chose(storage: SqlStorage) -> None:
    furnish(storage)
    with storage.writing() as tx:
        chosen = calendar.edited(tx, date(2026, 7, 1), True, "防汛")
        calendar.apply(tx, chosen, tx.calendar.revision(), "admin", NOW)
    assert furnish(storage) == []
    with storage.reading() as tx:
        assert tx.calendar.load().of_year(2026) == chosen


def test_without_a_table_a_deadline_is_provisional_and_the_first_table_settles_it(
    storage: SqlStorage,
) -> None:
    call_id = a_ticket(storage, 1, datetime(2026, 2, 12, 2, 0, tzinfo=UTC))
    before = deadline_of(storage, call_id)
    assert before and before.provisional
    furnish(storage)
    after = deadline_of(storage, call_id)
    assert after and (after.day, after.provisional) == (date(2026, 2, 26), False)


def test_the_preview_says_what_changes_and_changes_nothing(storage: SqlStorage) -> None:
    furnish(storage)
    touched, far = a_ticket(storage, 1, LAST_WEEK), a_ticket(storage, 2, NOW)
    with storage.reading() as tx:
        shown = calendar.preview(tx, published_2027())
        revision = tx.calendar.revision()
    assert (shown.revision, shown.open_tickets, shown.changes_nothing) == (revision, 2, False)
    (move,) = shown.moves
    assert move.clock.ticket_id == "T-2026-000001"
    assert move.clock.deadline and move.clock.deadline.provisional
    assert (move.clock.deadline.day, move.after.day) == (date(2027, 1, 6), date(2027, 1, 5))
    assert date(2027, 1, 3) in shown.changed_days and date(2027, 1, 1) not in shown.changed_days
    assert deadline_of(storage, touched) == move.clock.deadline
    with storage.reading() as tx:
        assert tx.calendar.revision() == revision
    assert log_of(storage, touched) == log_of(storage, far) == []


def test_applied_once_with_a_log_entry_each_and_again_nothing(storage: SqlStorage) -> None:
    furnish(storage)
    touched, far = a_ticket(storage, 1, LAST_WEEK), a_ticket(storage, 2, NOW)
    far_before = deadline_of(storage, far)
    with storage.reading() as tx:
        shown = calendar.preview(tx, published_2027())
    done = apply(storage, published_2027(), shown.revision)
    assert done == shown
    assert deadline_of(storage, touched) == done.moves[0].after
    assert deadline_of(storage, far) == far_before
    assert (log_of(storage, touched), log_of(storage, far)) == (["admin move_deadline"], [])
    again = apply(storage, published_2027(), shown.revision)
    assert again.changes_nothing and again.moves == ()
    assert log_of(storage, touched) == ["admin move_deadline"]
    with storage.reading() as tx:
        assert tx.calendar.revision() == shown.revision + 1
        ticket = tx.tickets.of_call(touched)
    assert ticket
    view = ticket_view(ticket)
    assert (view["due_day"], view["due_provisional"], view["working_days"]) == ("2027-01-05", False, 5)
    assert view["due_at"] == datetime(2027, 1, 5, 16, 0, tzinfo=UTC).timestamp()


def test_what_was_shown_before_another_change_is_not_applied(storage: SqlStorage) -> None:
    furnish(storage)
    call_id = a_ticket(storage, 1, LAST_WEEK)
    before = deadline_of(storage, call_id)
    with storage.writing() as tx:
        shown = calendar.preview(tx, published_2027())
        chosen = calendar.edited(tx, date(2026, 7, 1), True, "防汛")
        calendar.apply(tx, chosen, shown.revision, "admin", NOW)
    with pytest.raises(Conflict, match="look at the changes again"):
        apply(storage, published_2027(), shown.revision)
    assert deadline_of(storage, call_id) == before


def test_a_contradiction_with_the_year_before_is_refused_whole(storage: SqlStorage) -> None:
    furnish(storage)
    with storage.writing() as tx:
        worked = calendar.edited(tx, date(2026, 12, 26), False, "元旦")
        calendar.apply(tx, worked, tx.calendar.revision(), "admin", NOW)
    off = SpecialDay(day=date(2026, 12, 26), name="元旦", off=True)
    bad = Arrangement(year=2027, days=(*published_2027().days, off))
    with storage.reading() as tx:
        revision = tx.calendar.revision()
        with pytest.raises(Invalid, match="2026 and 2027 contradict"):
            calendar.preview(tx, bad)
    with pytest.raises(Invalid, match="contradict"):
        apply(storage, bad, revision)
    with storage.reading() as tx:
        assert tx.calendar.revision() == revision
        assert tx.calendar.load().of_year(2027) == sources.statutory(2027)


def test_closed_tickets_and_drafts_have_no_running_clock(storage: SqlStorage) -> None:
    furnish(storage)
    call_id = a_ticket(storage, 1, LAST_WEEK)
    with storage.writing() as tx:
        draft = Call(id=CallId("5f0e7c1e-0000-4000-8000-000000000002"), arrived_at=NOW)
        tx.calls.save(draft)
        tx.tickets.save(Ticket(call_id=draft.id, created_at=NOW))
    with storage.engine.begin() as connection:
        connection.execute(text("update tickets set state = 'closed' where call_id = :id"), {"id": call_id})
    with storage.reading() as tx:
        assert tx.tickets.running_clocks() == []


def test_tickets_of_the_form_before_get_their_deadline(storage: SqlStorage) -> None:
    furnish(storage)
    ids = [a_ticket(storage, n, NOW, kind) for n, kind in enumerate(("consultation", "help"), 1)]
    with storage.engine.begin() as connection:
        gone = "update tickets set working_days = null, due_at = null, due_provisional = null"
        connection.execute(text(gone))
    assert furnish(storage) == []
    with storage.reading() as tx:
        found = [tx.tickets.of_call(call_id) for call_id in ids]
    assert [t.working_days for t in found if t] == [DEFAULT_LIMITS["consultation"], DEFAULT_LIMITS["help"]]  # type: ignore[index]
    assert [log_of(storage, call_id) for call_id in ids] == [["hotline move_deadline"]] * 2


@pytest.mark.parametrize(
    "broken",
    [
        "update tickets set due_at = null",
        "update tickets set working_days = 0",
        "update tickets set due_provisional = null",
    ],
)
def test_half_a_promise_is_refused_by_the_database(storage: SqlStorage, broken: str) -> None:
    a_ticket(storage, 1, NOW)
    with pytest.raises(IntegrityError), storage.engine.begin() as connection:
        connection.execute(text(broken))


def differences(storage: SqlStorage) -> object:
    """Between the tables as they are declared and as the migrations made them."""
    with storage.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_declared})
        return compare_metadata(context, metadata)


def test_the_tables_are_as_the_migrations_make_them(storage: SqlStorage) -> None:
    assert differences(storage) == []


def test_a_database_of_the_form_before_keeps_its_tickets(storage: SqlStorage) -> None:
    call_id = a_ticket(storage, 1, NOW)
    with storage.reading() as tx:
        before = tx.tickets.of_call(call_id)
    step(storage, "0001")
    with storage.engine.begin() as connection:
        assert "working_days" not in {c["name"] for c in inspect(connection).get_columns("tickets")}
        with pytest.raises(IntegrityError), connection.begin_nested():
            connection.execute(text("update tickets set id = null"))
    step(storage, "head")
    assert differences(storage) == []
    with storage.reading() as tx:
        ticket = tx.tickets.of_call(call_id)
    assert before and ticket == replace(before, working_days=None, deadline=None)
    furnish(storage)
    assert deadline_of(storage, call_id) == Deadline(
        at=datetime(2026, 11, 27, 16, tzinfo=UTC), provisional=False
    )


def test_no_ticket_accepted_during_a_change_keeps_the_old_deadline(storage: SqlStorage) -> None:
    """Tickets are accepted by one thread while the calendar changes in another, again and again."""
    furnish(storage)
    turns, each = 6, 5
    permits = threading.Semaphore(0)  # a few for each turn: SQLite's one writer would starve the other

    def accepting() -> None:
        for number in range(1, turns * each + 1):
            permits.acquire()
            a_ticket(storage, number, LAST_WEEK)

    seat = threading.Thread(target=accepting)
    seat.start()
    for turn in range(turns):
        permits.release(each)
        with storage.writing() as tx:
            revision = tx.calendar.revision()
            chosen = calendar.edited(tx, date(2026, 12, 30), turn % 2 == 0 or None, "雪")
            calendar.apply(tx, chosen, revision, "admin", NOW)
    seat.join()
    with storage.reading() as tx:
        table, clocks = tx.calendar.load(), tx.tickets.running_clocks()
    assert len(clocks) == turns * each
    assert {clock.deadline for clock in clocks} == {table.due(LAST_WEEK, 5)}


def test_a_long_list_of_open_tickets_is_in_order_of_acceptance(storage: SqlStorage) -> None:
    furnish(storage)
    for n in range(3):
        a_ticket(storage, n + 1, NOW - timedelta(hours=n))
    with storage.reading() as tx:
        accepted = [clock.accepted_at for clock in tx.tickets.running_clocks()]
    assert accepted == sorted(accepted) and len(accepted) == 3


@pytest.mark.parametrize(
    ("kind", "due"),
    [
        ("consultation", "2026-02-24"),
        ("complaint", "2026-02-26"),
        ("suggestion", "2026-02-26"),
        ("help", "2026-02-26"),
    ],
)
def test_accepting_a_ticket_gives_it_its_deadline(storage: SqlStorage, kind: str, due: str) -> None:
    furnish(storage)
    topics, seat = shipped_topics(), SeatId("seat07")
    accepted = datetime(2026, 2, 12, 2, 0, tzinfo=UTC)
    call = Call(id=CallId("5f0e7c1e-0000-4000-8000-000000000001"), arrived_at=accepted, seat=seat)
    topic = topics.topics[0]
    fields = TicketFields(kind=kind, topic=topic.id, what="停水三天", unit=topic.unit)
    with storage.writing() as tx:
        accounts.create(tx, PASSWORDS, login="zhang", name="张", role="seat", seat=seat)
        account = tx.accounts.by_login("zhang")
        assert account
        tx.calls.save(call)
        saved = tickets.accept(tx, account, call.id, 0, fields, topics, accepted)
        again = tickets.accept(tx, account, call.id, 1, fields, topics, accepted + timedelta(days=9))
    assert saved.deadline and (str(saved.deadline.day), saved.deadline.provisional) == (due, False)
    assert again == saved
    with storage.reading() as tx:
        assert tx.tickets.of_call(call.id) == saved


def test_a_change_is_known_to_all_at_once_and_one_that_was_taken_back_to_nobody(storage: SqlStorage) -> None:
    furnish(storage)
    other = SqlStorage.open(storage.engine.url.render_as_string(hide_password=False))

    def next_years() -> list[Arrangement | None]:
        with storage.reading() as one, other.reading() as two:
            return [one.calendar.load().of_year(2027), two.calendar.load().of_year(2027)]

    before = next_years()
    with pytest.raises(KeyboardInterrupt), storage.writing() as tx:
        tx.calendar.put(published_2027(), "zhang", NOW)
        assert tx.calendar.load().of_year(2027) == published_2027()
        raise KeyboardInterrupt
    assert next_years() == before != [published_2027()] * 2
    corrected = replace(published_2027(), papers=("another notice",))
    with other.writing() as tx:
        tx.calendar.put(corrected, "zhang", NOW)  # the revision that was taken back has the same number
    assert next_years() == [corrected] * 2
    other.close()
