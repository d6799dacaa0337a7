"""The stores and the outbox on both databases: what is written comes back, and commits have one order."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from hotline.domain import events
from hotline.domain.call import Call, CallState, EndReason
from hotline.domain.errors import Conflict, NotFound, Unavailable
from hotline.domain.heard import Heard, Reason, Suggestion
from hotline.domain.ids import CallId, QueueId, SeatId
from hotline.domain.seat import SeatState
from hotline.domain.ticket import Ticket, TicketFields
from hotline.storage.engine import open_engine
from hotline.storage.sql import SqlStorage, migrate

T0 = datetime(2026, 3, 2, 1, 0, 0, 123456, tzinfo=UTC)
CALL = CallId("5f0e7c1e-0000-4000-8000-000000000001")


def a_call(number: int = 1, **more: object) -> Call:
    return Call(id=CallId(f"5f0e7c1e-0000-4000-8000-{number:012d}"), arrived_at=T0, **more)  # type: ignore[arg-type]


def test_a_call_comes_back_as_it_was(storage: SqlStorage) -> None:
    heard = Heard(
        call_id=CALL,
        words="人民路停水了 🙂 \"'; drop table calls;--",
        final=True,
        reason=Reason.ENDPOINT,
        at=T0.timestamp(),
        heard_ms=2300,
        suggestions=(
            Suggestion(category="living_security", topic="water", name="停水", score=0.8, because=("停水",)),
        ),
        queue=QueueId("living_security"),
        urgent=True,
        urgency="燃气泄漏",
        model="m",
    )
    call = a_call(
        from_number="13800000001", line="12341", queue=QueueId("living_security"), state=CallState.ENDED,
        queued_at=T0 + timedelta(seconds=4), answered_at=T0 + timedelta(seconds=9), seat=SeatId("seat07"),
        ended_at=T0 + timedelta(minutes=3), held_s=2.5, end_reason=EndReason.COMPLETED, heard=heard,
    )  # fmt: skip
    with storage.writing() as tx:
        tx.calls.save(call)
        tx.calls.save(call)
    with storage.reading() as tx:
        assert tx.calls.get(call.id) == call
        assert tx.calls.live() == []
        assert tx.calls.count_of_number("13800000001", T0) == 1
        assert tx.calls.answered_by(SeatId("seat07"), T0) == [call]


def test_an_ended_call_without_its_end_is_refused_by_the_database(storage: SqlStorage) -> None:
    with pytest.raises(IntegrityError), storage.writing() as tx:
        tx.calls.save(a_call(state=CallState.ENDED))


def test_a_naive_time_is_refused(storage: SqlStorage) -> None:
    call = a_call()
    call.arrived_at = datetime(2026, 3, 2)
    with pytest.raises(Exception, match="without its zone"), storage.writing() as tx:
        tx.calls.save(call)


def test_what_fails_leaves_nothing_behind(storage: SqlStorage) -> None:
    with pytest.raises(RuntimeError), storage.writing() as tx:
        tx.calls.save(a_call())
        tx.outbox.add([events.CallArrived(call_id=CALL, at=T0)])
        raise RuntimeError("in the middle")
    with storage.reading() as tx:
        assert tx.calls.get(CALL) is None
        assert (tx.outbox.after(0), tx.outbox.newest()) == ([], 0)


def test_fifty_seats_and_the_time_in_each_state(storage: SqlStorage) -> None:
    with storage.writing() as tx:
        seat = tx.seats.get(SeatId("seat50"))
        began = seat.since
        seat.want(SeatState.READY, began + timedelta(seconds=10))
        tx.seats.save(seat)
        seat.want(SeatState.PAUSED, began + timedelta(seconds=70), "rest")
        tx.seats.save(seat)
    with storage.reading() as tx:
        assert len(tx.seats.all()) == 50
        assert tx.seats.get(SeatId("seat50")) == seat
        with pytest.raises(NotFound):
            tx.seats.get(SeatId("seat51"))
    with storage.engine.connect() as connection:
        rows = connection.execute(text("select state from seat_periods order by id")).scalars().all()
    assert rows == ["offline", "ready"]


def test_ticket_numbers_have_no_gap_and_no_twin(storage: SqlStorage) -> None:
    got: list[str] = []

    def take() -> None:
        for _ in range(5):
            with storage.writing() as tx:
                got.append(tx.tickets.next_id(2026))

    threads = [threading.Thread(target=take) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert sorted(got) == [f"T-2026-{n:06d}" for n in range(1, 21)]


def test_a_ticket_comes_back_as_it_was(storage: SqlStorage) -> None:
    fields = TicketFields(
        kind="complaint", topic="water", place="人民路", what="停水三天\n了", unit="水务集团"
    )
    with storage.writing() as tx:
        tx.calls.save(a_call(from_number="13800000001"))
        ticket = Ticket(call_id=CALL, created_at=T0, seat=SeatId("seat07"), fields=fields)
        tx.tickets.save(ticket)
    with storage.writing() as tx:
        assert tx.tickets.of_call(CALL) == ticket
        assert tx.tickets.drafts_of_seat(SeatId("seat07")) == [ticket]
        ticket.accept(tx.tickets.next_id(2026), T0)
        tx.tickets.save(ticket)
    with storage.reading() as tx:
        assert tx.tickets.open_of_number("13800000001") == [ticket]
        assert tx.tickets.open_of_number("13800000002") == []


def test_a_taken_login_is_a_conflict_and_the_transaction_goes_on(storage: SqlStorage) -> None:
    values = {"name": "张", "role": "seat", "password_hash": "x", "must_change": False, "active": True}
    values |= {"epoch": 1, "demo": False}
    with storage.writing() as tx:
        first = tx.accounts.add(login="zhang", seat="seat01", **values)
        with pytest.raises(Conflict):
            tx.accounts.add(login="zhang", seat="seat02", **values)
        with pytest.raises(Conflict):
            tx.accounts.add(login="li", seat="seat01", **values)
    with storage.reading() as tx:
        assert tx.accounts.all() == [first]


def test_outbox_order_is_commit_order_and_each_stream_has_its_chain(storage: SqlStorage) -> None:
    def write(number: int) -> None:
        for _ in range(5):
            with storage.writing() as tx:
                seat = SeatId(f"seat{number:02d}")
                tx.outbox.add([events.SeatRinging(call_id=CALL, at=T0, seat=seat)])

    seen: list[int] = []
    writers = [threading.Thread(target=write, args=(n,)) for n in range(1, 5)]
    [t.start() for t in writers]
    while any(t.is_alive() for t in writers) or len(seen) < 40:
        with storage.reading() as tx:
            seen += [row.seq for row in tx.outbox.after(seen[-1] if seen else 0)]
    [t.join() for t in writers]
    assert seen == list(range(1, 41))
    with storage.reading() as tx:
        rows = tx.outbox.after(0)
        newest = {stream: tx.outbox.newest_of(stream) for stream in {r.stream for r in rows}}
    last: dict[str, int] = {}
    for row in rows:
        assert row.prev == last.get(row.stream, 0)
        last[row.stream] = row.seq
    assert last == newest


def test_the_commit_is_told_only_when_screens_have_news(database_url: str) -> None:
    migrate(database_url)
    told: list[int] = []
    storage = SqlStorage.open(database_url, told.append)
    with storage.writing() as tx:
        tx.calls.save(a_call())
    with storage.writing() as tx:
        tx.outbox.add([events.CallArrived(call_id=CALL, at=T0)])
    storage.close()
    assert told == [1]


def test_purging_keeps_what_is_young(storage: SqlStorage) -> None:
    with storage.writing() as tx:
        tx.outbox.add([events.CallArrived(call_id=CALL, at=T0)])
        tx.outbox.add([events.CallArrived(call_id=CALL, at=T0 + timedelta(hours=2))])
        assert tx.outbox.purge(T0 + timedelta(hours=1)) == 1
    with storage.reading() as tx:
        assert [row.seq for row in tx.outbox.after(0)] == [2]
        assert tx.outbox.newest() == 2


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    migrate(database_url)
    migrate(database_url)
    storage = SqlStorage.open(database_url)
    with storage.reading() as tx:
        assert len(tx.seats.all()) == 50
    storage.close()


def test_a_database_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    storage = SqlStorage.open(f"sqlite:///{tmp_path}/no/such/folder/x.db")
    with pytest.raises(Unavailable, match="unable to open"), storage.reading() as tx:
        tx.seats.all()
    gone = SqlStorage.open("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(Unavailable), gone.reading() as tx:
        tx.seats.all()


@pytest.fixture
def locked_sqlite(tmp_path: Path) -> Iterator[str]:
    url = f"sqlite:///{tmp_path}/hotline.db"
    migrate(url)
    holder = open_engine(url).raw_connection()
    holder.execute("BEGIN EXCLUSIVE")
    yield url
    holder.rollback()
    holder.close()


def test_a_locked_database_is_unavailable_after_its_time(locked_sqlite: str) -> None:
    storage = SqlStorage(open_engine(locked_sqlite, busy_ms=50))
    with pytest.raises(Unavailable, match="locked"), storage.writing() as tx:
        tx.calls.save(a_call())
