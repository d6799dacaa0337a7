"""A real Asterisk, switch and Redis: with no seat free a caller has his place at once and is heard beside it."""

import asyncio
import signal
import time
from array import array
from collections.abc import Iterator

import pytest

from hotline.domain.heard import Heard, Reason
from hotline.domain.hearing_mode import Mode
from hotline.domain.ids import CallId, QueueId
from hotline.live.heard import ALIVE, HEARD
from hotline.speech.pcm import write_wav
from hotline.telephony.citizen import At, Step
from hotline.telephony.citizen_ear import tone_share
from tests.support.ami_tap import Tap
from tests.support.citizens import Citizen, arrived, of_call
from tests.support.exchange import Exchange, call_of, run, until
from tests.support.patience import PATIENCE_S
from tests.support.servers import wait_until
from tests.support.short_prompts import GREETING_HZ, GREETING_S, tone
from tests.support.spoken_to import OpenEar

VOICE_HZ = 440.0
SEAT_HZ = 4000.0


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    running = Exchange.prepare()
    running.env["HOTLINE_HEAR_ON"] = "1"
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
    clear(exchange)


def clear(exchange: Exchange) -> None:
    """Nobody is on the line any more, and no seat takes calls."""
    for seat in exchange.members():
        exchange.command("seat.offline", seat)
    for channel in exchange.pbx.channels():
        exchange.pbx.ami(f"Action: Hangup\r\nChannel: {channel}")
    wait_until(lambda: not exchange.pbx.channels(), "no channel is left")
    wait_until(lambda: all(call.is_over for call in exchange.calls()), "all calls are over")
    wait_until(lambda: "" not in exchange.members().values(), "no seat takes calls")


def understood(
    exchange: Exchange, call_id: str, queue: str, *, urgent: bool = False, on: bool = False
) -> None:
    """What the speech process writes when the sentence, or the call that it heard on, is over."""
    heard = Heard(
        call_id=CallId(call_id),
        words="路灯坏了",
        final=True,
        reason=Reason.ENDPOINT,
        at=time.time(),
        heard_ms=1500,
        queue=QueueId(queue),
        urgent=urgent,
        mode=Mode.ON if on else Mode.SENTENCE,
    )
    exchange.client.set(f"{HEARD}:{call_id}", heard.to_json())
    exchange.client.publish(HEARD, heard.to_json())


def is_local(channel: str) -> bool:
    """A half of an ear beside the queue."""
    return channel.startswith("Local/") and "@beside" in channel


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
            call_id = came["CallId"]
            listening = await asyncio.to_thread(tap.wait, "HotlineListening", CallId=call_id)
            greeted_for = float(listening["Timestamp"]) - float(joined["Timestamp"])
            assert greeted_for >= GREETING_S, "no greeting before his place"
            (one,) = await until(lambda: ear.of(call_id), "he is heard")
            await until(lambda: len(one.sound) > 8000, "a second of it")
            assert share(one.sound[-4000:], VOICE_HZ) > 0.9
            assert share(one.sound, GREETING_HZ) == 0
            await until(lambda: exchange.call(call_id).listening_at, "the floor knows that he speaks")
            seat = await exchange.ready_seat("seat01", answer_after=0.0)
            leg = await asyncio.wait_for(seat.invited.get(), PATIENCE_S)
            await asyncio.to_thread(tap.wait, "AgentConnect", **of_call(came))
            await until(lambda: one.ended, "the listening is over while they talk")
            await until(lambda: not any(map(is_local, exchange.pbx.channels())), "nothing is left of it")
            assert call_of(leg) == call_id
            await seat.bye(leg)
            sound = (await asyncio.to_thread(citizen.done)).sound
        assert share(sound, GREETING_HZ) > 0, "greeted while he waited"

    run(exchange, test())


def test_a_greeting_is_cut_when_a_seat_answers(exchange: Exchange, ear: OpenEar) -> None:
    sounds = exchange.settings.runtime_dir / "asterisk/var/sounds/hotline/greeting.wav"
    short = sounds.read_bytes()
    write_wav(sounds, tone(GREETING_HZ, 20))

    async def test() -> None:
        with Citizen(exchange.pbx, from_number="13800000002") as citizen:
            await until(lambda: waiting_call(exchange, "13800000002"), "waiting")
            await until(lambda: any(map(is_local, exchange.pbx.channels())), "greeted")
            seat = await exchange.ready_seat("seat08", answer_after=0.0)
            leg = await asyncio.wait_for(seat.invited.get(), PATIENCE_S)
            await until(lambda: not any(map(is_local, exchange.pbx.channels())), "nothing is left of it")
            await asyncio.sleep(1.2)  # so long do they talk
            await seat.bye(leg)
            sound = (await asyncio.to_thread(citizen.done)).sound
        assert share(sound, GREETING_HZ) > 0
        assert share(sound[-8000:], SEAT_HZ) > 0.5, "they talked"
        assert share(sound[-8000:], GREETING_HZ) == 0, "undisturbed"
        assert len(ear.heard) <= 1, "not heard before he talked"

    try:
        run(exchange, test())
    finally:
        sounds.write_bytes(short)


def test_moved_to_its_queue_and_answered_in_the_order_of_arrival(exchange: Exchange, ear: OpenEar) -> None:
    """A, B, C come in this order while nobody is free; B's matter is known; seats become free one by one."""

    async def test() -> None:
        waiting = []
        for number in ("13900000011", "13900000012", "13900000013"):
            await exchange.dial(caller=number)
            waiting.append(await until(lambda number=number: waiting_call(exchange, number), "waiting"))
        a, b, c = waiting
        await until(lambda: ear.of(b), "B is heard")
        understood(exchange, b, "planning")
        await until(lambda: exchange.call(b).queue == "planning", "B is one of the planning queue")
        assert exchange.call(b).state == "waiting"
        answered = []
        for name in ("seat02", "seat03", "seat04"):
            seat = await exchange.ready_seat(name)
            leg = await asyncio.wait_for(seat.invited.get(), PATIENCE_S)
            await leg.answered.wait()
            answered.append(call_of(leg))
        assert answered == [a, b, c]
        assert exchange.call(b).queue == "planning"

    run(exchange, test())


def test_who_is_still_greeted_goes_in_before_those_after_him(exchange: Exchange, ear: OpenEar) -> None:
    """One seat is free: the first caller is greeted. The second finds none left, and must not overtake him."""

    async def test() -> None:
        seat = await exchange.ready_seat("seat05")
        with Tap(exchange.pbx) as tap:
            await exchange.dial(caller="13900000021")
            first = await asyncio.to_thread(arrived, tap, "13900000021")
            await until(lambda: ear.of(first["CallId"]), "he is heard before the queue")
            assert not tap.find("QueueCallerJoin", **of_call(first))
            await exchange.dial(caller="13900000022")
            later = await asyncio.to_thread(arrived, tap, "13900000022")
            leg = await asyncio.wait_for(seat.invited.get(), PATIENCE_S)
            assert call_of(leg) == first["CallId"]
            await asyncio.to_thread(tap.wait, "QueueCallerJoin", **of_call(later))
            await until(lambda: exchange.figures().get("hurried") == 1, "that was counted")

    run(exchange, test())


def test_an_emergency_heard_beside_the_queue_goes_to_the_front(exchange: Exchange, ear: OpenEar) -> None:
    async def test() -> None:
        ids = []
        for number in ("13900000031", "13900000032"):
            await exchange.dial(caller=number)
            ids.append(await until(lambda number=number: waiting_call(exchange, number), "waiting"))
        await until(lambda: ear.of(ids[1]), "the second is heard")
        understood(exchange, ids[1], "general", urgent=True)
        await until(lambda: first_in_line(exchange) == ids[1], "he is the first now")
        seat = await exchange.ready_seat("seat06")
        leg = await asyncio.wait_for(seat.invited.get(), PATIENCE_S)
        assert call_of(leg) == ids[1]

    run(exchange, test())


def test_an_emergency_told_while_asterisk_does_not_answer_goes_to_the_front_afterwards(
    exchange: Exchange, ear: OpenEar
) -> None:
    async def test() -> None:
        ids = []
        for number in ("13900000033", "13900000034"):
            await exchange.dial(caller=number)
            ids.append(await until(lambda number=number: waiting_call(exchange, number), "waiting"))
        await until(lambda: ear.of(ids[1]), "the second is heard")
        failed = exchange.figures()["beside_failed"]
        exchange.pbx.kill(signal.SIGSTOP)
        try:
            await until(lambda: exchange.figures().get("pbx") is False, "silence is noticed")
            understood(exchange, ids[1], "general", urgent=True)
            await until(lambda: exchange.figures()["beside_failed"] > failed, "nobody can be told")
        finally:
            exchange.pbx.kill(signal.SIGCONT)
        await until(lambda: first_in_line(exchange) == ids[1], "he is the first now")

    run(exchange, test())


def test_a_caller_is_heard_on_while_he_talks(exchange: Exchange, ear: OpenEar) -> None:
    """With a connection of its own, after the first sentence; only his voice; kept when the call is over."""

    async def test() -> None:
        speaks = At(step=Step.GREETING, after_s=0.0)
        number = "13800000003"
        with Citizen(exchange.pbx, from_number=number, samples=tone(VOICE_HZ, 20), speak=speaks) as citizen:
            call_id = await until(lambda: waiting_call(exchange, number), "waiting")
            await until(lambda: ear.of(call_id), "his first sentence is heard")
            await until(lambda: exchange.call(call_id).listening_at, "the floor knows")
            seat = await exchange.ready_seat("seat09", answer_after=0.0)
            leg = await asyncio.wait_for(seat.invited.get(), PATIENCE_S)
            await until(lambda: exchange.call(call_id).state == "talking", "they talk")
            assert len(ear.of(call_id)) == 1, "the ear is still at his sentence"
            understood(exchange, call_id, "planning")
            _, on = await until(lambda: len(ear.of(call_id)) == 2 and ear.of(call_id), "he is heard on")
            await until(lambda: len(on.sound) > 8000, "a second of it")
            assert share(on.sound[-4000:], VOICE_HZ) > 0.9
            assert share(on.sound, SEAT_HZ) < 0.1, "not the seat"
            await seat.bye(leg)
            await asyncio.to_thread(citizen.done)
            await until(lambda: on.ended, "it ends with the call")
        understood(exchange, call_id, "planning", on=True)
        understood(exchange, call_id, "planning", on=True)
        assert await until(lambda: kept(exchange, call_id), "kept with the call") == ["路灯坏了"]
        assert exchange.call(call_id).heard.mode is Mode.SENTENCE  # type: ignore[union-attr]

    run(exchange, test())


def test_what_was_said_in_a_talk_that_ended_without_the_switch_is_kept(exchange: Exchange) -> None:
    async def test() -> None:
        seat = await exchange.ready_seat("seat07")
        citizen, line, leg = await exchange.talk(seat, caller="13900000036")
        call_id = call_of(leg)
        await until(lambda: exchange.call(call_id).state == "talking", "they talk")
        understood(exchange, call_id, "planning")
        await until(lambda: exchange.call(call_id).heard, "his first sentence is known")
        exchange.kill_switch()
        await citizen.bye(line)
        understood(exchange, call_id, "planning", on=True)
        exchange.start_switch()
        await until(lambda: exchange.call(call_id).is_over, "over")
        assert await until(lambda: kept(exchange, call_id), "kept with the call") == ["路灯坏了"]

    run(exchange, test())


def kept(exchange: Exchange, call_id: str) -> list[str]:
    """What the caller said in his talk, as the database has it."""
    with exchange.storage.reading() as tx:
        return [line.words for line in tx.transcripts.of_call(CallId(call_id))]


DEATHS = ("speech", "redis", "the ear's channel", "switch")


@pytest.mark.parametrize("gone", DEATHS)
def test_a_waiting_caller_reaches_a_seat_whatever_dies(exchange: Exchange, ear: OpenEar, gone: str) -> None:
    place = DEATHS.index(gone)
    number, name = f"1390000004{place}", f"seat1{place}"

    async def test() -> None:
        if gone == "speech":
            exchange.client.delete(ALIVE)
        if gone == "redis":
            exchange.redis.stop()
        await exchange.dial(caller=number)
        call_id = await until(lambda: waiting_call(exchange, number), "waiting")
        await until(lambda: any(map(is_local, exchange.pbx.channels())), "greeted while he waits")
        if gone == "the ear's channel":
            for channel in filter(is_local, exchange.pbx.channels()):
                exchange.pbx.ami(f"Action: Hangup\r\nChannel: {channel}")
        if gone in ("speech", "redis"):
            await until(lambda: not any(map(is_local, exchange.pbx.channels())), "greeted and not heard")
            assert not ear.of(call_id)
        if gone == "switch":
            exchange.kill_switch()
        if gone == "redis":
            exchange.redis.start()
        if gone == "switch":
            seat = await exchange.phone(name)
            exchange.pbx.ami(f"Action: QueueAdd\r\nQueue: q_general\r\nInterface: PJSIP/{name}")
        else:
            seat = await exchange.ready_seat(name)
        leg = await asyncio.wait_for(seat.invited.get(), PATIENCE_S)
        assert call_of(leg) == call_id
        await leg.answered.wait()
        if gone == "switch":
            exchange.start_switch()

    run(exchange, test())


def waiting_call(exchange: Exchange, number: str) -> str:
    """The id of this caller's call, once he waits."""
    calls = (c for c in exchange.calls() if c.from_number == number and c.state == "waiting")
    return next((str(call.id) for call in calls), "")


def first_in_line(exchange: Exchange) -> str:
    """The call that is answered next, as Asterisk has it."""
    status = "Action: QueueStatus\r\nQueue: q_general"
    shown = exchange.pbx.ami(status, "Action: CoreShowChannels", wait_for="EventList: Complete")
    blocks = [dict(line.partition(": ")[::2] for line in b.split("\r\n")) for b in shown.split("\r\n\r\n")]
    ahead = [b["Uniqueid"] for b in blocks if b.get("Event") == "QueueEntry" and b["Position"] == "1"]
    ids = [
        b["ChanVariable"] for b in blocks if b.get("Event") == "CoreShowChannel" and b["Uniqueid"] in ahead
    ]
    return ids[0].partition("=")[2] if ids else ""
