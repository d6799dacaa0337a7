"""The rooms of the switch on a real database: the backlog, the keeper of the queues, the recordings."""

import asyncio
import logging
import os
import sqlite3
import struct
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hotline.domain import events, facts
from hotline.domain.errors import Unavailable
from hotline.domain.ids import CallId, QueueId, SeatId
from hotline.domain.seat import SeatState
from hotline.services.calls import apply_fact
from hotline.services.reconcile import LiveCall, LiveSeat, LiveState, Stage
from hotline.services.seats import Membership, want
from hotline.storage.engine import open_engine
from hotline.storage.sql import SqlStorage, migrate
from hotline.switchboard import backlog as backlog_module
from hotline.switchboard.backlog import Backlog, DatabaseWorker, Item, Resync
from hotline.switchboard.holds import Holds
from hotline.switchboard.membership import MembershipKeeper
from hotline.switchboard.recordings import RecordingLinker
from tests.support.patience import PATIENCE_S

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ONE, TWO = CallId("5f0e7c1e-0000-4000-8000-000000000001"), CallId("5f0e7c1e-0000-4000-8000-000000000002")
SEAT = SeatId("seat07")
NUMBER = "13900000001"


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "hotline.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def storage(database: Path) -> Iterator[SqlStorage]:
    opened = SqlStorage(open_engine(f"sqlite:///{database}", busy_ms=20))
    yield opened
    opened.close()


def run(test: Coroutine[Any, Any, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(2 * PATIENCE_S):
            await test

    asyncio.run(limited())


async def until(true: Callable[[], object], what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not true():  # noqa: ASYNC110 - what is waited for is anything
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"not within {PATIENCE_S:g} s: {what}") from None


@asynccontextmanager
async def going(*work: Coroutine[Any, Any, None]):  # type: ignore[no-untyped-def]
    """Loops that run until the block ends."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def nothing(_items: Sequence[Item], _happened: Sequence[events.Event]) -> None:
    """An `on_applied` for tests that need none."""


def story(call_id: CallId, seat: SeatId = SEAT) -> list[facts.Fact]:
    general = QueueId("general")
    return [
        facts.CallerArrived(at=at(0), call_id=call_id, from_number=NUMBER, line="12341", hint=general),
        facts.QueueJoined(at=at(5), call_id=call_id, queue=general, position=1),
        facts.SeatRang(at=at(6), call_id=call_id, seat=seat),
        facts.SeatAnswered(at=at(8), call_id=call_id, seat=seat, queue=general),
        facts.SeatLegEnded(at=at(60), call_id=call_id, seat=seat),
        facts.CallerGone(at=at(60), call_id=call_id),
    ]


def test_one_impossible_fact_is_left_out_and_the_rest_is_written(
    storage: SqlStorage, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        backlog = Backlog(DatabaseWorker(storage), nothing)
        for fact in [*story(ONE), *story(TWO, SeatId("seat99"))]:
            backlog.put(fact)
        async with going(backlog.run()):
            await until(lambda: not backlog, "all is applied")
        assert backlog.figures()["facts_failed"] > 0

    with caplog.at_level(logging.ERROR):
        run(test())
    with storage.reading() as tx:
        one = tx.calls.get(ONE)
        assert one and one.is_over and one.seat == SEAT
        two = tx.calls.get(TWO)
        assert two and two.is_over and two.seat is None
    assert "left out: NotFound" in caplog.text
    assert NUMBER not in caplog.text


def test_a_locked_database_delays_and_loses_and_reorders_nothing(
    storage: SqlStorage, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        told: list[Item] = []
        backlog = Backlog(DatabaseWorker(storage), lambda items, _: told.extend(items))
        other = sqlite3.connect(database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        async with going(backlog.run()):
            for fact in story(ONE):
                backlog.put(fact)
            await until(lambda: backlog.retries >= 3, "it is tried again")
            assert backlog.figures()["database"] is False and len(backlog) == 6
            assert told == []
            other.execute("ROLLBACK")
            await until(lambda: not backlog, "all is applied")
        assert told == story(ONE)
        assert backlog.figures()["database"] is True
        other.close()

    with caplog.at_level(logging.INFO):
        run(test())
    assert caplog.text.count("does not answer") == 1 and caplog.text.count("answers again") == 1


def test_a_resynchronisation_keeps_its_place(storage: SqlStorage) -> None:
    async def test() -> None:
        batches: list[list[str]] = []
        backlog = Backlog(
            DatabaseWorker(storage), lambda items, _: batches.append([type(item).__name__ for item in items])
        )
        before, behind = story(ONE)[:2], story(ONE)[2:4]
        for item in (*before, Resync(live=LiveState(taken_at=at(-5)), history=()), *behind):
            backlog.put(item)
        async with going(backlog.run()):
            await until(lambda: not backlog, "all is applied")
        assert batches == [["CallerArrived", "QueueJoined"], ["Resync"], ["SeatRang", "SeatAnswered"]]

    run(test())


def test_a_full_backlog_takes_nothing_more_until_there_is_room(
    storage: SqlStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog_module, "FULL", 10)

    async def test() -> None:
        backlog = Backlog(DatabaseWorker(storage), nothing)
        for _ in range(10):
            backlog.put(story(ONE)[0])
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await backlog.room()
        async with going(backlog.run()):
            await backlog.room()

    run(test())


# -- holds ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "held"), [(99, True), (100, None), (101, None)], ids=["before", "meanwhile", "after"]
)
def test_an_answer_about_a_hold_is_no_news_when_it_changed_meanwhile(
    changed: float, held: bool | None
) -> None:
    holds = Holds()
    for call_id in (ONE, TWO):
        holds.saw(facts.CallUnheld(at=at(changed), call_id=call_id, seat=SEAT))
    holds.forget(TWO)
    calls = {
        call_id: LiveCall(call_id=call_id, stage=Stage.TALKING, arrived_at=at(0), seat=SEAT, held=True)
        for call_id in (ONE, TWO)
    }
    news = holds.only_news(LiveState(taken_at=at(100), calls=calls))
    assert [news.calls[call_id].held for call_id in (ONE, TWO)] == [held, True]


# -- the keeper ------------------------------------------------------------------------------------------------


class Queues:
    """Asterisk's queues behind the keeper's callable; `refuse` makes it fail so often."""

    def __init__(self, refuse: int = 0) -> None:
        self.told: list[Membership] = []
        self.refuse = refuse

    async def set(self, wanted: Membership) -> None:
        if self.refuse:
            self.refuse -= 1
            raise Unavailable("outcome unknown")
        self.told.append(wanted)


def ready(storage: SqlStorage, *seats: SeatId) -> None:
    for seat in seats:
        with storage.writing() as tx:
            want(tx, seat, SeatState.READY, at(0))


def test_after_a_resynchronisation_every_seat_is_as_the_database_says(storage: SqlStorage) -> None:
    ready(storage, SEAT, SeatId("seat01"), SeatId("seat04"))
    live = {
        seat: LiveSeat(seat=seat, in_queue=in_queue, paused=paused, reason="rest" if paused else "")
        for seat, in_queue, paused in (
            (SEAT, False, False),  # ready, and not in the queue
            (SeatId("seat01"), True, True),  # ready, and paused
            (SeatId("seat02"), True, False),  # offline, and in the queue
            (SeatId("seat04"), True, False),  # as it should be
            (SeatId("seat99"), True, False),  # no seat of ours
        )
    }

    async def test() -> None:
        queues = Queues(refuse=2)
        keeper = MembershipKeeper(DatabaseWorker(storage), queues.set, lambda: True)
        async with going(keeper.run()):
            keeper.start_over(live)
            await until(lambda: len(queues.told) == 3, "three are put right, in spite of two failures")
        assert {(m.seat, m.in_queue, m.paused) for m in queues.told} == {
            (SEAT, True, False),
            ("seat01", True, False),
            ("seat02", False, False),
        }

    run(test())


def test_nothing_is_told_while_the_database_is_behind(storage: SqlStorage) -> None:
    ready(storage, SEAT)

    async def test() -> None:
        queues, in_step = Queues(), False
        keeper = MembershipKeeper(DatabaseWorker(storage), queues.set, lambda: in_step)
        async with going(keeper.run()):
            keeper.doubt(SEAT)
            await asyncio.sleep(0.2)
            assert queues.told == []
            in_step = True
            keeper.in_step_again()
            await until(lambda: len(queues.told) == 1, "told when in step")

    run(test())


def test_what_asterisk_tells_late_is_put_right_and_only_once(storage: SqlStorage) -> None:
    """The ticket was saved before the talk ended, and then the pause of the hang-up is told."""
    later = SeatId("seat08")
    ready(storage, SEAT, later)

    async def test() -> None:
        queues = Queues()
        keeper = MembershipKeeper(DatabaseWorker(storage), queues.set, lambda: True)

        def tells(paused: bool, reason: str = "") -> None:
            keeper.saw(
                facts.SeatMemberChanged(at=at(60), seat=SEAT, in_queue=True, paused=paused, reason=reason)
            )

        async with going(keeper.run()):
            keeper.doubt(SEAT)
            await until(lambda: len(queues.told) == 1, "in the queues")
            tells(paused=False)
            tells(paused=True, reason="wrap_up")
            await until(lambda: len(queues.told) == 2, "calls again")
            tells(paused=False)
            keeper.doubt(later)
            await until(lambda: len(queues.told) > 2, "the next seat is looked at behind it")
        assert queues.told == [Membership(seat=seat, in_queue=True) for seat in (SEAT, SEAT, later)]

    run(test())


# -- recordings --------------------------------------------------------------------------------------------------


def wav(path: Path, seconds: float, closed: bool = True) -> None:
    data = b"\0" * int(seconds * 16000)
    riff = len(data) + 36 if closed else 36
    head = struct.pack(
        "<4sI8sIHHIIHH4sI", b"RIFF", riff, b"WAVEfmt ", 16, 1, 1, 8000, 16000, 2, 16, b"data", len(data)
    )
    path.write_bytes(head + data)


def test_a_recording_is_linked_when_its_file_is_complete(
    storage: SqlStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for call_id in (ONE, TWO):
        with storage.writing() as tx:
            apply_fact(tx, story(call_id)[0])
        for fact in story(call_id)[1:]:
            with storage.writing() as tx:
                apply_fact(tx, fact)

    async def test() -> None:
        linker = RecordingLinker(DatabaseWorker(storage), tmp_path, lambda: datetime.now(UTC))
        wav(tmp_path / f"{ONE}.wav", 2.0, closed=False)
        async with going(linker.run()):
            await asyncio.sleep(0.3)
            assert linker.linked == 0, "Asterisk still writes"
            wav(tmp_path / f"{ONE}.wav", 2.5)
            linker.wake()
            await until(lambda: linker.linked == 1, "linked")
            old = datetime.now(UTC).timestamp() - 60
            wav(tmp_path / f"{TWO}.wav", 1.0, closed=False)
            os.utime(tmp_path / f"{TWO}.wav", (old, old))
            linker.wake()
            await until(lambda: linker.linked == 2, "what nobody will complete is taken as it is")

    # The calls ended in 2026-03: look as far back as that.
    monkeypatch.setattr("hotline.switchboard.recordings.LOOK_BACK", timedelta(days=36500))
    monkeypatch.setattr("hotline.switchboard.recordings.MISSING_AFTER", timedelta(days=36500))
    run(test())
    with storage.reading() as tx:
        recording = tx.recordings.get(ONE)
    assert recording is not None
    assert (recording.path, recording.duration_ms, len(recording.sha256)) == (f"{ONE}.wav", 2500, 64)


def test_a_recording_that_never_comes_is_said_once(
    storage: SqlStorage, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.switchboard.recordings.LOOK_BACK", timedelta(days=36500))
    for fact in story(ONE):
        with storage.writing() as tx:
            apply_fact(tx, fact)

    async def test() -> None:
        linker = RecordingLinker(DatabaseWorker(storage), tmp_path, lambda: datetime.now(UTC))
        async with going(linker.run()):
            await until(lambda: linker.figures()["recordings_missing"] == 1, "given up")
            linker.wake()
            await asyncio.sleep(0.4)

    with caplog.at_level(logging.WARNING):
        run(test())
    assert caplog.text.count("is not there") == 1
