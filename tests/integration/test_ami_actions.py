"""What the switch has Asterisk do: which actions are sent, and what each answer means."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from hotline.domain.errors import Conflict, HotlineError, Invalid, NotFound, Unavailable
from hotline.domain.ids import CallId, SeatId
from hotline.services.reconcile import Stage
from hotline.services.seats import Membership
from hotline.telephony.ami_actions import AsteriskSwitch
from hotline.telephony.ami_link import LinkState
from tests.support import traces
from tests.support.ami_server import AmiServer, Fields, link_to, listing, says
from tests.support.patience import PATIENCE_S

CALL = CallId("2616da9d-3f47-44a7-9d8d-2ca19f9c99cf")
SEAT = SeatId("seat01")
Test = Callable[[AsteriskSwitch, AmiServer], Awaitable[None]]


def now() -> datetime:
    return datetime.now(UTC)


def with_switch(test: Test) -> None:
    """Run `test` with a link to an AMI server that is up."""

    async def run() -> None:
        async with asyncio.timeout(PATIENCE_S), AmiServer() as server, link_to(server) as link:
            assert link.state is LinkState.UP
            await test(AsteriskSwitch(link, now), server)

    asyncio.run(run())


def shows(server: AmiServer, trace: str = "shown_talking") -> None:
    """Let the server answer questions as a real Asterisk did."""
    by_event: dict[str, list[Fields]] = {}
    for message in traces.messages(trace):
        fields = {key: value for key, value in message.items() if isinstance(value, str)}
        by_event.setdefault(fields["Event"], []).append(fields)
    server.answers["CoreShowChannels"] = listing("CoreShowChannels", *by_event["CoreShowChannel"])
    server.answers["QueueStatus"] = listing(
        "QueueStatus", *by_event["QueueMember"], *by_event.get("QueueEntry", [])
    )
    server.answers["DeviceStateList"] = listing("DeviceStateList", *by_event["DeviceStateChange"])
    server.answers["Getvar"] = says(Response="Success", Variable="X", Value="13900000001")


def sent(server: AmiServer, name: str) -> list[Fields]:
    return [fields for fields in server.actions if fields["Action"] == name]


def test_into_the_line_and_out_of_it() -> None:
    async def test(pbx: AsteriskSwitch, server: AmiServer) -> None:
        await pbx.set_membership(Membership(seat=SEAT, in_queue=True, paused=True, reason="meal"))
        (added,) = sent(server, "QueueAdd")
        assert (added["Queue"], added["Interface"], added["Paused"]) == ("q_general", "PJSIP/seat01", "true")
        (paused,) = sent(server, "QueuePause")
        assert (paused["Paused"], paused["Reason"], "Queue" in paused) == ("true", "meal", False)
        await pbx.set_membership(Membership(seat=SEAT, in_queue=False))
        assert [fields["Queue"] for fields in sent(server, "QueueRemove")] == ["q_general"]

    with_switch(test)


def test_what_is_so_already_is_well() -> None:
    async def test(pbx: AsteriskSwitch, server: AmiServer) -> None:
        server.answers["QueueAdd"] = says(Response="Error", Message="Unable to add interface: Already there")
        server.answers["QueueRemove"] = says(
            Response="Error", Message="Unable to remove interface: Not there"
        )
        await pbx.set_membership(Membership(seat=SEAT, in_queue=True))
        await pbx.set_membership(Membership(seat=SEAT, in_queue=False))

    with_switch(test)


@pytest.mark.parametrize(
    "message", ["Permission denied", "Unable to add interface to queue: No such queue exists", ""]
)
def test_a_refusal_is_a_sentence(message: str) -> None:
    async def test(pbx: AsteriskSwitch, server: AmiServer) -> None:
        server.answers["QueuePause"] = says(Response="Error", Message=message)
        with pytest.raises(Conflict, match=r"Asterisk refuses: .+"):
            await pbx.pause(SEAT, "wrap_up")
        server.answers["QueueAdd"] = server.answers["QueuePause"]
        with pytest.raises(Conflict):
            await pbx.set_membership(Membership(seat=SEAT, in_queue=True))

    with_switch(test)


def test_an_unanswered_action_makes_the_whole_unknown() -> None:
    async def test(pbx: AsteriskSwitch, server: AmiServer) -> None:
        async def silent(server: AmiServer, fields: Fields) -> None:
            pass

        server.answers["QueueAdd"] = silent
        with pytest.raises(Unavailable, match="outcome unknown"):
            await pbx.set_membership(Membership(seat=SEAT, in_queue=True))
        assert sent(server, "QueuePause") == []

    with_switch(test)


@pytest.mark.parametrize("seat", ["trunk", "seat1", "seat01\r\nAction: Logoff", "", "seat01/x"])
def test_who_is_no_seat_is_never_told_to_asterisk(seat: str) -> None:
    async def test(pbx: AsteriskSwitch, server: AmiServer) -> None:
        for wanted in (True, False):
            with pytest.raises(Invalid):
                await pbx.set_membership(Membership(seat=SeatId(seat), in_queue=wanted))
        assert server.names() == []

    with_switch(test)


def test_hanging_up_ends_the_seats_own_leg_only() -> None:
    async def test(pbx: AsteriskSwitch, server: AmiServer) -> None:
        shows(server)
        await pbx.hang_up_leg(CALL, SEAT)
        (fields,) = sent(server, "Hangup")
        assert fields["Channel"].startswith("PJSIP/seat01-")
        for call_id, seat in ((CALL, SeatId("seat02")), (CallId("x"), SEAT)):
            with pytest.raises(NotFound):
                await pbx.hang_up_leg(call_id, seat)
        assert len(sent(server, "Hangup")) == 1

    with_switch(test)


def test_listening_spies_on_the_seats_leg_and_nobody_hears_the_listener() -> None:
    async def test(pbx: AsteriskSwitch, server: AmiServer) -> None:
        shows(server)
        server.answers["Originate"] = says(Response="Success", Message="Originate successfully queued")
        await pbx.listen(CALL, "sup01")
        (fields,) = sent(server, "Originate")
        leg, options = fields["Data"].split(",")
        assert leg.startswith("PJSIP/seat01-") and set(options).isdisjoint("wWBd")
        assert (fields["Channel"], fields["Application"]) == ("PJSIP/sup01", "ChanSpy")
        assert "X-Hotline-Purpose)=listen" in fields["Variable"]

    with_switch(test)


@pytest.mark.parametrize("endpoint", ["seat02", "trunk", "sup01,x", "", "sup01\r\nX: y"])
def test_only_a_supervisors_softphone_listens(endpoint: str) -> None:
    async def test(pbx: AsteriskSwitch, server: AmiServer) -> None:
        shows(server)
        with pytest.raises(Invalid):
            await pbx.listen(CALL, endpoint)
        assert server.names() == []

    with_switch(test)


def test_a_ringing_is_not_listened_to_twice_when_the_answer_is_lost() -> None:
    async def test(pbx: AsteriskSwitch, server: AmiServer) -> None:
        shows(server)
        server.silent.add("Originate")
        with pytest.raises(Unavailable, match="outcome unknown"):
            await pbx.listen(CALL, "sup01")
        assert len(sent(server, "Originate")) == 1

    with_switch(test)


def test_the_whole_state_of_asterisk() -> None:
    async def test(pbx: AsteriskSwitch, server: AmiServer) -> None:
        shows(server)
        live, channels = await pbx.snapshot()
        assert live.calls[CALL].stage is Stage.TALKING
        assert live.calls[CALL].from_number == "13900000001"
        assert channels == {"1795378878.0": CALL}
        asked = [fields["Variable"] for fields in sent(server, "Getvar")]
        assert asked == ["HOTLINE_FROM", "HOTLINE_LINE", "CHANNEL(onhold)"]
        assert live.calls[CALL].held is None, "neither yes nor no"

    with_switch(test)


@pytest.mark.parametrize(("said", "held"), [("1", True), ("0", False), ("", None)])
def test_whether_the_seat_holds_is_asked(said: str, held: bool | None) -> None:
    async def test(pbx: AsteriskSwitch, server: AmiServer) -> None:
        shows(server)
        server.answers["Getvar"] = says(Response="Success", Variable="X", Value=said)
        live, _ = await pbx.snapshot()
        assert live.calls[CALL].held is held

    with_switch(test)


def test_a_caller_who_hangs_up_while_we_ask_is_no_trouble() -> None:
    async def test(pbx: AsteriskSwitch, server: AmiServer) -> None:
        shows(server)
        server.answers["Getvar"] = says(Response="Error", Message="No such channel")
        live, _ = await pbx.snapshot()
        assert (live.calls[CALL].from_number, live.calls[CALL].line) == (None, "")

    with_switch(test)


@pytest.mark.parametrize("name", ["CoreShowChannels", "QueueStatus", "DeviceStateList"])
def test_a_list_that_asterisk_refuses_is_no_empty_list(name: str) -> None:
    """An empty list would end every call."""

    async def test(pbx: AsteriskSwitch, server: AmiServer) -> None:
        shows(server)
        server.answers[name] = says(Response="Error", Message="Permission denied")
        with pytest.raises(HotlineError):
            await pbx.snapshot()

    with_switch(test)


def test_strange_lists_are_survived() -> None:
    async def test(pbx: AsteriskSwitch, server: AmiServer) -> None:
        shows(server)
        wild: list[Any] = [
            {"Event": "CoreShowChannel", "Channel": "x" * 9000},
            {"Event": "Odd", "Uniqueid": ""},
        ]
        server.answers["CoreShowChannels"] = listing("CoreShowChannels", *wild)
        live, channels = await pbx.snapshot()
        assert live.calls == {} and channels == {}

    with_switch(test)
