"""What the switch has Asterisk do with a waiting caller: hear him beside the queue, mark him, hurry him."""

from enum import StrEnum

from hotline.domain.errors import Invalid, NotFound
from hotline.domain.ids import CallId, QueueId
from hotline.telephony.ami_actions import refused
from hotline.telephony.ami_link import AmiLink
from hotline.telephony.ami_translate import endpoint_of_channel, seat_of_channel, valid_call_id
from hotline.telephony.queue_names import FRONT, LINE
from hotline.telephony.recovery import channel_names

LISTING_S = 5.0
ANSWER_MS = 5_000
PERSON_KEY = "0"  # any key brings a caller who is greeted or heard to the queue


class Ask(StrEnum):
    """What is played to a caller beside the queue before he is heard."""

    GREETING = "greeting"
    BEEP = "beep"


class AsteriskCallers:
    """Each method does its action once and raises Unavailable when nobody knows whether it was done."""

    def __init__(self, link: AmiLink) -> None:
        self._link = link

    async def channel_of(self, call_id: CallId) -> str:
        """Asterisk's name of the caller's own channel. Raises NotFound when he is gone."""
        answer = await self._link.action({"Action": "CoreShowChannels"}, LISTING_S, listing=True)
        refused(answer[0])
        for channel, call in channel_names(answer[1:]):
            if call == call_id:
                return channel
        raise NotFound("the caller has hung up")

    async def listen_beside(self, call_id: CallId, channel: str, ask: Ask, ear: bool) -> None:
        """Greet the caller where he is, and hear his sentence if there is an `ear`."""
        told = {"ASK": str(ask), "EAR": "1" if ear else ""}
        await self._begin(call_id, channel, "beside", told)

    async def hear_on(self, call_id: CallId, channel: str) -> None:
        """Hear a caller who talks with a seat, to the end of the call; nothing is played to anybody."""
        await self._begin(call_id, channel, "hear-on", {})

    async def _begin(self, call_id: CallId, channel: str, context: str, told: dict[str, str]) -> None:
        if valid_call_id(call_id) is None:
            raise Invalid("this is no call of ours")
        told = {"HEARS": _callers(channel)} | told
        fields = {
            "Action": "Originate",
            "Channel": f"Local/{call_id}@{context}/n",
            "Context": f"{context}-caller",
            "Exten": "s",
            "Priority": "1",
            "Timeout": str(ANSWER_MS),
            "Variable": ",".join(f"__HOTLINE_{name}={value}" for name, value in told.items()),
            "Async": "true",
        }
        refused((await self._link.action(fields))[0])

    async def press_key(self, channel: str) -> None:
        """As if the caller had pressed a key: greeting and listening end, and nothing else ever does."""
        fields = {"Action": "PlayDTMF", "Channel": _callers(channel), "Digit": PERSON_KEY, "Receive": "1"}
        refused((await self._link.action(fields))[0])

    async def mark(self, channel: str, queue: QueueId) -> None:
        """The caller is one of that queue now; his place in the line is the same."""
        for name in ("HOTLINE_QUEUE", "CDR(hotline_queue)"):
            fields = {"Action": "Setvar", "Channel": _callers(channel), "Variable": name, "Value": queue}
            refused((await self._link.action(fields))[0])

    async def to_front(self, channel: str) -> None:
        """Before everybody whose matter is not urgent."""
        fields = {"Action": "QueueChangePriorityCaller", "Queue": LINE, "Caller": _callers(channel)}
        answer = await self._link.action(fields | {"Priority": str(FRONT), "Immediate": "yes"})
        refused(answer[0])


def _callers(channel: str) -> str:
    """The channel, if it can be a caller's. Raises Invalid."""
    if not endpoint_of_channel(channel) or seat_of_channel(channel) is not None:
        raise Invalid("this is no caller's channel")
    return channel
