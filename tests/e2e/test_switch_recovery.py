"""The switch, the link or Asterisk itself is gone for a while: calls go on, and afterwards the truth is known."""

import asyncio
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from hotline.domain.call import EndReason
from tests.support.exchange import Exchange, call_of, run, until
from tests.support.patience import PATIENCE_S

CLOSE = timedelta(seconds=1.5)  # queue_log knows whole seconds


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    running = Exchange.prepare()
    try:
        yield running
    finally:
        print(running.said())
        print([(p.name, p.stat().st_size) for p in running.settings.recordings_dir.iterdir()])
        running.remove()


def now() -> datetime:
    return datetime.now(UTC)


def test_the_switch_is_killed_while_five_calls_talk(exchange: Exchange) -> None:
    """Of the five: one goes on, two end by either side, and their seats take two new ones meanwhile: one that
    is over and one that goes on, and one caller gives up waiting.
    """

    async def test() -> None:
        exchange.start_switch()
        names = [f"seat{n:02d}" for n in range(1, 6)]
        seats = [await exchange.ready_seat(name) for name in names]
        talks = await asyncio.gather(*(exchange.dial(caller=f"1390000001{n}") for n in range(5)))
        legs = [await asyncio.wait_for(seat.invited.get(), PATIENCE_S) for seat in seats]
        ids = [call_of(leg) for leg in legs]
        for call_id in ids:
            await until(lambda call_id=call_id: exchange.call(call_id).state == "talking", "five talk")
        lines = {await_line[1].call_id: await_line for await_line in talks}
        assert len(lines) == 5

        exchange.kill_switch(signal.SIGKILL)
        assert len(exchange.pbx.channels()) == 10, "nobody noticed"
        killed_at = now()
        await seats[0].bye(legs[0])
        await seats[1].bye(legs[1])
        # Without the switch a seat gets the next call after five seconds.
        late, late_line = await exchange.dial(caller="13900000020")
        async with asyncio.timeout(PATIENCE_S):
            done, _ = await asyncio.wait(
                [asyncio.create_task(seat.invited.get()) for seat in seats[:2]],
                return_when=asyncio.FIRST_COMPLETED,
            )
        short_leg = next(iter(done)).result()
        await short_leg.answered.wait()
        await late.bye(late_line)
        gone, gone_line = await exchange.dial(caller="13900000021")
        await gone.bye(gone_line)
        await asyncio.sleep(1)

        back_at = now()
        exchange.start_switch()
        for call_id in ids[2:]:
            assert exchange.call(call_id).state == "talking"
        for call_id, name in zip(ids[:2], names[:2], strict=True):
            ended = exchange.call(call_id)
            assert ended.end_reason is EndReason.COMPLETED and ended.seat == name
            assert ended.ended_at and killed_at - CLOSE <= ended.ended_at <= back_at
        short = exchange.call(call_of(short_leg))
        assert short.end_reason is EndReason.COMPLETED and short.seat in names[:2]
        assert short.answered_at and killed_at - CLOSE <= short.answered_at <= back_at
        missed = next(call for call in exchange.calls() if call.from_number == "13900000021")
        assert missed.is_missed and missed.end_reason is EndReason.ABANDONED and missed.line == "12341"
        for name in names[:2]:
            await until(lambda name=name: exchange.seat(name).state == "wrap_up", f"{name} writes its ticket")
            await until(lambda name=name: exchange.members()[name] == "wrap_up", "and gets no call")
        for name, call_id in zip(names[2:], ids[2:], strict=True):
            assert exchange.seat(name).state == "talking" and exchange.seat(name).call_id == call_id
        with exchange.storage.reading() as tx:
            assert all(tx.tickets.of_call(exchange.call(i).id) for i in [*ids, short.id])
        for call_id in [*ids[:2], short.id]:
            await until(lambda call_id=call_id: _recording(exchange, call_id), "its recording is linked")

        for _, (citizen, line) in lines.items():
            await citizen.bye(line)
        for call_id in ids:
            await until(lambda call_id=call_id: exchange.call(call_id).is_over, "all are over")
        assert len(exchange.calls()) == 7

    run(exchange, test())


def _recording(exchange: Exchange, call_id: str) -> object:
    with exchange.storage.reading() as tx:
        return tx.recordings.get(exchange.call(call_id).id)


def test_killed_before_anything_and_the_call_answered_meanwhile(exchange: Exchange) -> None:
    """A call that waits when the switch dies is talking when it is back, with its real times."""

    async def test() -> None:
        exchange.start_switch()
        citizen, line = await exchange.dial(caller="13900000030")
        waiting = await until(
            lambda: next((c for c in exchange.calls() if c.state == "waiting"), None), "waiting"
        )
        exchange.kill_switch(signal.SIGKILL)
        seat = await exchange.phone("seat01")
        exchange.pbx.ami("Action: QueueAdd\r\nQueue: q_general\r\nInterface: PJSIP/seat01")
        rung_at = now()
        leg = await asyncio.wait_for(seat.invited.get(), PATIENCE_S)
        await leg.answered.wait()
        await asyncio.sleep(1)
        back_at = now()
        exchange.start_switch()
        call = exchange.call(waiting.id)
        assert (call.state, call.seat) == ("talking", "seat01")
        assert call.answered_at and rung_at - CLOSE <= call.answered_at <= back_at
        assert exchange.seat("seat01").state == "talking"
        await citizen.bye(line)
        await until(lambda: exchange.call(waiting.id).is_over, "over")

    run(exchange, test())


def test_held_and_taken_off_hold_while_the_switch_is_dead(exchange: Exchange) -> None:
    """Asterisk writes down neither: it is asked what is so now."""

    async def test() -> None:
        exchange.start_switch()
        seats = [await exchange.ready_seat(name) for name in ("seat01", "seat02")]
        talks = [await exchange.dial(caller=f"1390000005{n}") for n in range(2)]
        legs = [await asyncio.wait_for(seat.invited.get(), PATIENCE_S) for seat in seats]
        for seat, leg in zip(seats, legs, strict=True):
            await until(lambda leg=leg: exchange.call(call_of(leg)).state == "talking", f"{seat.user} talks")
        await seats[0].hold(legs[0])
        await until(lambda: exchange.call(call_of(legs[0])).state == "held", "the first is on hold")

        exchange.kill_switch(signal.SIGKILL)
        await seats[0].hold(legs[0], held=False)
        await seats[1].hold(legs[1])
        exchange.start_switch()
        resumed, held = (exchange.call(call_of(leg)) for leg in legs)
        back_at = now()
        assert (resumed.state, held.state) == ("talking", "held")
        assert 0 < resumed.held_s <= (back_at - resumed.arrived_at).total_seconds()

        await seats[1].hold(legs[1], held=False)
        await until(lambda: exchange.call(held.id).state == "talking", "both talk")
        for citizen, line in talks:
            await citizen.bye(line)
        for leg in legs:
            await until(lambda leg=leg: exchange.call(call_of(leg)).is_over, "over")
        assert exchange.call(resumed.id).held_s == resumed.held_s, "the talk after it is no hold"

    run(exchange, test())


def test_asterisk_is_killed_and_started_again(exchange: Exchange) -> None:
    async def test() -> None:
        exchange.start_switch()
        seat = await exchange.ready_seat("seat01")
        await exchange.ready_seat("seat02", answer_after=None)
        exchange.command("seat.pause", "seat02", reason="meal")
        await until(lambda: exchange.seat("seat02").state == "paused", "at lunch")
        _, _, leg = await exchange.talk(seat)
        await until(lambda: exchange.call(call_of(leg)).state == "talking", "they talk")
        exchange.pbx.kill(signal.SIGKILL)
        assert exchange.pbx.process is not None
        exchange.pbx.process.wait(PATIENCE_S)
        await until(lambda: exchange.figures().get("pbx") is False, "the switch knows")
        assert exchange.call(call_of(leg)).state == "talking", "not ended by a guess"
        exchange.pbx.start()
        await until(lambda: exchange.call(call_of(leg)).is_over, "the call cannot be any more")
        lost = exchange.call(call_of(leg))
        assert lost.end_reason is EndReason.LOST and lost.answered_at, (
            "answered, and nobody knows when it ended"
        )
        await until(lambda: exchange.seat("seat01").state == "wrap_up", "its ticket is to be written")
        await until(
            lambda: exchange.members() == {"seat01": "wrap_up", "seat02": "meal"}, "as the database says"
        )
        exchange.save_ticket(call_of(leg))
        await until(lambda: exchange.members()["seat01"] == "", "calls again")

    run(exchange, test())


def test_asterisk_is_frozen_for_a_while(exchange: Exchange) -> None:
    async def test() -> None:
        exchange.start_switch()
        seat = await exchange.ready_seat("seat01")
        citizen, line, leg = await exchange.talk(seat)
        await until(lambda: exchange.call(call_of(leg)).state == "talking", "they talk")
        exchange.pbx.kill(signal.SIGSTOP)
        await until(lambda: exchange.figures().get("pbx") is False, "silence is noticed")
        assert exchange.call(call_of(leg)).state == "talking"
        id_ = exchange.command("call.hang_up", "seat01", call_id=call_of(leg))
        await until(lambda: any(id_ in note for note in exchange.refusals()), "a command says so")
        exchange.pbx.kill(signal.SIGCONT)
        await until(lambda: exchange.figures().get("pbx"), "the link is up again")
        await until(lambda: exchange.figures()["resyncs"] >= 2, "in step again")
        assert exchange.call(call_of(leg)).state == "talking"
        await citizen.bye(line)
        await until(lambda: exchange.call(call_of(leg)).is_over, "over")

    run(exchange, test())


@dataclass
class Wire:
    """A TCP line between switch and Asterisk that a test can cut."""

    target: int
    port: int = 0
    cut: bool = False
    sockets: list[socket.socket] = field(default_factory=list)

    def open(self) -> "Wire":
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self.cut:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self.target))
                self.sockets += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    @staticmethod
    def _carry(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(4096):
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def break_it(self) -> None:
        self.cut = True
        for end in self.sockets:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.break_it()
        self._listener.close()


def test_the_link_is_cut_and_calls_come_end_and_change_meanwhile(exchange: Exchange) -> None:
    async def test() -> None:
        wire = Wire(exchange.settings.ami_port).open()
        exchange.env["HOTLINE_AMI_PORT"] = str(wire.port)
        exchange.start_switch()
        one, two = await exchange.ready_seat("seat01"), await exchange.ready_seat("seat02")
        citizen, line, leg = await exchange.talk(one, caller="13900000041")
        await until(lambda: exchange.call(call_of(leg)).state == "talking", "they talk")
        wire.break_it()
        await until(lambda: exchange.figures().get("pbx") is False, "the switch knows")
        _, second_line, second_leg = await exchange.talk(two, caller="13900000042")
        cut_at = now()
        await citizen.bye(line)
        id_ = exchange.command("seat.ready", "seat03")
        await until(
            lambda: any(id_ in note for note in exchange.refusals()), "commands are refused meanwhile"
        )
        assert exchange.seat("seat03").state == "offline"
        back_at = now()
        wire.cut = False
        await until(lambda: exchange.figures().get("pbx"), "up again")
        await until(lambda: exchange.call(call_of(leg)).is_over, "the end is known")
        ended = exchange.call(call_of(leg))
        assert ended.end_reason is EndReason.COMPLETED
        assert ended.ended_at and cut_at - CLOSE <= ended.ended_at <= back_at
        await until(lambda: exchange.seat("seat01").state == "wrap_up", "its ticket")
        await until(lambda: exchange.members()["seat01"] == "wrap_up", "and its rest")
        second = exchange.call(call_of(second_leg))
        assert (second.state, second.seat, second.from_number) == ("talking", "seat02", "13900000042")
        exchange.command("call.hang_up", "seat02", call_id=call_of(second_leg))
        async with asyncio.timeout(PATIENCE_S):
            await second_line.ended.wait()
        wire.close()

    run(exchange, test())


def test_resynchronising_again_changes_nothing(exchange: Exchange) -> None:
    async def test() -> None:
        exchange.start_switch()
        seat = await exchange.ready_seat("seat01")
        citizen, line, leg = await exchange.talk(seat)
        await citizen.bye(line)
        await until(lambda: exchange.seat("seat01").state == "wrap_up", "wrap-up")
        await until(lambda: _recording(exchange, call_of(leg)), "recorded")
        calls, before = exchange.calls(), exchange.seat("seat01")
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL):
            exchange.kill_switch(number)
            (exchange.settings.runtime_dir / "switch.synced").unlink(missing_ok=True)
            exchange.start_switch()
        assert exchange.calls() == calls
        assert replace(exchange.seat("seat01"), since=before.since) == before

    run(exchange, test())
