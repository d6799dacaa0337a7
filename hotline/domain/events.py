"""What a fact or a use case meant: past tense, carried to the screens by the outbox."""

from dataclasses import dataclass
from datetime import datetime

from hotline.domain.ids import CallId, QueueId, SeatId, TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that now is so."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent(Event):
    """Something that now is so of a call; `seat` is the seat whose screen it concerns, if any."""

    call_id: CallId
    seat: SeatId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallArrived(CallEvent):
    """A citizen's call reached the number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallListening(CallEvent):
    """The caller is asked for one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHeard(CallEvent):
    """Words of the caller were recognised."""

    final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWaiting(CallEvent):
    """The caller waits in a queue."""

    queue: QueueId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMoved(CallEvent):
    """The caller waits in another queue now, in the same place in the order of arrival."""

    queue: QueueId


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatRinging(CallEvent):
    """A seat rings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatRingEnded(CallEvent):
    """A seat no longer rings for this call; `missed`: it had rung to the end."""

    missed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered(CallEvent):
    """A person answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPutOnHold(CallEvent):
    """The caller is on hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResumed(CallEvent):
    """The caller is no longer on hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(CallEvent):
    """The call is over."""

    missed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingLinked(CallEvent):
    """The call's recording is complete and known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatChanged(Event):
    """A seat's state or reachability is another one."""

    seat: SeatId


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSaved(Event):
    """A ticket was accepted or closed."""

    ticket_id: TicketId
    call_id: CallId | None
    seat: SeatId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMoved(Event):
    """Something was done with an accepted ticket; `state` is the one it is in now.

    Whose screens it concerns is added by the use case: the seat that took it, the units that have or had it.
    """

    ticket_id: TicketId
    action: str
    state: str
    seat: SeatId | None = None
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstChanged(Event):
    """More people than usual tell of one thing, it has grown, or it is over: supervisors look again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackChanged(Event):
    """A citizen is being called back, by a seat or by the hotline itself; he answered; or it is over."""

    seat: SeatId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarChanged(Event):
    """The days of a year are others, and deadlines with them: every page looks again."""

    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRefused(Event):
    """A command from a screen was not carried out; `note` says why, in one sentence.

    `reason` names the rule, for screens that say it in another language.
    """

    command_id: str
    seat: SeatId | None
    note: str
    reason: str = ""
