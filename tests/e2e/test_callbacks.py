"""A real Asterisk calls citizens back: the seat's telephone first, then the citizen's, who is shown 12341."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotline.domain.ids import CallId, SeatId
from hotline.services import accounts, callbacks
from hotline.services.ports_callbacks import Dial
from hotline.storage.passwords import Argon2Passwords
from tests.support.exchange import Exchange, Humming, run, until
from tests.support.sip_peer import SipPeer

CITIZEN = "13900000077"


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    running = Exchange.prepare()
    try:
        running.start_switch()
        with running.storage.writing() as tx:
            for seat in ("seat01", "seat02"):
                accounts.create(tx, Argon2Passwords(), login=seat, name=seat, role="seat", seat=seat)
        yield running
    finally:
        print(running.said())
        running.remove()


async def citizens_phone(exchange: Exchange, **how: int) -> SipPeer:
    host, port = exchange.settings.trunk_out.split(":")
    peer = await Humming(CITIZEN, **how).open(host, int(port))
    exchange.peers.append(peer)
    return peer


async def a_missed_call(exchange: Exchange) -> CallId:
    """He waits with nobody there, and gives up."""
    peer, line = await exchange.dial(caller=CITIZEN)
    await until(lambda: any(call.state == "waiting" for call in exchange.calls()), "he waits")
    await peer.bye(line)
    await until(lambda: all(call.is_over for call in exchange.calls()), "he gives up")
    return max((call for call in exchange.calls() if call.is_missed), key=lambda call: call.arrived_at).id


async def begin(exchange: Exchange, call_id: CallId, seat: str = "seat01") -> Dial:
    await until(lambda: exchange.seat(seat).reachable, "its telephone is there")
    with exchange.storage.writing() as tx:
        account = tx.accounts.by_seat(SeatId(seat))
        assert account
        return callbacks.begin(tx, account, None, call_id, datetime.now(UTC))


def dial_of(exchange: Exchange, dial: Dial) -> Dial:
    with exchange.storage.reading() as tx:
        found = tx.callbacks.get(dial.id)
    assert found
    return found


def test_seat_and_citizen_talk_and_both_are_recorded(exchange: Exchange) -> None:
    async def test() -> None:
        call_id = await a_missed_call(exchange)
        seat, citizen = await exchange.ready_seat("seat01"), await citizens_phone(exchange)
        dial = await begin(exchange, call_id)
        exchange.command("callback.dial", "seat01", dial=dial.id)
        leg = await asyncio.wait_for(seat.invited.get(), 20)
        assert (leg.headers["x-hotline-purpose"], leg.headers["x-hotline-dial"]) == ("callback", dial.id)
        assert CITIZEN not in str(leg.headers), "the seat sees no number"
        ring = await asyncio.wait_for(citizen.invited.get(), 20)
        assert "12341" in ring.headers["from"] and "seat01" not in str(ring.headers)
        await until(lambda: dial_of(exchange, dial).answered_at, "they talk")
        await until(lambda: exchange.seat("seat01").state == "paused", "no other call comes to this seat")
        assert exchange.seat("seat01").reason == "callback" and exchange.members() == {"seat01": "callback"}
        sound = Path(exchange.settings.recordings_dir) / f"{dial.id}.wav"
        await until(lambda: sound.exists() and sound.stat().st_size > 16_000, "both voices are recorded")
        await citizen.bye(ring)
        await until(lambda: dial_of(exchange, dial).result == "answered", "it is over")
        await asyncio.wait_for(leg.ended.wait(), 10)
        assert not exchange.pbx.channels()

    run(exchange, test())


def test_a_citizen_who_is_busy(exchange: Exchange) -> None:
    async def test() -> None:
        call_id = await a_missed_call(exchange)
        seat = await exchange.phone("seat01")
        await citizens_phone(exchange, refuse_with=486)
        dial = await begin(exchange, call_id)
        exchange.command("callback.dial", "seat01", dial=dial.id)
        leg = await asyncio.wait_for(seat.invited.get(), 20)
        await until(lambda: dial_of(exchange, dial).result == "busy", "he is busy")
        assert dial_of(exchange, dial).answered_at is None
        await asyncio.wait_for(leg.ended.wait(), 10)

    run(exchange, test())


def test_a_seat_that_does_not_answer_rings_no_citizen(exchange: Exchange) -> None:
    async def test() -> None:
        call_id = await a_missed_call(exchange)
        await exchange.phone("seat01", refuse_with=480)
        citizen = await citizens_phone(exchange)
        dial = await begin(exchange, call_id)
        exchange.command("callback.dial", "seat01", dial=dial.id)
        await until(lambda: dial_of(exchange, dial).result == "failed", "nothing came of it", 30)
        assert citizen.invited.empty()

    run(exchange, test())


def test_nobody_dials_for_another_seat_nor_twice(exchange: Exchange) -> None:
    async def test() -> None:
        call_id = await a_missed_call(exchange)
        await exchange.phone("seat01", refuse_with=480)
        citizen = await citizens_phone(exchange)
        dial = await begin(exchange, call_id)
        ids = [exchange.command("callback.dial", "seat02", dial=dial.id)]
        ids += [
            exchange.command("callback.dial", "seat01", dial=bad)
            for bad in ("", "x" * 300, "1\r\nAction: Logoff")
        ]
        for id_ in ids:
            await until(lambda id_=id_: any(note.startswith(id_) for note in exchange.refusals()), "refused")
        exchange.command("callback.dial", "seat01", dial=dial.id)
        await until(lambda: dial_of(exchange, dial).ended_at, "over")
        again = exchange.command("callback.dial", "seat01", dial=dial.id)
        await until(lambda: any(note.startswith(again) for note in exchange.refusals()), "it is over already")
        assert citizen.invited.empty()

    run(exchange, test())


def test_nothing_private_was_logged(exchange: Exchange) -> None:
    assert CITIZEN not in exchange.said()
    assert CITIZEN not in (exchange.settings.runtime_dir / "asterisk/log/messages").read_text()
