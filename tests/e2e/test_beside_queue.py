"""A real Asterisk, switch and Redis: with no seat free a caller has his place at once and is heard beside it."""

import asyncio
import time
from array import array
from collections.abc import Iterator

import pytest

from hotline.domain.heard import Heard, Reason
from hotline.domain.ids import CallId, QueueId
from hotline.live.heard import ALIVE, HEARD
from hotline.telephony.citizen import At, Step
from hotline.telephony.citizen_ear import tone_share
from tests.support.ami_tap import Tap
from tests.support.citizens import Citizen, arrived, of_call
from tests.support.exchange import Exchange, call_of, run, until
from tests.support.short_prompts import GREETING_HZ, tone
from tests.support.spoken_to import OpenEar

VOICE_HZ = 440.0
SEAT_HZ = 4000.0


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    running = Exchange.prepare()
    try:
        running.start_switch()
        yield running
    finally:
        print(running.said())
        running.remove()


@pytest.fixture
def ear(exchange: Exchange) -> Iterator[OpenEar]:
    """The speech process, as far as Asterisk and the switch can tell."""
    with OpenEar(exchange.settings.audiosocket_port) as listening:
        exchange.client.set(ALIVE, "{}")
        yield listening
    exchange.client.delete(ALIVE)


def understood(exchange: Exchange, call_id: str, queue: str, *, urgent: bool = False) -> None:
    """What the speech process writes when the sentence is over."""
    heard = Heard(
        call_id=CallId(call_id),
        words="路灯坏了",
        final=True,
        reason=Reason.ENDPOINT,
        at=time.time(),
        heard_ms=1500,
        queue=QueueId(queue),
        urgent=urgent,
    )
    exchange.client.set(f"{HEARD}:{call_id}", heard.to_json())
    exchange.client.publish(HEARD, heard.to_json())


def is_local(channel: str) -> bool:
    return channel.startswith("Local/")


def share(sound: "array[int]", hertz: float) -> float:
    """How much of the time this tone is to be heard."""
    frames = [sound[at : at + 160] for at in range(0, len(sound) - 160, 160)]
    there = sum(max(map(abs, frame)) > 500 and tone_share(frame, hertz) > 0.5 for frame in frames)
    return there / max(1, len(frames))


def test_heard_where_he_waits_and_never_in_the_talk(exchange: Exchange, ear: OpenEar) -> None:
    """The ear hears his voice and neither music nor greeting; it is gone when the seat answers."""

    async def test() -> None:
        speaks = At(step=Step.GREETING, after_s=0.0)
        with (
            Tap(exchange.pbx) as tap,
            Citizen(exchange.pbx, samples=tone(VOICE_HZ, 12), speak=speaks) as citizen,
        ):
            came = await asyncio.to_thread(arrived, tap, "13800000001")
            joined = await asyncio.to_thread(tap.wait, "QueueCallerJoin", **of_call(came))
            assert float(joined["Timestamp"]) - float(came["Timestamp"]) < 1.0, "no greeting before his place"
            call_id = came["CallId"]
            (one,) = await until(lambda: ear.of(call_id), "he is heard")
            await until(lambda: len(one.sound) > 8000, "a second of it")
            assert share(one.sound[-4000:], VOICE_HZ) > 0.9
            assert share(one.sound, GREETING_HZ) == 0
            await until(lambda: exchange.call(call_id).listening_at, "the floor knows that he speaks")
            seat = await exchange.ready_seat("seat01", answer_after=0.0)
            leg = await asyncio.wait_for(seat.invited.get(), 20)
            connected = await asyncio.to_thread(tap.wait, "AgentConnect", **of_call(came))
            await until(lambda: one.ended, "the listening is over")
            assert one.ended and one.ended - float(connected["Timestamp"]) < 0.5
            await until(lambda: not any(map(is_local, exchange.pbx.channels())), "nothing is left of it")
            assert call_of(leg) == call_id
            await seat.bye(leg)
            sound = (await asyncio.to_thread(citizen.done)).sound
        assert 0.02 < share(sound, GREETING_HZ) < 0.5, "greeted while he waited"
        exchange.command("seat.offline", "seat01")

    run(exchange, test())


def test_moved_to_its_queue_and_answered_in_the_order_of_arrival(exchange: Exchange, ear: OpenEar) -> None:
    """A, B, C come in this order while nobody is free; B's matter is known; seats become free one by one."""

    async def test() -> None:
        waiting = []
        for number in ("13900000011", "13900000012", "13900000013"):
            _, line = await exchange.dial(caller=number)
            call = await until(
                lambda number=number: next(
                    (c for c in exchange.calls() if c.from_number == number and c.state == "waiting"), None
                ),
                "waiting",
            )
            waiting.append((call.id, line))
        (a, _), (b, _), (c, _) = waiting
        await until(lambda: ear.of(b), "B is heard")
        understood(exchange, b, "planning")
        await until(lambda: exchange.call(b).queue == "planning", "B is one of the planning queue")
        assert exchange.call(b).state == "waiting"
        answered = []
        for name in ("seat02", "seat03", "seat04"):
            seat = await exchange.ready_seat(name)
            leg = await asyncio.wait_for(seat.invited.get(), 20)
            await leg.answered.wait()
            answered.append(call_of(leg))
        assert answered == [a, b, c]
        assert exchange.call(b).queue == "planning"
        for name in ("seat02", "seat03", "seat04"):
            exchange.command("seat.offline", name)

    run(exchange, test())
