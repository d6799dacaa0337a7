"""The citizen's telephone against other sides that refuse, lose messages, say nonsense or nothing."""

import asyncio
import itertools
import socket
from array import array
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hotline.domain.errors import Invalid, Unavailable
from hotline.telephony import citizen_sip
from hotline.telephony.citizen import At, CitizenCall, CitizenOutcome, EndedBy, Step, View, place_call
from hotline.telephony.sip_message import SipMessage, build, offer
from tests.support.patience import PATIENCE_S
from tests.support.servers import free_port
from tests.support.sip_exchange import CALL_ID, Exchange
from tests.support.sip_peer import SipPeer


def against(
    play: "Callable[[Exchange], Awaitable[None]]", **options: Any
) -> tuple[CitizenOutcome, "Exchange"]:
    """One call to an exchange that follows `play`."""

    async def both() -> tuple[CitizenOutcome, Exchange]:
        exchange = await Exchange.open()
        part = asyncio.create_task(exchange.follow(play))
        try:
            values: dict[str, Any] = {"from_number": "13800000001", "limit_s": 15.0}
            watch = options.pop("watch", None)
            call = CitizenCall(server=exchange.address, **(values | options))
            async with asyncio.timeout(PATIENCE_S):
                return await place_call(call, watch=watch), exchange
        finally:
            part.cancel()
            exchange.transport.close()

    return asyncio.run(both())


def test_a_call_from_end_to_end() -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.take()
        exchange.reply(await exchange.next("BYE"), "200 OK")

    outcome, exchange = against(play, hang_up=At(step=Step.GREETING, after_s=0.3))
    assert (outcome.status, outcome.ended_by, outcome.call_id) == (200, EndedBy.CITIZEN, CALL_ID)
    assert list(outcome.steps) == [Step.CALLING, Step.GREETING, Step.ENDED]
    assert [m for m in exchange.methods() if m != "INVITE"] == ["ACK", "BYE"]
    assert outcome.answered is False


def test_the_other_side_hangs_up() -> None:
    async def play(exchange: Exchange) -> None:
        exchange.ask("BYE", await exchange.take())

    outcome, _ = against(play)
    assert outcome.ended_by is EndedBy.HOTLINE


@pytest.mark.parametrize(
    "status", ["404 Not Found", "486 Busy Here", "603 Decline", "401 Unauthorized", "503 X"]
)
def test_a_refusal_is_acknowledged_and_told(status: str) -> None:
    async def play(exchange: Exchange) -> None:
        exchange.reply(await exchange.next("INVITE"), status)
        assert (await exchange.next("ACK")).get("to").endswith(";tag=x")

    outcome, exchange = against(play)
    assert (outcome.status, outcome.ended_by) == (int(status[:3]), EndedBy.REFUSED)
    assert exchange.failure is None


def test_a_lost_invite_is_sent_again() -> None:
    async def play(exchange: Exchange) -> None:
        for _ in range(2):
            await exchange.next("INVITE")
        exchange.ask("BYE", await exchange.take())

    outcome, _ = against(play)
    assert outcome.ended_by is EndedBy.HOTLINE


def test_a_lost_ack_is_sent_again_and_a_lost_bye_too() -> None:
    async def play(exchange: Exchange) -> None:
        invite = await exchange.take()
        for _ in range(3):
            exchange.reply(invite, "200 OK", offer("127.0.0.1", 9, (8,)))
            await exchange.next("ACK")
        await exchange.next("BYE")
        exchange.reply(await exchange.next("BYE"), "200 OK")

    outcome, exchange = against(play, hang_up=At(step=Step.GREETING, after_s=0.5))
    assert outcome.ended_by is EndedBy.CITIZEN
    assert exchange.methods().count("ACK") == 4
    assert exchange.methods().count("BYE") == 2


def test_hanging_up_while_it_rings_cancels() -> None:
    async def play(exchange: Exchange) -> None:
        invite = await exchange.next("INVITE")
        exchange.reply(invite, "180 Ringing")
        exchange.reply(await exchange.next("CANCEL"), "200 OK")
        exchange.reply(invite, "487 Request Terminated")

    outcome, exchange = against(play, hang_up=At(step=Step.RINGING, after_s=0.2))
    assert outcome.ended_by is EndedBy.CITIZEN
    assert Step.RINGING in outcome.steps
    assert [m for m in exchange.methods() if m != "INVITE"][:2] == ["CANCEL", "ACK"]


def test_an_answer_that_crosses_the_cancel_is_hung_up() -> None:
    async def play(exchange: Exchange) -> None:
        invite = await exchange.next("INVITE")
        exchange.reply(invite, "180 Ringing")
        await exchange.next("CANCEL")
        exchange.reply(invite, "200 OK", offer("127.0.0.1", 9, (8,)))
        await exchange.next("ACK")
        exchange.reply(await exchange.next("BYE"), "200 OK")

    outcome, exchange = against(play, hang_up=At(step=Step.RINGING, after_s=0.1))
    assert outcome.ended_by is EndedBy.CITIZEN
    assert exchange.methods()[-1] == "BYE"


def test_requests_inside_the_call_are_answered() -> None:
    async def play(exchange: Exchange) -> None:
        invite = await exchange.take()
        sdp = offer("127.0.0.1", 9, (0,))
        for method, body, status in (
            ("INVITE", sdp, 200),
            ("UPDATE", "", 200),
            ("OPTIONS", "", 200),
            ("INFO", "", 200),
            ("REFER", "", 501),
        ):
            exchange.ask(method, invite, body)
            answer = await exchange.next(method)
            assert answer.status == status, method
        exchange.ask("BYE", invite)

    outcome, exchange = against(play)
    assert exchange.failure is None
    assert outcome.ended_by is EndedBy.HOTLINE


def test_nonsense_changes_nothing() -> None:
    async def play(exchange: Exchange) -> None:
        invite = await exchange.take()
        exchange.say(b"\xff" * 900)
        exchange.say(b"BYE sip:x SIP/2.0\r\n\r\n")
        stranger = SipMessage(start="x", headers=(*invite.headers, ("call-id", "other")))
        exchange.say(
            build(
                "BYE sip:x SIP/2.0",
                tuple(h for h in stranger.headers if h != ("call-id", invite.get("call-id"))),
            )
        )
        exchange.reply(await exchange.next("BYE"), "200 OK")

    outcome, exchange = against(play, hang_up=At(step=Step.GREETING, after_s=0.5))
    assert outcome.ended_by is EndedBy.CITIZEN
    assert exchange.failure is None


def test_an_answer_without_sound_is_still_a_call() -> None:
    async def play(exchange: Exchange) -> None:
        invite = await exchange.next("INVITE")
        exchange.reply(invite, "200 OK", "v=0\r\nm=audio 9 RTP/AVP 18\r\n")
        await exchange.next("ACK")
        exchange.ask("BYE", invite)

    outcome, _ = against(play)
    assert (outcome.ended_by, outcome.packets, outcome.call_id) == (EndedBy.HOTLINE, 0, None)


def test_nobody_there_is_told_at_once() -> None:
    port = free_port(socket.SOCK_DGRAM)
    outcome = asyncio.run(place_call(CitizenCall(server=("127.0.0.1", port))))
    assert outcome.ended_by is EndedBy.NOBODY
    assert outcome.steps[Step.ENDED] < citizen_sip.GIVE_UP_S


def test_an_exchange_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(citizen_sip, "GIVE_UP_S", 1.0)

    async def play(exchange: Exchange) -> None:
        await exchange.next("NOTHING")

    outcome, exchange = against(play)
    assert outcome.ended_by is EndedBy.NOBODY
    assert exchange.methods().count("INVITE") >= 2


def test_an_exchange_that_only_tries_ends_at_the_limit() -> None:
    async def play(exchange: Exchange) -> None:
        invite = await exchange.next("INVITE")
        exchange.reply(invite, "100 Trying")
        exchange.reply(await exchange.next("CANCEL"), "200 OK")
        exchange.reply(invite, "487 Request Terminated")

    outcome, _ = against(play, limit_s=0.5)
    assert outcome.ended_by is EndedBy.CITIZEN


def test_what_the_hotline_knows_is_the_word_on_who_answered() -> None:
    views: list[View] = [
        {"state": "arriving"},
        {"state": "waiting", "queued_at": 1.0},
        {"state": "talking", "answered_at": 2.0},
    ]
    asked: list[str] = []

    def watch(call_id: str) -> View | None:
        asked.append(call_id)
        return views[min(len(asked), len(views)) - 1]

    async def play(exchange: Exchange) -> None:
        await exchange.take()
        exchange.reply(await exchange.next("BYE"), "200 OK")

    outcome, _ = against(play, watch=watch, hang_up=At(step=Step.TALKING, after_s=0.2))
    assert set(asked) == {CALL_ID}
    assert outcome.answered
    assert outcome.view == views[-1]
    assert list(outcome.steps) == [Step.CALLING, Step.GREETING, Step.QUEUE, Step.TALKING, Step.ENDED]


def test_it_speaks_presses_and_sends_sound_in_time() -> None:
    packets: list[tuple[float, bytes]] = []

    class Sound(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            packets.append((asyncio.get_running_loop().time(), data))

    async def play(exchange: Exchange) -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(Sound, local_addr=("127.0.0.1", 0))
        invite = await exchange.next("INVITE")
        exchange.reply(invite, "200 OK", offer("127.0.0.1", transport.get_extra_info("sockname")[1], (0,)))
        await exchange.next("ACK")
        exchange.reply(await exchange.next("BYE"), "200 OK")
        transport.close()

    keys = ((At(step=Step.GREETING, after_s=0.6), "5"), (At(step=Step.GREETING, after_s=0.6), "#"))
    against(
        play,
        samples=array("h", [8000] * 1600),
        speak=At(step=Step.GREETING, after_s=0.2),
        keys=keys,
        hang_up=At(step=Step.GREETING, after_s=1.5),
    )
    kinds = [data[1] & 0x7F for _, data in packets]
    lasted_s = packets[-1][0] - packets[0][0]
    assert len(packets) >= 60 and 40 <= len(packets) / lasted_s <= 60  # 50 a second
    sequence = [int.from_bytes(data[2:4], "big") for _, data in packets]
    assert all((b - a) & 0xFFFF == 1 for a, b in itertools.pairwise(sequence))
    loud = [data for _, data in packets if data[1] & 0x7F == 0 and data[12:] != b"\xff" * 160]
    assert len(loud) == 10  # 0.2 s of sound
    events = [data for _, data in packets if data[1] & 0x7F == 101]
    assert len(events) == 18 and kinds.count(101) == 18
    assert [data[12] for data in events] == [5] * 9 + [11] * 9
    assert [bool(data[13] & 0x80) for data in events] == ([False] * 6 + [True] * 3) * 2
    assert [bool(data[1] & 0x80) for data in events] == ([True] + [False] * 8) * 2
    assert len({data[4:8] for data in events}) == 2  # one timestamp a key
    gaps = [b[0] - a[0] for a, b in itertools.pairwise(packets)]
    assert sorted(gaps)[len(gaps) // 2] == pytest.approx(0.02, abs=0.005)


def test_a_quiet_telephone_sends_nothing_in_silence() -> None:
    async def play(exchange: Exchange) -> None:
        exchange.ask("BYE", await exchange.take())

    outcome, exchange = against(play, dtx=True)
    assert outcome.ended_by is EndedBy.HOTLINE and exchange.failure is None


@pytest.mark.parametrize(
    "options",
    [{"number": ""}, {"number": "12341@x"}, {"number": "1" * 65}, {"number": "1\r\n2"}, {"from_number": "x"},
     {"keys": ((At(step=Step.QUEUE), "x"),)}, {"keys": ((At(step=Step.QUEUE), "12"),)}],
)  # fmt: skip
def test_a_call_nobody_could_make_is_invalid(options: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        asyncio.run(place_call(CitizenCall(server=("127.0.0.1", 9), **options)))


def test_an_address_this_machine_does_not_have() -> None:
    with pytest.raises(Unavailable, match=r"cannot call from 192\.0\.2\.1"):
        asyncio.run(place_call(CitizenCall(server=("127.0.0.1", 9), local_host="192.0.2.1")))


def test_ending_the_program_hangs_up() -> None:
    async def both() -> list[str]:
        exchange = await Exchange.open()
        task = asyncio.create_task(place_call(CitizenCall(server=exchange.address)))
        await exchange.take()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await exchange.next("BYE")
        exchange.transport.close()
        return exchange.methods()

    assert asyncio.run(both())[-1] == "BYE"


def test_twenty_citizens_at_once() -> None:
    async def many() -> list[CitizenOutcome]:
        peer = await SipPeer("12341", answer_after=0.05).open("127.0.0.1")
        call = CitizenCall(server=(peer.host, peer.port), hang_up=At(step=Step.GREETING, after_s=0.5))
        try:
            return await asyncio.gather(*(place_call(call) for _ in range(20)))
        finally:
            peer.close()

    outcomes = asyncio.run(many())
    assert [outcome.ended_by for outcome in outcomes] == [EndedBy.CITIZEN] * 20
