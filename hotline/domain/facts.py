"""What Asterisk reported, in our own words; what it means is decided in `call.py` and `seat.py`.

`at` is the time Asterisk gave (aware UTC), `seen_at` when the message reached us.
"""

from dataclasses import dataclass, field
from datetime import datetime

from hotline.domain.ids import CallId, QueueId, SeatId


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened in Asterisk."""

    at: datetime
    seen_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFact(Fact):
    """A fact about one citizen's call."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerArrived(CallFact):
    """A citizen's call reached us; `from_number` is None when withheld."""

    from_number: str | None
    line: str
    hint: QueueId


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningBegan(CallFact):
    """The greeting ended and the caller is listened to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerRouted(CallFact):
    """The dialplan chose a queue."""

    queue: QueueId


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueJoined(CallFact):
    """The caller waits in a queue at `position` (1 is next)."""

    queue: QueueId
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatRang(CallFact):
    """A queue rings a seat for this call."""

    seat: SeatId


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatRingStopped(CallFact):
    """The seat stopped ringing without an answer."""

    seat: SeatId
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatAnswered(CallFact):
    """A seat and the caller are connected; `waited_s` in the queue."""

    seat: SeatId
    queue: QueueId
    waited_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHeld(CallFact):
    """The seat put the caller on hold."""

    seat: SeatId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallUnheld(CallFact):
    """The seat took the caller off hold."""

    seat: SeatId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerLeftQueue(CallFact):
    """The caller gave up waiting."""

    queue: QueueId


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatLegEnded(CallFact):
    """Seat and caller are no longer connected; `by` is "seat", "caller" or "" when unknown."""

    seat: SeatId
    talk_s: int = 0
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerGone(CallFact):
    """The caller's own channel no longer exists; `cause` is the Q.850 cause code."""

    cause: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class DialFact(Fact):
    """A fact about a call that the hotline makes for a seat; `dial` is its id."""

    dial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DialAnswered(DialFact):
    """The citizen who is called back has picked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialPressed(DialFact):
    """The citizen, asked by the hotline itself, has pressed a key."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DialEnded(DialFact):
    """The line is free again; `status` is Asterisk's word for how the dialling ended, "" without one."""

    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatFact(Fact):
    """A fact about one seat."""

    seat: SeatId


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatReachable(SeatFact):
    """The seat's softphone registered or went away."""

    reachable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatMemberChanged(SeatFact):
    """The seat's membership of the queues changed; `reason` is the pause's reason."""

    in_queue: bool
    paused: bool
    reason: str = ""
