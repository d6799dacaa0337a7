"""A real Asterisk and the switch: what happens on the line is what the database says, and commands are done."""

import asyncio
import json
import signal
import time
from collections.abc import Iterator

import pytest

from hotline.domain.seat import SeatState
from hotline.services import accounts
from tests.support.exchange import Exchange, call_of, run, until
from tests.support.patience import PATIENCE_S
from tests.support.quick import PASSWORDS


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    running = Exchange.prepare()
    try:
        running.start_switch()
        yield running
    finally:
        print(running.said())
        running.remove()


def refusal(exchange: Exchange, id_: str) -> str:
    return next((note for note in exchange.refusals() if note.startswith(f"{id_}: ")), "")


def test_a_call_from_arrival_to_the_saved_ticket(exchange: Exchange) -> None:
    async def test() -> None:
        seat = await exchange.ready_seat("seat01")
        assert exchange.members() == {"seat01": ""}
        citizen, line, leg = await exchange.talk(seat)
        call_id = call_of(leg)
        await until(lambda: exchange.call(call_id).state == "talking", "they talk")
        call = exchange.call(call_id)
        assert (call.from_number, call.line, call.queue, call.seat) == (
            "13900000001",
            "12341",
            "general",
            "seat01",
        )
        assert call.arrived_at <= call.queued_at <= call.ringing_at <= call.answered_at  # type: ignore[operator]
        await seat.hold(leg)
        await until(lambda: exchange.call(call_id).state == "held", "on hold")
        await seat.hold(leg, held=False)
        await until(lambda: exchange.call(call_id).state == "talking", "they talk again")
        await citizen.bye(line)
        await until(lambda: exchange.call(call_id).is_over, "it is over")
        await until(lambda: exchange.seat("seat01").state == "wrap_up", "wrap-up")
        await until(lambda: exchange.members() == {"seat01": "wrap_up"}, "no call during wrap-up")
        exchange.save_ticket(call_id)
        await until(lambda: exchange.seat("seat01").state == "ready", "the saved ticket ends it")
        await until(lambda: exchange.members() == {"seat01": ""}, "calls again")
        with exchange.storage.reading() as tx:
            assert (await until(lambda: tx.recordings.get(call.id), "recorded")).path == f"{call_id}.wav"
        exchange.command("seat.offline", "seat01")
        await until(lambda: exchange.members() == {}, "gone")
        assert exchange.seat("seat01").state is SeatState.OFFLINE

    run(exchange, test())


def test_who_gives_up_waiting_is_a_missed_call(exchange: Exchange) -> None:
    async def test() -> None:
        citizen, line = await exchange.dial("96616", caller="13900000002")
        await until(lambda: any(c.state == "waiting" for c in exchange.calls()), "waiting")
        waiting = next(c for c in exchange.calls() if c.state == "waiting")
        assert waiting.queue == "living_security"
        await citizen.bye(line)
        await until(lambda: exchange.call(waiting.id).is_over, "over")
        ended = exchange.call(waiting.id)
        assert ended.is_missed and ended.end_reason == "abandoned"

    run(exchange, test())


def test_a_seat_that_does_not_answer_leaves_the_caller_to_the_next(exchange: Exchange) -> None:
    async def test() -> None:
        busy = await exchange.ready_seat("seat02", refuse_with=486)
        _, line = await exchange.dial(caller="13900000003")
        await until(lambda: any(d.invite for d in busy.dialogs.values()), "the first seat was rung")
        other = await exchange.ready_seat("seat03")
        async with asyncio.timeout(PATIENCE_S):
            leg = await other.invited.get()
            await leg.answered.wait()
        await until(lambda: exchange.call(call_of(leg)).seat == "seat03", "the next one has it")
        assert exchange.seat("seat02").state is SeatState.READY
        exchange.command("seat.offline", "seat02")
        exchange.command("call.hang_up", "seat03", call_id=call_of(leg))
        async with asyncio.timeout(PATIENCE_S):
            await line.ended.wait()
        await until(lambda: exchange.seat("seat03").state == "wrap_up", "wrap-up")
        await until(lambda: exchange.seat("seat02").state == "offline", "offline")

    run(exchange, test())


def test_a_seat_that_lets_it_ring_is_paused_and_the_next_one_has_the_caller(exchange: Exchange) -> None:
    async def test() -> None:
        away = await exchange.ready_seat("seat11", answer_after=None)
        _, line = await exchange.dial(caller="13900000005")
        async with asyncio.timeout(PATIENCE_S):
            leg = await away.invited.get()
        await until(lambda: exchange.seat("seat11").state == "paused", "it rang to the end")
        assert exchange.seat("seat11").reason == "missed_ring"
        await until(lambda: exchange.members().get("seat11") == "missed_ring", "no further ring there")
        other = await exchange.ready_seat("seat12")
        async with asyncio.timeout(PATIENCE_S):
            answered = await other.invited.get()
        assert call_of(answered) == call_of(leg)
        assert away.invited.empty()
        for name in ("seat11", "seat12"):
            exchange.command("seat.offline", name)
        await answered.answered.wait()
        await other.bye(answered)
        async with asyncio.timeout(PATIENCE_S):
            await line.ended.wait()

    run(exchange, test())


def test_pausing_while_talking_comes_true_at_once_in_the_queues(exchange: Exchange) -> None:
    async def test() -> None:
        seat = await exchange.ready_seat("seat04")
        citizen, line, leg = await exchange.talk(seat)
        exchange.command("seat.pause", "seat04", reason="meal")
        await until(lambda: exchange.members().get("seat04") == "meal", "no further call")
        assert exchange.seat("seat04").state is SeatState.TALKING
        await citizen.bye(line)
        await until(lambda: exchange.members().get("seat04") == "wrap_up", "wrap-up first")
        exchange.save_ticket(call_of(leg))
        await until(lambda: exchange.seat("seat04").state == "paused", "then the meal")
        await until(lambda: exchange.members().get("seat04") == "meal", "also in the queues")
        exchange.command("seat.offline", "seat04")
        await until(lambda: "seat04" not in exchange.members(), "gone")

    run(exchange, test())


def test_commands_that_cannot_be_are_refused_with_a_sentence(exchange: Exchange) -> None:
    async def test() -> None:
        ids = [
            exchange.command("seat.pause", "seat05", reason="because"),
            exchange.command("call.hang_up", "seat05", call_id="5f0e7c1e-0000-4000-8000-000000000001"),
            exchange.command("seat.ready", "seat99"),
            exchange.command("seat.ready"),
            exchange.command("call.steal", "seat05"),
            exchange.command("seat.ready", "seat05", lives_s=-1),
            exchange.command("call.listen", account="1", call_id="x", endpoint="seat01"),
        ]
        reasons = []
        for id_ in ids:
            note = await until(lambda id_=id_: refusal(exchange, id_), "refused")
            _, reason, sentence = note.split(": ", 2)
            assert len(sentence) > 10
            reasons.append(reason)
        assert reasons == [
            *("invalid", "call_gone", "not_found", "invalid", "invalid", "too_late", "conflict"),
        ]
        assert exchange.seat("seat05").state is SeatState.OFFLINE
        assert "seat05" not in exchange.members()

    run(exchange, test())


def test_rubbish_in_the_list_of_commands_is_survived(exchange: Exchange) -> None:
    async def test() -> None:
        for rubbish in ("", "{}", "[1]", "x" * 100_000, '{"id": 1}', "\ufffd", '"' + "[" * 5000):
            exchange.client.lpush("hotline:commands", rubbish)
        exchange.client.lpush("hotline:commands", b"\xff\xfe")
        await exchange.ready_seat("seat06")
        exchange.command("seat.offline", "seat06")
        await until(lambda: exchange.seat("seat06").state == "offline", "commands go on")

    run(exchange, test())


def test_the_same_command_twice_is_done_once(exchange: Exchange) -> None:
    async def test() -> None:
        await exchange.ready_seat("seat07")
        fields = {"id": "twice", "name": "seat.offline", "seat": "seat07", "account": 1, "args": {}}
        entry = json.dumps(fields | {"expires_at": time.time() + 20})
        exchange.client.lpush("hotline:commands", entry)
        await until(lambda: exchange.seat("seat07").state == "offline", "offline")
        exchange.command("seat.ready", "seat07")
        exchange.client.lpush("hotline:commands", entry)
        exchange.command("seat.pause", "seat08", reason="meal")
        await until(lambda: exchange.seat("seat08").state == "paused", "what came behind it is done")
        assert exchange.seat("seat07").state is SeatState.READY
        for name in ("seat07", "seat08"):
            exchange.command("seat.offline", name)
        await until(lambda: exchange.members().keys().isdisjoint({"seat07", "seat08"}), "gone")

    run(exchange, test())


def test_a_supervisor_hears_and_is_not_heard(exchange: Exchange) -> None:
    async def test() -> None:
        with exchange.storage.writing() as tx:
            made = accounts.create(tx, PASSWORDS, login="boss", name="Boss", role="supervisor", seat=None)
            account = tx.accounts.by_login(made.login)
        assert account is not None
        seat = await exchange.ready_seat("seat09")
        supervisor = await exchange.phone("sup01")
        citizen, line, leg = await exchange.talk(seat)
        await until(lambda: exchange.call(call_of(leg)).state == "talking", "they talk")
        who = str(account.id)
        exchange.command("call.listen", account=who, call_id=call_of(leg), endpoint="sup01")
        async with asyncio.timeout(PATIENCE_S):
            ear = await supervisor.invited.get()
        assert ear.headers["x-hotline-purpose"] == "listen"
        await until(lambda: len(exchange.pbx.channels()) == 3, "three legs")
        with exchange.storage.reading() as tx:
            trace = tx.views.of_call(exchange.call(call_of(leg)).id)
        assert [(view["account"], view["what"]) for view in trace] == [(account.id, "listened")]
        await citizen.bye(line)
        async with asyncio.timeout(PATIENCE_S):
            await ear.ended.wait()
        assert len([c for c in exchange.calls() if c.state != "ended"]) == 0, "listening is no call"
        exchange.command("seat.offline", "seat09")
        exchange.command("call.listen", account=who, call_id=call_of(leg), endpoint="sup01")
        await until(lambda: any("nobody talks" in note for note in exchange.refusals()), "too late")

    run(exchange, test())


def test_a_seat_whose_telephone_vanishes_is_not_reachable(exchange: Exchange) -> None:
    async def test() -> None:
        seat = await exchange.phone("seat10")
        await until(lambda: exchange.seat("seat10").reachable, "registered")
        await seat.register(exchange.pbx.secret_of("seat10"), exchange.pbx.sip, expires=0)
        await until(lambda: not exchange.seat("seat10").reachable, "gone")

    run(exchange, test())


def test_no_number_and_no_secret_is_in_the_log(exchange: Exchange) -> None:
    said = exchange.said()
    assert "139000" not in said
    assert exchange.settings.ami_secret not in said
    assert exchange.redis.password not in said
    assert "Traceback" not in said


def test_it_stops_when_asked(exchange: Exchange) -> None:
    assert exchange.kill_switch(signal.SIGTERM) == 0
    exchange.start_switch()
