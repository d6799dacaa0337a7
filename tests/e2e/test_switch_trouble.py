"""The switch beside a locked database, a dead Redis, a wrong secret: what it owes to calls it still does."""

import asyncio
import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hotline.domain.heard import Heard, Reason
from hotline.domain.ids import CallId
from hotline.live.heard import ALIVE
from hotline.supervision.ground import hold_audiosocket
from tests.support.exchange import Exchange, call_of, run, until
from tests.support.patience import PATIENCE_S


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    running = Exchange.prepare()
    try:
        running.start_switch()
        yield running
    finally:
        print(running.said())
        running.remove()


@contextmanager
def locked(exchange: Exchange) -> Iterator[None]:
    """Somebody else writes into the database and does not end."""
    path = exchange.settings.runtime_dir / "hotline.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def heard(call_id: str, words: str, final: bool) -> Heard:
    return Heard(
        call_id=CallId(call_id),
        words=words,
        final=final,
        reason=Reason.ENDPOINT if final else None,
        at=1_800_000_000.0,
        heard_ms=1200,
    )


def test_the_database_is_locked_for_ten_seconds(exchange: Exchange) -> None:
    """The caller is answered, the seat is kept free for its wrap-up, and every fact is written afterwards."""

    async def test() -> None:
        seat = await exchange.ready_seat("seat01")
        with locked(exchange):
            citizen, line, leg = await exchange.talk(seat)
            await until(lambda: exchange.figures().get("database") is False, "it is said")
            await seat.hold(leg)
            await seat.hold(leg, held=False)
            await citizen.bye(line)
            await until(lambda: exchange.members() == {"seat01": "wrap_up"}, "paused before it is written")
            assert exchange.calls() == []
            await asyncio.sleep(10)
            assert exchange.figures()["backlog"] > 5
            assert exchange.members() == {"seat01": "wrap_up"}
        await until(lambda: exchange.calls() and exchange.calls()[0].is_over, "all of it is written")
        call = exchange.call(call_of(leg))
        assert call.end_reason == "completed" and call.held_s > 0
        assert call.queued_at and call.ringing_at and call.answered_at and call.ended_at
        assert call.arrived_at < call.queued_at < call.ringing_at < call.answered_at < call.ended_at
        assert exchange.seat("seat01").state == "wrap_up"
        await until(lambda: exchange.figures()["database"] is True, "well again")
        assert exchange.figures()["facts_failed"] == 0
        exchange.save_ticket(call.id)
        await until(lambda: exchange.members() == {"seat01": ""}, "calls again")
        assert exchange.said().count("is kept until it does") == 1

    run(exchange, test())


def test_a_command_during_the_lock_is_refused_and_nothing_is_changed(exchange: Exchange) -> None:
    async def test() -> None:
        with locked(exchange):
            id_ = exchange.command("seat.ready", "seat02")
            await asyncio.sleep(3)
        await until(lambda: any(id_ in note for note in exchange.refusals()), "refused, when it can be said")
        assert exchange.seat("seat02").state == "offline"
        await until(lambda: "seat02" not in exchange.members(), "the queues say what the database says")

    run(exchange, test())


def test_stopped_while_the_database_is_locked_nothing_is_lost(exchange: Exchange) -> None:
    """What waited in the memory of a process that ended is read again from Asterisk's records."""

    async def test() -> None:
        seat = await exchange.ready_seat("seat08")
        exchange.command("seat.offline", "seat01")
        await until(lambda: "seat01" not in exchange.members(), "seat01 went")
        with locked(exchange):
            citizen, line, leg = await exchange.talk(seat, caller="13900000061")
            await citizen.bye(line)
            await until(lambda: exchange.figures().get("backlog", 0) > 5, "all of it waits")
            assert exchange.kill_switch(signal.SIGTERM) == 0, "it does not wait for the database"
        exchange.start_switch()
        await until(lambda: any(c.from_number == "13900000061" for c in exchange.calls()), "it is known")
        call = exchange.call(call_of(leg))
        assert (call.end_reason, call.seat) == ("completed", "seat08")
        await until(lambda: exchange.members() == {"seat08": "wrap_up"}, "and the seat writes its ticket")
        exchange.save_ticket(call.id)
        exchange.command("seat.offline", "seat08")
        await until(lambda: exchange.members() == {}, "gone")

    run(exchange, test())


def test_redis_is_dead_and_calls_go_on(exchange: Exchange) -> None:
    async def test() -> None:
        seat = await exchange.ready_seat("seat03")
        exchange.command("seat.offline", "seat01")
        await until(lambda: "seat01" not in exchange.members(), "seat01 went")
        exchange.redis.stop()
        citizen, line, leg = await exchange.talk(seat)
        await until(lambda: exchange.call(call_of(leg)).state == "talking", "they talk")
        await citizen.bye(line)
        await until(lambda: exchange.seat("seat03").state == "wrap_up", "wrap-up")
        await until(lambda: exchange.members() == {"seat03": "wrap_up"}, "paused")
        exchange.save_ticket(call_of(leg), bell=False)
        await until(lambda: exchange.members() == {"seat03": ""}, "the saved ticket is seen without a bell")
        exchange.redis.start()
        await until(lambda: exchange.figures().get("pbx"), "Redis is found again")
        exchange.command("seat.offline", "seat03")
        await until(lambda: exchange.seat("seat03").state == "offline", "commands come again")
        said = exchange.said()
        assert said.count("Redis does not answer (") == 1 and said.count("Redis answers again") == 1

    run(exchange, test())


def test_redis_is_frozen_and_calls_go_on(exchange: Exchange) -> None:
    async def test() -> None:
        seat = await exchange.ready_seat("seat04")
        exchange.redis.freeze()
        try:
            citizen, line, leg = await exchange.talk(seat)
            await until(lambda: exchange.call(call_of(leg)).state == "talking", "they talk")
            await citizen.bye(line)
            await until(lambda: exchange.seat("seat04").state == "wrap_up", "wrap-up")
        finally:
            exchange.redis.freeze(False)
        await until(lambda: exchange.figures().get("pbx"), "Redis is found again")
        exchange.command("seat.offline", "seat04")
        await until(lambda: exchange.seat("seat04").wanted == "offline", "commands come again")

    run(exchange, test())


@contextmanager
def an_ear_that_has_just_died(exchange: Exchange) -> Iterator[socket.socket]:
    """Its sign of life is still there, and the supervisor holds its listening socket."""
    with hold_audiosocket(exchange.settings) as ear:
        exchange.client.set(ALIVE, "{}", ex=60)
        try:
            yield ear
        finally:
            exchange.client.delete(ALIVE)


def test_speech_dies_under_five_callers_and_none_ends_another(exchange: Exchange) -> None:
    """A refused AudioSocket makes Asterisk close a descriptor twice: of five callers one or two would be lost."""

    async def test() -> None:
        seats = [await exchange.ready_seat(f"seat{n:02d}") for n in range(11, 16)]
        with an_ear_that_has_just_died(exchange) as ear:
            lines = await asyncio.gather(*(exchange.dial(caller=f"1390000021{n}") for n in range(5)))
            legs = [await asyncio.wait_for(seat.invited.get(), PATIENCE_S) for seat in seats]
            for leg in legs:
                await until(lambda leg=leg: exchange.call(call_of(leg)).state == "talking", "they talk")
            ear.settimeout(0)
            assert ear.accept()[0].recv(19), "Asterisk has tried to let them be heard"
        assert not any(line.ended.is_set() for _, line in lines)
        assert (
            "Failed to connect" not in (exchange.settings.runtime_dir / "asterisk/log/messages").read_text()
        )
        for citizen, line in lines:
            await citizen.bye(line)
        for leg in legs:
            exchange.save_ticket(call_of(leg))
        for seat in seats:
            exchange.command("seat.offline", seat.user)
            await until(lambda seat=seat: exchange.seat(seat.user).state == "offline", "it goes home")

    run(exchange, test())


def test_words_heard_reach_the_call_also_those_said_while_nobody_listened(exchange: Exchange) -> None:
    async def test() -> None:
        await exchange.dial(caller="13900000055")
        call = await until(lambda: next((c for c in exchange.calls() if not c.is_over), None), "it is there")
        exchange.client.publish("hotline:heard", b"\xff not a Heard")
        exchange.client.publish("hotline:heard", heard(call.id, "人民路", final=False).to_json())
        await until(lambda: exchange.call(call.id).heard, "words")
        exchange.kill_switch(signal.SIGKILL)
        exchange.client.set(f"hotline:heard:{call.id}", heard(call.id, "人民路停水了", final=True).to_json())
        exchange.start_switch()
        await until(lambda: exchange.call(call.id).heard.words == "人民路停水了", "looked up")  # type: ignore[union-attr]
        assert "人民路" not in exchange.said()

    run(exchange, test())


def test_a_wrong_secret_is_told_and_the_rest_goes_on(exchange: Exchange) -> None:
    async def test() -> None:
        exchange.kill_switch(signal.SIGTERM)
        right = exchange.env.pop("HOTLINE_AMI_SECRET", None)
        exchange.env["HOTLINE_AMI_SECRET"] = "this is not the secret"
        exchange.start_switch(wait=False)
        await until(lambda: exchange.figures().get("ami") == "refused", "it is told")
        assert exchange.figures()["pbx"] is False
        id_ = exchange.command("seat.ready", "seat05")
        await until(lambda: any(id_ in note for note in exchange.refusals()), "commands are answered")
        _, line = await exchange.dial(caller="13900000056")
        assert line.answered.is_set(), "a caller is still taken"
        assert exchange.said().count("refuses our AMI user or secret") == 1
        assert "this is not the secret" not in exchange.said()
        exchange.kill_switch(signal.SIGTERM)
        del exchange.env["HOTLINE_AMI_SECRET"]
        if right:
            exchange.env["HOTLINE_AMI_SECRET"] = right
        exchange.start_switch()

    run(exchange, test())


def test_a_taken_port_is_one_sentence(exchange: Exchange) -> None:
    first, exchange.process = exchange.process, None
    exchange.start_switch(wait=False)
    assert exchange.process is not None and exchange.process.wait(PATIENCE_S) == 2
    exchange.process = first
    last = exchange.said().splitlines()[-1]
    assert "FastAGI cannot listen on port" in last


def test_nothing_private_was_logged(exchange: Exchange) -> None:
    assert "139000" not in exchange.said()
    assert "Traceback" not in exchange.said()
