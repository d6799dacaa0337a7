"""What the switch has Asterisk do: queue members, hanging up, listening; and asking what there is."""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime

from panoramisk.message import Message

from hotline.domain.errors import Conflict, Invalid, NotFound
from hotline.domain.ids import CallId, SeatId
from hotline.services.reconcile import LiveState
from hotline.services.seats import Membership
from hotline.telephony.ami_link import AmiLink
from hotline.telephony.ami_protocol import REFUSED
from hotline.telephony.ami_translate import AUTO_CALLBACK, CALLBACK, dialled_number, text
from hotline.telephony.queue_names import LINE
from hotline.telephony.recovery import (
    Caller,
    Snapshot,
    caller_variable,
    callers_channels,
    channel_names,
    live_state,
    seat_leg,
)

RING_LISTENER_MS = 20_000
RING_SEAT_MS = 15_000
RING_CITIZEN_MS = 45_000
LISTING_S = 5.0
ASK_AT_ONCE = 20
_SEAT = re.compile(r"seat[0-9]{2}\Z")
_YES_OR_NO = {"1": True, "0": False}
_LISTENER = re.compile(r"sup[0-9]{2}\Z")
ALREADY_IN, ALREADY_OUT, ALREADY_OVER = "already there", "not there", "no such channel"


class AsteriskSwitch:
    """Each method does its action once and raises Unavailable when nobody knows whether it was done."""

    def __init__(self, link: AmiLink, now: Callable[[], datetime], trunk_out: str = "") -> None:
        self._link = link
        self._trunk_out = trunk_out
        self._now = now

    # -- seats in the queues -----------------------------------------------------------------------------

    async def set_membership(self, wanted: Membership) -> None:
        """Make the queues say `wanted` of a seat; repeating it changes nothing."""
        if wanted.in_queue:
            await self._add(wanted)
            await self._pause(wanted.seat, wanted.paused, wanted.reason)
        else:
            await self._remove(wanted.seat)

    async def pause(self, seat: SeatId, reason: str) -> None:
        """No further call for a seat that is in the queues; Conflict when it is in none."""
        await self._pause(seat, True, reason)

    async def _add(self, wanted: Membership) -> None:
        interface = interface_of(wanted.seat)
        fields = {
            "Action": "QueueAdd",
            "Queue": LINE,
            "Interface": interface,
            "StateInterface": interface,
            "Paused": "true" if wanted.paused else "false",
            "Reason": wanted.reason,
        }
        await self._do(fields, but=ALREADY_IN)

    async def _remove(self, seat: SeatId) -> None:
        fields = {"Action": "QueueRemove", "Queue": LINE, "Interface": interface_of(seat)}
        await self._do(fields, but=ALREADY_OUT)

    async def _pause(self, seat: SeatId, paused: bool, reason: str) -> None:
        fields = {"Action": "QueuePause", "Interface": interface_of(seat), "Reason": reason}
        await self._do(fields | {"Paused": "true" if paused else "false"})

    # -- calls -------------------------------------------------------------------------------------------

    async def hang_up_leg(self, call_id: CallId, seat: SeatId) -> None:
        """End the leg between a call and its seat; a caller who only waits is never hung up on.

        Raises NotFound when there is no such leg.
        """
        leg = seat_leg(await self._channels(), call_id, seat=seat)
        if not leg:
            raise NotFound("this call is over already", "call_gone")
        await self._do({"Action": "Hangup", "Channel": leg, "Cause": "16"}, but=ALREADY_OVER)

    async def listen(self, call_id: CallId, endpoint: str) -> None:
        """Ring `endpoint`; it hears both voices, nobody hears it, and it ends with the call.

        Raises NotFound when no seat talks in this call, Invalid for what is no supervisor's softphone.
        """
        if not _LISTENER.match(endpoint):
            raise Invalid("only a supervisor's softphone can listen")
        leg = seat_leg(await self._channels(), call_id)
        if not leg:
            raise NotFound("nobody talks in this call now", "nobody_talks")
        headers = f"PJSIP_HEADER(add,X-Hotline-Purpose)=listen,PJSIP_HEADER(add,X-Hotline-Call-Id)={call_id}"
        await self._do(
            {
                "Action": "Originate",
                "Channel": f"PJSIP/{endpoint}",
                "Application": "ChanSpy",
                # q: no beep; E: ends with the call; S: and does not look for another one. Without w or B the
                # listener's own voice goes nowhere.
                "Data": f"{leg},qES",
                "CallerID": "12341",
                "Timeout": str(RING_LISTENER_MS),
                "Variable": headers,
                "Async": "true",
            }
        )

    async def call_back(self, dial: str, seat: SeatId, number: str) -> None:
        """Ring the seat; when it answers, the dialplan dials `number`. The INVITE says which dial it is."""
        headers = f"PJSIP_HEADER(add,X-Hotline-Purpose)=callback,PJSIP_HEADER(add,X-Hotline-Dial)={dial}"
        await self._do(
            {
                "Action": "Originate",
                "ChannelId": dial,
                "Channel": interface_of(seat),
                "Context": CALLBACK,
                "Exten": dial,
                "Priority": "1",
                "CallerID": "12341",
                "Timeout": str(RING_SEAT_MS),
                "Variable": f"{headers},HOTLINE_NUMBER={dialled_number(number) or ''}",
                "Async": "true",
            }
        )

    async def ask_citizen(self, dial: str, number: str, has_ear: bool) -> None:
        """Ring the citizen; when he answers, the dialplan asks him by itself."""
        plain = dialled_number(number) or ""
        await self._do(
            {
                "Action": "Originate",
                "ChannelId": dial,
                "Channel": f"PJSIP/trunk/sip:{plain}@{self._trunk_out}",
                "Context": AUTO_CALLBACK,
                "Exten": dial,
                "Priority": "1",
                "CallerID": "12341",
                "Timeout": str(RING_CITIZEN_MS),
                "Variable": f"__HOTLINE_DIAL={dial},HOTLINE_EAR={'1' if has_ear else '0'}",
                "Async": "true",
            }
        )

    # -- what there is -----------------------------------------------------------------------------------

    async def dials(self) -> frozenset[str]:
        """The ids of all channels; the first one of a callback has its dial's."""
        return frozenset(text(channel, "Uniqueid") for channel in await self._channels())

    async def snapshot(self) -> tuple[LiveState, dict[str, CallId]]:
        """Everything Asterisk has now, and which of its channels are which calls'."""
        snapshot = Snapshot(self._now())
        snapshot.channels = list(await self._channels())
        snapshot.queues = list(await self._list({"Action": "QueueStatus"}))
        snapshot.devices = list(await self._list({"Action": "DeviceStateList"}))
        limit = asyncio.Semaphore(ASK_AT_ONCE)

        async def ask(channel: str) -> None:
            async with limit:
                snapshot.callers[channel] = await self._caller(channel)

        await asyncio.gather(*(ask(channel) for channel, _ in channel_names(snapshot.channels)))
        return live_state(snapshot), callers_channels(snapshot.channels)

    async def _caller(self, channel: str) -> Caller:
        """Number and line, as the dialplan keeps them, and his hold; nothing when he hung up meanwhile.

        His channel is on hold when the seat holds him; when he holds, the seat's is.
        """
        asked = []
        for name in ("HOTLINE_FROM", "HOTLINE_LINE", "CHANNEL(onhold)"):
            fields = {"Action": "Getvar", "Channel": channel, "Variable": name}
            asked.append(caller_variable(await self._link.action(fields)))
        return Caller(
            number=dialled_number(asked[0]),
            line=dialled_number(asked[1]) or "",
            held=_YES_OR_NO.get(asked[2]),
        )

    async def _channels(self) -> list[Message]:
        return await self._list({"Action": "CoreShowChannels"})

    async def _list(self, fields: dict[str, str]) -> list[Message]:
        answer = await self._link.action(fields, LISTING_S, listing=True)
        refused(answer[0])
        return answer[1:]

    async def _do(self, fields: dict[str, str], but: str = "") -> None:
        refused((await self._link.action(fields))[0], but)


def interface_of(seat: SeatId) -> str:
    """How the queues call a seat. Raises Invalid for what is none."""
    if not _SEAT.match(seat):
        raise Invalid("there is no such seat")
    return f"PJSIP/{seat}"


def refused(answer: Message, but: str = "") -> None:
    """Raise Conflict when Asterisk said no, unless it said that it is so already."""
    if str(answer.response).lower() not in REFUSED:
        return
    why = text(answer, "Message")
    if not but or but not in why.lower():
        raise Conflict(f"Asterisk refuses: {why or 'it does not say why'}", "asterisk_refuses")
