"""A real Asterisk calls citizens back: the seat's telephone first, then the citizen's, who is shown 12341."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotline.calendars import shipped, sources
from hotline.domain.errors import Conflict
from hotline.domain.ids import CallId, SeatId, TicketId
from hotline.domain.ticket_course import Course
from hotline.services import accounts, calendar, callbacks, units
from hotline.services.ports_callbacks import Dial
from tests.support.exchange import Exchange, Humming, run, until
from tests.support.patience import PATIENCE_S
from tests.support.quick import PASSWORDS
from tests.support.replied import replied_ticket

CITIZEN = "13900000077"


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    running = Exchange.prepare()
    try:
        running.start_switch()
        with running.storage.writing() as tx:
            calendar.furnish(tx, shipped.load(), sources.statutory, datetime.now(UTC))
            units.furnish(tx, ["市水务集团"])
            for seat in ("seat01", "seat02"):
                accounts.create(tx, PASSWORDS, login=seat, name=seat, role="seat", seat=seat)
        yield running
    finally:
        print(running.said())
        running.remove()


@pytest.fixture
def asking(exchange: Exchange) -> Iterator[Exchange]:
    """The same, with the city's wish that complaints are asked by machine at any hour."""
    exchange.kill_switch()
    wish = {"HOTLINE_AUTO_CALLBACK": "complaint", "HOTLINE_AUTO_CALLBACK_HOURS": "0-24"}
    exchange.env |= wish
    exchange.start_switch()
    yield exchange
    for key in wish:
        del exchange.env[key]


def course(exchange: Exchange, ticket: TicketId) -> Course:
    with exchange.storage.reading() as tx:
        found = tx.courses.get(ticket)
    assert found
    return found


async def citizens_phone(exchange: Exchange, **how: int) -> Humming:
    host, port = exchange.settings.trunk_out.split(":")
    peer = await Humming(CITIZEN, **how).open(host, int(port))
    exchange.peers.append(peer)
    return peer


async def a_missed_call(exchange: Exchange) -> CallId:
    """He waits with nobody there, and gives up."""
    exchange.command("seat.offline", "seat01")
    await until(lambda: exchange.seat("seat01").state == "offline", "nobody is there")
    peer, line = await exchange.dial(caller=CITIZEN)
    await until(lambda: any(call.state == "waiting" for call in exchange.calls()), "he waits")
    await peer.bye(line)
    await until(lambda: all(call.is_over for call in exchange.calls()), "he gives up")
    return max((call for call in exchange.calls() if call.is_missed), key=lambda call: call.arrived_at).id


async def begin(exchange: Exchange, call_id: CallId, seat: str = "seat01") -> Dial:
    def try_it() -> Dial | None:
        """The telephone of the test before may still be on its way out."""
        with exchange.storage.writing() as tx:
            account = tx.accounts.by_seat(SeatId(seat))
            assert account
            try:
                return callbacks.begin(tx, account, None, call_id, datetime.now(UTC))
            except Conflict as problem:
                assert problem.reason == "unreachable"
                return None

    found: Dial = await until(try_it, "its telephone is there", 60)
    return found


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
        leg = await asyncio.wait_for(seat.invited.get(), PATIENCE_S)
        assert (leg.headers["x-hotline-purpose"], leg.headers["x-hotline-dial"]) == ("callback", dial.id)
        assert CITIZEN not in str(leg.headers), "the seat sees no number"
        ring = await asyncio.wait_for(citizen.invited.get(), PATIENCE_S)
        assert "12341" in ring.headers["from"] and "seat01" not in str(ring.headers)
        await until(lambda: dial_of(exchange, dial).answered_at, "they talk")
        shown = exchange.pbx.ami("Action: CoreShowChannels", wait_for="EventList: Complete")
        assert f"Uniqueid: {dial.id}\r\n" in shown, "by this the switch finds a call of unknown outcome"
        await until(lambda: exchange.seat("seat01").state == "paused", "no other call comes to this seat")
        assert exchange.seat("seat01").reason == "callback" and exchange.members() == {"seat01": "callback"}
        sound = Path(exchange.settings.recordings_dir) / f"{dial.id}.wav"
        await until(lambda: sound.exists() and sound.stat().st_size > 16_000, "both voices are recorded")
        await citizen.bye(ring)
        await until(lambda: dial_of(exchange, dial).result == "answered", "it is over")
        await asyncio.wait_for(leg.ended.wait(), PATIENCE_S)
        assert not exchange.pbx.channels()

    run(exchange, test())


def test_a_citizen_who_is_busy(exchange: Exchange) -> None:
    async def test() -> None:
        call_id = await a_missed_call(exchange)
        seat = await exchange.ready_seat("seat01")
        await citizens_phone(exchange, refuse_with=486)
        dial = await begin(exchange, call_id)
        exchange.command("callback.dial", "seat01", dial=dial.id)
        leg = await asyncio.wait_for(seat.invited.get(), PATIENCE_S)
        await until(lambda: dial_of(exchange, dial).result == "busy", "he is busy")
        assert dial_of(exchange, dial).answered_at is None
        await asyncio.wait_for(leg.ended.wait(), PATIENCE_S)

    run(exchange, test())


def test_a_seat_that_does_not_answer_rings_no_citizen(exchange: Exchange) -> None:
    async def test() -> None:
        call_id = await a_missed_call(exchange)
        await exchange.ready_seat("seat01", refuse_with=480)
        citizen = await citizens_phone(exchange)
        dial = await begin(exchange, call_id)
        exchange.command("callback.dial", "seat01", dial=dial.id)
        await until(lambda: dial_of(exchange, dial).result == "failed", "nothing came of it")
        assert citizen.invited.empty()

    run(exchange, test())


def test_nobody_dials_for_another_seat_nor_twice(exchange: Exchange) -> None:
    async def test() -> None:
        call_id = await a_missed_call(exchange)
        await exchange.ready_seat("seat01", refuse_with=480)
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


def a_replied_ticket(exchange: Exchange) -> TicketId:
    with exchange.storage.writing() as tx:
        return replied_ticket(tx, CITIZEN)


def test_the_hotline_asks_by_itself_and_the_key_goes_into_the_ticket(asking: Exchange) -> None:
    """Off unless the city chose the kind; the citizen presses 3: it is done again."""

    async def test() -> None:
        citizen = await citizens_phone(asking)
        ticket = a_replied_ticket(asking)
        ring = await asyncio.wait_for(citizen.invited.get(), PATIENCE_S)
        assert "12341" in ring.headers["from"]
        await asyncio.wait_for(ring.answered.wait(), PATIENCE_S)
        await asyncio.sleep(1.0)  # he listens for a moment, as people do
        citizen.press("3")
        await asyncio.wait_for(ring.ended.wait(), PATIENCE_S)
        await until(lambda: course(asking, ticket).state == "closed", "it is settled")
        found = course(asking, ticket)
        assert found.answers and (found.answers.satisfaction, found.answers.solved) == ("not", False)
        assert found.again_as, "who is not satisfied has it done again"
        with asking.storage.reading() as tx:
            (dial,) = tx.callbacks.of_ticket(found.key)
        assert (dial.seat, dial.pressed, dial.reached) == (None, "3", True)
        sound = Path(asking.settings.recordings_dir) / f"{dial.id}.wav"
        assert sound.stat().st_size > 16_000, "what he said is kept"

    run(asking, test())


def test_nothing_private_was_logged(exchange: Exchange) -> None:
    assert CITIZEN not in exchange.said()
    assert CITIZEN not in (exchange.settings.runtime_dir / "asterisk/log/messages").read_text()
