"""Who finds a seat free, who must wait, and what Asterisk is then asked: on a real database and a real link."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotline.domain import facts
from hotline.domain.errors import Conflict, Invalid, NotFound
from hotline.domain.heard import Heard, Reason
from hotline.domain.ids import CallId, QueueId, SeatId
from hotline.domain.seat import SeatState
from hotline.services.calls import apply_fact, apply_heard
from hotline.services.reconcile import LiveCall, LiveState, Stage
from hotline.services.seats import want
from hotline.storage.sql import SqlStorage, migrate
from hotline.switchboard.arrivals import LONGEST_WAY_S, Arrivals
from hotline.switchboard.backlog import Backlog, DatabaseWorker
from hotline.switchboard.beside import BesideTheQueue, SwitchReception
from hotline.telephony.ami_callers import Ask, AsteriskCallers
from hotline.telephony.ami_link import AmiLink
from tests.fakes.call_desk import FakeCallDesk
from tests.support.ami_server import AmiServer, Fields, listing, says
from tests.support.exchange import until
from tests.support.patience import PATIENCE_S

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CHANNEL = "PJSIP/trunk-0000002a"


def call(number: int) -> CallId:
    return CallId(f"5f0e7c1e-0000-4000-8000-{number:012d}")


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[SqlStorage]:
    url = f"sqlite:///{tmp_path}/hotline.db"
    migrate(url)
    opened = SqlStorage.open(url)
    yield opened
    opened.close()


def seats_ready(storage: SqlStorage, *names: str, reachable: bool = True) -> None:
    with storage.writing() as tx:
        for name in names:
            apply_fact(tx, facts.SeatReachable(at=T0, seat=SeatId(name), reachable=reachable))
            want(tx, SeatId(name), SeatState.READY, T0)


def happens(storage: SqlStorage, number: int, *what: str) -> None:
    for step, name in enumerate(what):
        at = T0 + timedelta(seconds=number + step / 10)
        fact: facts.CallFact = facts.CallerArrived(
            at=at, call_id=call(number), from_number=None, line="12341", hint=QueueId("general")
        )
        if name == "waits":
            fact = facts.QueueJoined(at=at, call_id=call(number), queue=QueueId("general"), position=1)
        elif name.startswith("seat"):
            fact = facts.SeatRang(at=at, call_id=call(number), seat=SeatId(name))
        with storage.writing() as tx:
            apply_fact(tx, fact)


def test_a_seat_is_kept_for_who_is_on_the_way(storage: SqlStorage) -> None:
    arrivals = Arrivals(storage)
    assert not arrivals.arrive(call(1), CHANNEL), "no seat is ready"
    seats_ready(storage, "seat01", "seat02")
    seats_ready(storage, "seat03", reachable=False)
    assert arrivals.arrive(call(1), CHANNEL)
    assert arrivals.arrive(call(1), CHANNEL), "asked again for the same caller"
    assert arrivals.arrive(call(2), CHANNEL)
    assert not arrivals.arrive(call(3), CHANNEL), "the third seat has no telephone"
    arrivals.is_there(call(1))
    assert arrivals.arrive(call(3), CHANNEL), "the first is gone"


def test_who_waits_comes_first_and_who_rings_has_his_seat(storage: SqlStorage) -> None:
    seats_ready(storage, "seat01", "seat02")
    arrivals = Arrivals(storage)
    happens(storage, 1, "arrives", "waits")
    assert arrivals.arrive(call(3), CHANNEL)
    arrivals.is_there(call(3))
    happens(storage, 2, "arrives")
    assert not arrivals.arrive(call(3), CHANNEL)
    happens(storage, 1, "seat01")
    assert not arrivals.arrive(call(3), CHANNEL), "one seat is left, and one is on the way to it"
    happens(storage, 2, "waits", "seat02")
    assert not arrivals.arrive(call(3), CHANNEL)


def test_a_caller_we_lost_sight_of_keeps_no_seat(storage: SqlStorage) -> None:
    seats_ready(storage, "seat01")
    now = [0.0]
    arrivals = Arrivals(storage, clock=lambda: now[0])
    assert arrivals.arrive(call(1), CHANNEL)
    now[0] = LONGEST_WAY_S + 1
    assert arrivals.arrive(call(2), CHANNEL)


def test_those_before_are_hurried_once_and_waited_for(storage: SqlStorage) -> None:
    seats_ready(storage, "seat01", "seat02")
    arrivals = Arrivals(storage)
    arrivals.wait_until_there(10)  # nobody is on the way
    arrivals.arrive(call(1), "PJSIP/trunk-00000001")
    arrivals.arrive(call(2), "PJSIP/trunk-00000002")
    arrivals.is_heard(call(2))
    arrivals.is_heard(call(9))
    hurried = arrivals.to_hurry()
    assert [(c.call_id, c.is_heard) for c in hurried] == [(call(1), False), (call(2), True)]
    assert arrivals.to_hurry() == []
    threading.Timer(0.2, arrivals.is_there, (call(1), call(2))).start()
    arrivals.wait_until_there(10)
    arrivals.arrive(call(3), CHANNEL)
    arrivals.wait_until_there(0.01)  # he does not come, and is not waited for any longer


Test = Callable[[AsteriskCallers, AmiServer], Awaitable[None]]


def with_callers(test: Test) -> None:
    async def run() -> None:
        async with asyncio.timeout(PATIENCE_S), AmiServer() as server:
            link = AmiLink("127.0.0.1", server.port, "switch", "right", now=lambda: T0)
            up = asyncio.Event()

            async def on_up() -> None:
                up.set()

            task = asyncio.create_task(link.run(on_up))
            await up.wait()
            await test(AsteriskCallers(link), server)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())


def sent(server: AmiServer, name: str) -> list[Fields]:
    return [fields for fields in server.actions if fields["Action"] == name]


def test_the_ear_is_a_channel_beside_the_caller() -> None:
    async def test(callers: AsteriskCallers, server: AmiServer) -> None:
        await callers.listen_beside(call(1), CHANNEL, Ask.GREETING, ear=True)
        await callers.listen_beside(call(2), CHANNEL, Ask.BEEP, ear=False)
        first, second = sent(server, "Originate")
        assert (first["Channel"], first["Context"]) == (f"Local/{call(1)}@beside/n", "beside-caller")
        told = f"__HOTLINE_HEARS={CHANNEL},__HOTLINE_ASK=greeting,__HOTLINE_EAR=1"
        assert (first["Variable"], first["Async"]) == (told, "true")
        assert second["Variable"].endswith("__HOTLINE_ASK=beep,__HOTLINE_EAR=")
        await callers.to_front(CHANNEL)
        await callers.mark(CHANNEL, QueueId("planning"))
        await callers.press_key(CHANNEL)
        (front,) = sent(server, "QueueChangePriorityCaller")
        assert (front["Queue"], front["Caller"], front["Priority"]) == ("q_general", CHANNEL, "10")
        assert [f["Variable"] for f in sent(server, "Setvar")] == ["HOTLINE_QUEUE", "CDR(hotline_queue)"]
        assert sent(server, "PlayDTMF")[0]["Receive"] == "1"

    with_callers(test)


def understood(storage: SqlStorage, number: int, queue: str, *, urgent: bool) -> None:
    heard = Heard(
        call_id=call(number),
        words="家里煤气泄漏了",
        final=True,
        reason=Reason.ENDPOINT,
        at=T0.timestamp(),
        heard_ms=1500,
        queue=QueueId(queue),
        urgent=urgent,
    )
    with storage.writing() as tx:
        apply_heard(tx, heard)


def shows_callers(server: AmiServer, *numbers: int) -> None:
    """Asterisk has the channels of these calls."""
    found: list[Fields] = [
        {
            "Event": "CoreShowChannel",
            "Channel": f"PJSIP/trunk-0000000{number}",
            "Uniqueid": f"1795378908.{number}",
            "Linkedid": f"1795378908.{number}",
            "ChanVariable": f"HOTLINE_CALL_ID={call(number)}",
        }
        for number in numbers
    ]
    server.answers["CoreShowChannels"] = listing("CoreShowChannels", *found)


def followers(callers: AsteriskCallers, storage: SqlStorage) -> BesideTheQueue:
    worker = DatabaseWorker(storage)
    return BesideTheQueue(callers, worker, Backlog(worker), lambda: T0, FakeCallDesk(), hear_on=False)


def test_a_refused_move_to_the_front_does_not_keep_his_queue_from_him(storage: SqlStorage) -> None:
    happens(storage, 1, "arrives", "waits")
    understood(storage, 1, "planning", urgent=True)

    async def test(callers: AsteriskCallers, server: AmiServer) -> None:
        shows_callers(server, 1)
        server.answers["QueueChangePriorityCaller"] = says(Response="Error", Message="Unable to find caller")
        beside = followers(callers, storage)
        beside.follow([call(1)])
        await until(lambda: beside.moved == 1 and beside.failed == 1, "moved, and the front refused")
        assert {fields["Value"] for fields in sent(server, "Setvar")} == {"planning"}

    with_callers(test)


def test_after_a_gap_urgent_callers_are_brought_to_the_front_who_are_not_there(storage: SqlStorage) -> None:
    for number, urgent in ((1, True), (2, True), (3, False)):
        happens(storage, number, "arrives", "waits")
        understood(storage, number, "general", urgent=urgent)
    live = LiveState(
        taken_at=T0,
        calls={
            call(number): LiveCall(
                call_id=call(number), stage=Stage.WAITING, arrived_at=T0, in_front=number == 2
            )
            for number in (1, 2, 3)
        },
    )

    async def test(callers: AsteriskCallers, server: AmiServer) -> None:
        shows_callers(server, 1, 2, 3)
        followers(callers, storage).look_again(live)
        await until(lambda: sent(server, "QueueChangePriorityCaller"), "one is moved")
        assert [f["Caller"] for f in sent(server, "QueueChangePriorityCaller")] == ["PJSIP/trunk-00000001"]
        assert sent(server, "Setvar") == []

    with_callers(test)


def reception(callers: AsteriskCallers, storage: SqlStorage, desk: FakeCallDesk) -> SwitchReception:
    worker = DatabaseWorker(storage)
    beside = BesideTheQueue(callers, worker, Backlog(worker), lambda: T0, desk, hear_on=False)
    return SwitchReception(Arrivals(storage), desk, beside, asyncio.get_running_loop())


@pytest.mark.parametrize("deaf", [False, True])
def test_without_an_ear_asterisk_is_never_sent_to_one(storage: SqlStorage, deaf: bool) -> None:
    """A refused AudioSocket connection costs other calls: Asterisk may only try where somebody is."""
    seats_ready(storage, "seat01")

    async def test(callers: AsteriskCallers, server: AmiServer) -> None:
        desk = FakeCallDesk()
        desk.deaf = deaf
        door = reception(callers, storage, desk)
        assert await asyncio.to_thread(door.seat_is_free, call(1), CHANNEL)
        assert not await asyncio.to_thread(door.seat_is_free, call(2), "PJSIP/trunk-0000002b")
        door.hear_beside(call(2), "PJSIP/trunk-0000002b")
        await asyncio.to_thread(door.let_earlier_ones_in, 0.01)
        wanted = 1 if deaf else 2
        await until(lambda: len(sent(server, "Originate")) >= wanted and sent(server, "PlayDTMF"), "asked")
        ears = {f["Channel"][6:42]: f["Variable"].endswith("EAR=1") for f in sent(server, "Originate")}
        assert ears == ({call(2): False} if deaf else {call(2): True, call(1): True})
        pressed = len(sent(server, "PlayDTMF"))
        await until(
            lambda: len(sent(server, "PlayDTMF")) > pressed, "the key got lost, and is pressed again", 5
        )
        assert {f["Channel"] for f in sent(server, "PlayDTMF")} == {CHANNEL}

    with_callers(test)


@pytest.mark.parametrize(
    "channel", ["", "PJSIP/seat01-00000001", "Local/x@beside-1;1", "PJSIP/trunk-1,n\r\nAction: Logoff"]
)
def test_what_is_no_caller_is_never_named_to_asterisk(channel: str) -> None:
    async def test(callers: AsteriskCallers, server: AmiServer) -> None:
        for ask in (
            callers.listen_beside(call(1), channel, Ask.GREETING, ear=True),
            callers.mark(channel, QueueId("planning")),
            callers.to_front(channel),
            callers.press_key(channel),
        ):
            with pytest.raises(Invalid):
                await ask
        with pytest.raises(Invalid):
            await callers.listen_beside(CallId("x@beside/n\r\n"), CHANNEL, Ask.BEEP, ear=True)
        assert {fields["Action"] for fields in server.actions} <= {"Login", "Ping"}

    with_callers(test)


def test_a_refused_ear_and_a_caller_who_is_gone() -> None:
    async def test(callers: AsteriskCallers, server: AmiServer) -> None:
        server.answers["Originate"] = says(Response="Error", Message="Permission denied")
        with pytest.raises(Conflict, match="Permission denied"):
            await callers.listen_beside(call(1), CHANNEL, Ask.GREETING, ear=True)
        server.answers["CoreShowChannels"] = listing("CoreShowChannels")
        with pytest.raises(NotFound):
            await callers.channel_of(call(1))

    with_callers(test)
