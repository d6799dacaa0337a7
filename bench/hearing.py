"""What listening costs a caller: the same arrivals with the speech process on and off, arrival to answer."""

import asyncio
import json
import os
import random
import subprocess
import tempfile
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench import results
from hotline import ourselves
from hotline.domain.call import Call
from hotline.speech.pcm import read_wav
from hotline.speech.synth_voice import say_to_wav
from hotline.telephony.citizen import CitizenCall, place_call
from tests.support.exchange import Exchange, call_of, until
from tests.support.servers import wait_until
from tests.support.sip_peer import SipPeer

ROUNDS = int(os.environ.get("BENCH_HEARING_ROUNDS", "2"))
FULL_CALLS = int(os.environ.get("BENCH_HEARING_CALLS", "30"))
FREE_CALLS = 16
FULL_SEATS, FREE_SEATS = 4, 8
GAP_S, TALK_S, WRAP_UP_S = 1.3, 5.0, 0.5  # more comes than four seats can take: the line grows
FREE_GAP_S = 4.0
AT_ONCE_S = 0.5
SENTENCES = ("人民路停水了", "我家暖气不热", "小区路灯坏了", "垃圾没有人清理")
SPEECH = ourselves.command("speech")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who calls when (seconds from the start), and how long each talks: the same for both arms."""

    arrivals: tuple[float, ...]
    talks: tuple[float, ...]
    seats: int


def full_plan() -> Plan:
    """Arrivals as chance brings them, talks of 0.6 to 1.4 of the mean."""
    chance = random.Random(12341)
    at, arrivals = 0.0, []
    for _ in range(FULL_CALLS):
        at += chance.expovariate(1 / GAP_S)
        arrivals.append(at)
    talks = tuple(TALK_S * chance.uniform(0.6, 1.4) for _ in arrivals)
    return Plan(arrivals=tuple(arrivals), talks=talks, seats=FULL_SEATS)


def free_plan() -> Plan:
    """There is always a seat."""
    arrivals = tuple(FREE_GAP_S * n for n in range(FREE_CALLS))
    return Plan(arrivals=arrivals, talks=(3.0,) * FREE_CALLS, seats=FREE_SEATS)


def main() -> None:
    waits: dict[bool, list[float]] = {True: [], False: []}
    overtaken = {True: 0, False: 0}
    in_line = {True: 0, False: 0}
    heard = 0
    for _ in range(ROUNDS):
        for on in (False, True):
            calls = _run(full_plan(), speech=on)
            waits[on] += [_waited(call) for call in sorted(calls, key=lambda call: call.arrived_at)]
            overtaken[on] += _overtaken(calls, in_line=False)
            in_line[on] += _overtaken(calls, in_line=True)
            heard += on and sum(bool(call.heard and call.heard.words) for call in calls)
    not_asked = _run(free_plan(), speech=False)
    free = _run(free_plan(), speech=True)
    figures = {
        **_both("wait_on_s", waits[True]),
        **_both("wait_off_s", waits[False]),
        "wait_more_s_p50": round(results.median(_more(waits)), 2),
        **_both("free_on_s", [_waited(call) for call in free]),
        **_both("free_off_s", [_waited(call) for call in not_asked]),
        "wait_calls_each": len(waits[True]),
        "wait_overtaken_on": overtaken[True],
        "wait_overtaken_off": overtaken[False],
        "line_overtaken_on": in_line[True],
        "line_overtaken_off": in_line[False],
        "wait_heard_share": round(heard / max(1, len(waits[True])), 3),
        "free_heard_share": round(sum(bool(c.heard and c.heard.words) for c in free) / len(free), 3),
        "free_calls": len(free),
    }
    results.merge("speech", "python -m bench hearing", figures)


def _both(name: str, values: list[float]) -> dict[str, float]:
    return {
        f"{name}_p50": round(results.median(values), 2),
        f"{name}_p95": round(results.percentile(values, 0.95), 2),
    }


def _more(waits: dict[bool, list[float]]) -> list[float]:
    """How much longer each caller waited with speech on than the same one without."""
    return [on - off for on, off in zip(waits[True], waits[False], strict=True)]


def _waited(call: Call) -> float:
    assert call.answered_at, "a caller was not answered"
    return (call.answered_at - call.arrived_at).total_seconds()


def _overtaken(calls: list[Call], *, in_line: bool) -> int:
    """Callers who were answered after one who came later, or `in_line`, after one who took his place later.

    Who is heard before the line, because a seat is free for him, has no place yet: another, for whom there is
    a seat too, may be answered meanwhile. Answers within `AT_ONCE_S` of each other are at once.
    """

    def came(call: Call) -> datetime:
        return (call.queued_at if in_line else None) or call.arrived_at

    late: list[float] = []
    for call in calls:
        later = [other for other in calls if came(other) > came(call)]
        late.append(max((_answered(call, other) for other in later), default=0.0))
    print(
        "overtaken",
        "in the line" if in_line else "since arrival",
        [round(s, 2) for s in late if s > AT_ONCE_S],
    )
    return sum(s > AT_ONCE_S for s in late)


def _answered(call: Call, before: Call) -> float:
    """How many seconds one was answered after the other."""
    assert call.answered_at and before.answered_at
    return (call.answered_at - before.answered_at).total_seconds()


def _run(plan: Plan, *, speech: bool) -> list[Call]:
    """One Asterisk, switch and Redis of its own, from the first arrival to the last hang-up."""
    exchange = Exchange.prepare(real_prompts=True)
    try:
        with _ear(exchange) if speech else _nothing():
            exchange.start_switch()
            began = time.monotonic()
            asyncio.run(_calls(exchange, plan))
            took = time.monotonic() - began
        calls = [call for call in exchange.calls() if call.line]
        print(f"speech {'on' if speech else 'off'}: {len(calls)} calls in {took:.0f} s", flush=True)
        assert len(calls) == len(plan.arrivals)
        return calls
    finally:
        exchange.remove()


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def _ear(exchange: Exchange) -> Iterator[None]:
    with (exchange.pbx.folder / "speech.out").open("wb") as out:
        process = subprocess.Popen(SPEECH, env=os.environ | exchange.env, stdout=out, stderr=out)
    try:
        wait_until(lambda: _recognisers(exchange) > 0, "the ear hears", 60)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _recognisers(exchange: Exchange) -> int:
    told = exchange.client.get("hotline:alive:speech")
    return int(json.loads(str(told)).get("capacity", 0)) if told else 0


async def _calls(exchange: Exchange, plan: Plan) -> None:
    voices = [_spoken(text) for text in SENTENCES]
    seats = [await exchange.ready_seat(f"seat{n + 1:02d}", answer_after=1.0) for n in range(plan.seats)]
    work = [asyncio.create_task(_answer(exchange, seat, plan)) for seat in seats]
    start = asyncio.get_running_loop().time() + 0.5
    try:
        async with asyncio.timeout(500), asyncio.TaskGroup() as citizens:
            for number, at in enumerate(plan.arrivals):
                citizens.create_task(_citizen(exchange, number, start + at, voices[number % len(voices)]))
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        exchange.close_phones()


async def _citizen(exchange: Exchange, number: int, at: float, voice: "array[int]") -> None:
    """Calls at his time, says his sentence after the beep, and stays until the seat hangs up."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(at - loop.time())
    call = CitizenCall(
        server=exchange.pbx.sip, from_number=f"1380000{number:04d}", samples=voice, limit_s=300
    )
    await place_call(call)


async def _answer(exchange: Exchange, seat: SipPeer, plan: Plan) -> None:
    """A seat's work: talk as long as this call's plan says, hang up, write the ticket, be ready."""
    while True:
        leg = await seat.invited.get()
        await leg.answered.wait()
        await asyncio.sleep(plan.talks[int(leg.headers["x-hotline-from"][-4:])])
        await seat.bye(leg)
        await asyncio.sleep(WRAP_UP_S)
        await until(lambda: exchange.seat(seat.user).state == "wrap_up", "wrap-up", 30)
        exchange.save_ticket(call_of(leg))


def _spoken(text: str) -> "array[int]":
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "say.wav"
        say_to_wav(text, path)
        return read_wav(path)[0]
