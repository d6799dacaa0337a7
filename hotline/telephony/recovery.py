"""What Asterisk has now and what its records say, in our words: the switch starts from this."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hotline.domain.ids import CallId, QueueId, SeatId
from hotline.services.reconcile import CallHistory, LiveCall, LiveSeat, LiveState, Stage
from hotline.telephony.ami_translate import (
    Event,
    call_id_of,
    is_callers_own,
    number,
    queue_of,
    seat_of_channel,
    seat_of_interface,
    text,
)
from hotline.telephony.queue_names import FRONT, LINE
from hotline.telephony.records import CdrLine, QueueLine, by_channel

UP, RINGING = "6", "5"
_UNREACHABLE = frozenset({"UNAVAILABLE", "INVALID", "UNKNOWN"})
_ENDS = {"COMPLETECALLER": "caller", "COMPLETEAGENT": "seat"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What a caller's channel says of itself; `held`: by the seat, None when that is unknown."""

    number: str | None = None
    line: str = ""
    held: bool | None = None


@dataclass(slots=True)
class Snapshot:
    """The answers to CoreShowChannels, QueueStatus and DeviceStateList, asked for from `taken_at` on."""

    taken_at: datetime
    channels: list[Event] = field(default_factory=list)
    queues: list[Event] = field(default_factory=list)
    devices: list[Event] = field(default_factory=list)
    callers: dict[str, Caller] = field(default_factory=dict)  # by the caller's channel


def callers_channels(channels: Iterable[Event]) -> dict[str, CallId]:
    """Asterisk's name of each caller's own channel, and its call."""
    found = {}
    for channel in channels:
        call_id = call_id_of(channel)
        if call_id is not None and is_callers_own(channel):
            found[text(channel, "Uniqueid")] = call_id
    return found


def channel_names(channels: Iterable[Event]) -> list[tuple[str, CallId]]:
    """The full names of the callers' own channels, for asking about them, and their calls."""
    return [
        (text(channel, "Channel"), call_id)
        for channel in channels
        if (call_id := call_id_of(channel)) is not None and is_callers_own(channel)
    ]


def seat_leg(channels: Iterable[Event], call_id: CallId, *, seat: SeatId | None = None) -> str:
    """The channel between a call and its seat (`seat`: only that one's); "" when there is none."""
    for channel in channels:
        mine = seat_of_channel(text(channel, "Channel"))
        if mine is not None and call_id_of(channel) == call_id and seat in (None, mine):
            return text(channel, "Channel")
    return ""


def live_state(snapshot: Snapshot) -> LiveState:
    """Everything Asterisk has now, in our own words."""
    entries = {text(e, "Uniqueid"): e for e in snapshot.queues if text(e, "Event") == "QueueEntry"}
    legs = _legs(snapshot.channels)
    calls = {}
    for channel in snapshot.channels:
        call_id = call_id_of(channel)
        if call_id is None or not is_callers_own(channel):
            continue
        entry = entries.get(text(channel, "Uniqueid"))
        caller = snapshot.callers.get(text(channel, "Channel"), Caller())
        calls[call_id] = _live_call(call_id, channel, entry, legs.get(call_id, []), caller, snapshot.taken_at)
    return LiveState(taken_at=snapshot.taken_at, calls=calls, seats=_seats(snapshot))


def _legs(channels: Iterable[Event]) -> dict[CallId, list[Event]]:
    found: dict[CallId, list[Event]] = {}
    for channel in channels:
        call_id = call_id_of(channel)
        if call_id is not None and seat_of_channel(text(channel, "Channel")):
            found.setdefault(call_id, []).append(channel)
    return found


def _live_call(
    call_id: CallId,
    channel: Event,
    entry: Event | None,
    legs: list[Event],
    caller: Caller,
    taken_at: datetime,
) -> LiveCall:
    talking = [leg for leg in legs if text(leg, "BridgeId") and text(leg, "ChannelState") == UP]
    ringing = [leg for leg in legs if text(leg, "ChannelState") != UP]
    stage = Stage.ARRIVING
    if talking:
        stage = Stage.TALKING
    elif entry is not None:
        stage = Stage.RINGING if ringing else Stage.WAITING
    leg = (talking or ringing or [{}])[0] if stage in (Stage.TALKING, Stage.RINGING) else {}
    return LiveCall(
        call_id=call_id,
        stage=stage,
        arrived_at=_began(channel, taken_at),
        from_number=caller.number,
        line=caller.line,
        queue=queue_of(channel),
        position=number(entry, "Position") if entry is not None else 0,
        in_front=entry is not None and number(entry, "Priority") >= FRONT,
        seat=seat_of_channel(text(leg, "Channel")),
        held=caller.held if talking else None,
    )


def _began(channel: Event, taken_at: datetime) -> datetime:
    """A channel's name begins with the second it was made in."""
    seconds = text(channel, "Uniqueid").partition(".")[0]
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 12):
        return taken_at
    return min(datetime.fromtimestamp(int(seconds), UTC), taken_at)


def _seats(snapshot: Snapshot) -> dict[SeatId, LiveSeat]:
    reachable = {}
    for device in snapshot.devices:
        seat = seat_of_interface(text(device, "Device"))
        if seat is not None:
            reachable[seat] = text(device, "State") not in _UNREACHABLE
    members: dict[SeatId, Event] = {}
    for member in snapshot.queues:
        seat = seat_of_interface(text(member, "Location"))
        if seat is not None and text(member, "Event") == "QueueMember" and text(member, "Queue") == LINE:
            members[seat] = member
    return {seat: _live_seat(seat, reachable, members.get(seat)) for seat in reachable | members}


def _live_seat(seat: SeatId, reachable: Mapping[SeatId, bool], member: Event | None) -> LiveSeat:
    paused = member is not None and text(member, "Paused") == "1"
    return LiveSeat(
        seat=seat,
        reachable=reachable.get(seat, False),
        in_queue=member is not None,
        paused=paused,
        reason=text(member, "PausedReason") if member is not None and paused else "",
    )


def histories(
    queue_lines: Iterable[QueueLine], cdr_lines: Iterable[CdrLine], known: Mapping[str, CallId]
) -> list[CallHistory]:
    """One history for each call the records name. `known` says which channels of now are whose."""
    of_channel = by_channel(queue_lines)
    records: dict[str, list[CdrLine]] = {}
    for line in cdr_lines:
        records.setdefault(line.channel, []).append(line)
    found = []
    for channel in dict.fromkeys((*of_channel, *records)):
        lines, cdrs = of_channel.get(channel, []), records.get(channel, [])
        call_id = known.get(channel) or (cdrs[0].call_id if cdrs else None) or _named(lines)
        if call_id is not None:
            found.append(_history(call_id, lines, cdrs))
    return found


def _marked(lines: list[QueueLine]) -> QueueId | None:
    """The queue in which the call began to wait, by the dialplan's own line."""
    own = next((line for line in lines if line.event == "HOTLINE"), None)
    return own.queue if own else None


def _named(lines: list[QueueLine]) -> CallId | None:
    """The dialplan's own line in `queue_log` ties a channel to its call."""
    for line in lines:
        if line.event == "HOTLINE" and line.args:
            return call_id_of({"CallId": line.args[0]})
    return None


def _history(call_id: CallId, lines: list[QueueLine], cdrs: list[CdrLine]) -> CallHistory:
    joined = next((line for line in lines if line.event == "ENTERQUEUE"), None)
    connected = next((line for line in lines if line.event == "CONNECT" and line.seat), None)
    completed = next((line for line in lines if line.event in _ENDS), None)
    spoke = next((cdr for cdr in cdrs if cdr.answered and cdr.seat), None)
    answered_at = connected.at if connected else (spoke.answer if spoke else None)
    first = cdrs[0] if cdrs else None
    queue = (first.queue if first else None) or _marked(lines) or (joined.queue if joined else None)
    return CallHistory(
        call_id=call_id,
        from_number=first.from_number if first else None,
        line=first.line if first else "",
        queue=queue,
        arrived_at=min(cdr.start for cdr in cdrs) if cdrs else None,
        queued_at=joined.at if joined else None,
        seat=connected.seat if connected else (spoke.seat if spoke else None),
        answered_at=answered_at,
        talk_ended_at=completed.at if completed else None,
        ended_by=_ENDS[completed.event] if completed else "",
        ended_at=max(cdr.end for cdr in cdrs) if cdrs else None,
    )


def caller_variable(answers: Iterable[Event]) -> str:
    """The value in the answer to Getvar, "" when there is none."""
    return next((text(answer, "Value") for answer in answers), "")
