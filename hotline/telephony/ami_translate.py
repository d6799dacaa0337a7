"""AMI events as facts: the one table of their names, and the last place that sees channel ids."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from hotline.domain import facts
from hotline.domain.ids import CallId, QueueId, SeatId
from hotline.domain.queues import queue_or_general
from hotline.telephony.queue_names import LINE

Event = Mapping[str, object]
CALLBACK, AUTO_CALLBACK = "callback", "callback-auto"  # the dialplan's contexts
ORIGINATE_REASONS = {"3": "NOANSWER", "5": "BUSY"}
MAX_TEXT = 256  # no value we use is longer; what is longer is not what it says

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_INTERFACE = re.compile(r"PJSIP/(seat[0-9]{2})\Z")
_CHANNEL = re.compile(r"PJSIP/([A-Za-z0-9_.-]+)-[0-9a-f]+\Z")
_SEAT = re.compile(r"seat[0-9]{2}\Z")
_NOT_DIALLED = re.compile(r"[^0-9+*#]")
_UNREACHABLE = frozenset({"UNAVAILABLE", "INVALID", "UNKNOWN"})
_ENDED_BY = {"caller": "caller", "agent": "seat"}


def translate(message: Event, seen_at: datetime) -> facts.Fact | None:
    """The fact in one AMI event, or None when it is not one of ours. Never raises."""
    make = _TABLE.get(text(message, "Event"))
    if make is None:
        return None
    return make(message, event_time(message, seen_at), seen_at)


# -- values: each is checked here, because callers and telephones can write into them -----------------------


def text(message: Event, key: str) -> str:
    """The value as one short line, or "" when it is missing, repeated, too long or no text."""
    value = message.get(key)
    if not isinstance(value, str) or len(value) > MAX_TEXT or not value.isprintable():
        return ""
    return value


def number(message: Event, key: str) -> int:
    """The value as a whole number of nine digits at most, else 0."""
    value = text(message, key)
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 9 else 0


def event_time(message: Event, seen_at: datetime) -> datetime:
    """Asterisk's own time of the event (`timestampevents=yes`), or `seen_at` without a sane one."""
    try:
        at = datetime.fromtimestamp(float(text(message, "Timestamp")), UTC)
    except (ValueError, OverflowError, OSError):
        return seen_at
    return at if abs((at - seen_at).days) < 366 else seen_at


def call_id_of(message: Event, key: str = "ChanVariable") -> CallId | None:
    """The call's id, from the channel's variable or the dialplan's own header."""
    return valid_call_id(_variable(message, "HOTLINE_CALL_ID", key) or text(message, "CallId"))


def _variable(message: Event, name: str, key: str = "ChanVariable") -> str:
    """A variable that comes with every event about a channel (`channelvars`), "" when it is not there."""
    values = message.get(key)
    for value in values if isinstance(values, list) else [values]:
        if isinstance(value, str) and value.startswith(f"{name}="):
            return value.partition("=")[2]
    return ""


def valid_call_id(value: str) -> CallId | None:
    """A call id as the dialplan makes them, or None."""
    return CallId(value) if _UUID.match(value) else None


def seat_of_interface(value: str) -> SeatId | None:
    """`PJSIP/seat07` → `seat07`; None for anything else."""
    match = _INTERFACE.match(value)
    return SeatId(match[1]) if match else None


def endpoint_of_channel(value: str) -> str:
    """`PJSIP/seat07-0000002a` → `seat07`; "" for what is no SIP channel."""
    match = _CHANNEL.match(value)
    return match[1] if match else ""


def seat_of_channel(value: str) -> SeatId | None:
    """The seat whose leg this channel is."""
    endpoint = endpoint_of_channel(value)
    return SeatId(endpoint) if _SEAT.match(endpoint) else None


def is_callers_own(message: Event) -> bool:
    """A channel that began a call from outside: its own first one, and no seat's."""
    channel = text(message, "Channel")
    first = text(message, "Uniqueid")
    own = first != "" and first == text(message, "Linkedid")
    return own and endpoint_of_channel(channel) != "" and seat_of_channel(channel) is None


def queue_of(message: Event) -> QueueId:
    """The queue the call is marked with; the general one without a mark: a caller always has a queue."""
    return queue_or_general(_variable(message, "HOTLINE_QUEUE"))


def dialled_number(value: str) -> str | None:
    """The caller's number: digits, +, * and # only, 32 at most; None when nothing is left (withheld)."""
    return _NOT_DIALLED.sub("", value)[:32] or None


# -- the table -----------------------------------------------------------------------------------------------


def _user_event(message: Event, at: datetime, seen_at: datetime) -> facts.Fact | None:
    if dial := valid_call_id(text(message, "Dial")):
        return _dialled(message, dial, at, seen_at)
    call_id = call_id_of(message)
    if call_id is None:
        return None
    match text(message, "UserEvent"):
        case "HotlineArrived":
            return facts.CallerArrived(
                at=at,
                seen_at=seen_at,
                call_id=call_id,
                from_number=dialled_number(text(message, "From")),
                line=dialled_number(text(message, "Line")) or "",
                hint=queue_or_general(text(message, "Hint")),
            )
        case "HotlineListening":
            return facts.ListeningBegan(at=at, seen_at=seen_at, call_id=call_id)
        case "HotlineRouted":
            queue = queue_or_general(text(message, "Queue"))
            return facts.CallerRouted(at=at, seen_at=seen_at, call_id=call_id, queue=queue)
    return None


def _dialled(message: Event, dial: str, at: datetime, seen_at: datetime) -> facts.Fact | None:
    match text(message, "UserEvent"):
        case "HotlineDialAnswered":
            return facts.DialAnswered(at=at, seen_at=seen_at, dial=dial)
        case "HotlineDialPressed":
            return facts.DialPressed(at=at, seen_at=seen_at, dial=dial, key=text(message, "Key")[:1])
        case "HotlineDialEnded":
            return facts.DialEnded(at=at, seen_at=seen_at, dial=dial, status=text(message, "Status"))
    return None


def _originated(message: Event, at: datetime, seen_at: datetime) -> facts.Fact | None:
    """Who was rung first did not answer: the seat of a callback, or the citizen of an automatic one."""
    dial = valid_call_id(text(message, "Exten"))
    context = text(message, "Context")
    if dial is None or context not in (CALLBACK, AUTO_CALLBACK) or text(message, "Response") != "Failure":
        return None
    citizen = context == AUTO_CALLBACK  # a seat that does not answer says nothing of the citizen
    status = ORIGINATE_REASONS.get(text(message, "Reason"), "") if citizen else ""
    return facts.DialEnded(at=at, seen_at=seen_at, dial=dial, status=status)


def _joined(message: Event, at: datetime, seen_at: datetime) -> facts.Fact | None:
    call_id = call_id_of(message)
    if call_id is None:
        return None
    queue, position = queue_of(message), number(message, "Position")
    return facts.QueueJoined(at=at, seen_at=seen_at, call_id=call_id, queue=queue, position=position)


def _left_queue(message: Event, at: datetime, seen_at: datetime) -> facts.Fact | None:
    call_id = call_id_of(message)
    if call_id is None:
        return None
    return facts.CallerLeftQueue(at=at, seen_at=seen_at, call_id=call_id, queue=queue_of(message))


def _call_and_seat(message: Event) -> tuple[CallId, SeatId] | None:
    call_id, seat = call_id_of(message), seat_of_interface(text(message, "Interface"))
    return (call_id, seat) if call_id is not None and seat is not None else None


def _seat_rang(message: Event, at: datetime, seen_at: datetime) -> facts.Fact | None:
    if (both := _call_and_seat(message)) is None:
        return None
    return facts.SeatRang(at=at, seen_at=seen_at, call_id=both[0], seat=both[1])


def _ring_stopped(message: Event, at: datetime, seen_at: datetime) -> facts.Fact | None:
    if (both := _call_and_seat(message)) is None:
        return None
    return facts.SeatRingStopped(at=at, seen_at=seen_at, call_id=both[0], seat=both[1], reason="no_answer")


def _answered(message: Event, at: datetime, seen_at: datetime) -> facts.Fact | None:
    if (both := _call_and_seat(message)) is None:
        return None
    queue, waited = queue_of(message), number(message, "HoldTime")
    return facts.SeatAnswered(
        at=at, seen_at=seen_at, call_id=both[0], seat=both[1], queue=queue, waited_s=waited
    )


def _leg_ended(message: Event, at: datetime, seen_at: datetime) -> facts.Fact | None:
    if (both := _call_and_seat(message)) is None:
        return None
    by = _ENDED_BY.get(text(message, "Reason"), "")
    talk_s = number(message, "TalkTime")
    return facts.SeatLegEnded(at=at, seen_at=seen_at, call_id=both[0], seat=both[1], talk_s=talk_s, by=by)


def _held(message: Event, at: datetime, seen_at: datetime) -> facts.Fact | None:
    """Only a seat holds; a caller's own telephone may hold too, and nothing changes for us."""
    call_id, seat = call_id_of(message), seat_of_channel(text(message, "Channel"))
    if call_id is None or seat is None:
        return None
    kind = facts.CallHeld if text(message, "Event") == "Hold" else facts.CallUnheld
    return kind(at=at, seen_at=seen_at, call_id=call_id, seat=seat)


def _hung_up(message: Event, at: datetime, seen_at: datetime) -> facts.Fact | None:
    call_id = call_id_of(message)
    if call_id is None or not is_callers_own(message):
        return None
    return facts.CallerGone(at=at, seen_at=seen_at, call_id=call_id, cause=number(message, "Cause"))


def _device(message: Event, at: datetime, seen_at: datetime) -> facts.Fact | None:
    """A device's state is of all its contacts, so a softphone that registers anew is never seen as gone."""
    seat, state = seat_of_interface(text(message, "Device")), text(message, "State")
    if seat is None or not state:
        return None
    return facts.SeatReachable(at=at, seen_at=seen_at, seat=seat, reachable=state not in _UNREACHABLE)


def _member(message: Event, at: datetime, seen_at: datetime) -> facts.Fact | None:
    seat = seat_of_interface(text(message, "Interface"))
    if seat is None or text(message, "Queue") != LINE:
        return None
    return facts.SeatMemberChanged(
        at=at,
        seen_at=seen_at,
        seat=seat,
        in_queue=text(message, "Event") != "QueueMemberRemoved",
        paused=text(message, "Paused") == "1",
        reason=text(message, "PausedReason"),
    )


_Make = Callable[[Event, datetime, datetime], facts.Fact | None]
_TABLE: dict[str, _Make] = {
    "UserEvent": _user_event,
    "OriginateResponse": _originated,
    "QueueCallerJoin": _joined,
    "QueueCallerAbandon": _left_queue,
    "AgentCalled": _seat_rang,
    "AgentRingNoAnswer": _ring_stopped,
    "AgentConnect": _answered,
    "AgentComplete": _leg_ended,
    "Hold": _held,
    "Unhold": _held,
    "Hangup": _hung_up,
    "DeviceStateChange": _device,
    "QueueMemberAdded": _member,
    "QueueMemberPause": _member,
    "QueueMemberRemoved": _member,
}
EVENT_NAMES = frozenset(_TABLE)
