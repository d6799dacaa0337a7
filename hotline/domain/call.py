"""A citizen's call: its states, its times, and the one table of how it may move."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hotline.domain import events
from hotline.domain.errors import IllegalTransition
from hotline.domain.heard import Heard
from hotline.domain.ids import CallId, QueueId, SeatId
from hotline.domain.queues import GENERAL

# A seat rings for 15 s (queues.conf); Asterisk's clock and ours are not read in the same moment.
LONG_RING = timedelta(seconds=12)


class CallState(StrEnum):
    """Where a call is between reaching the number and hanging up."""

    ARRIVING = "arriving"
    WAITING = "waiting"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    ENDED = "ended"


class EndReason(StrEnum):
    """Why a call is over; `lost` means that we only found out afterwards and know no better."""

    COMPLETED = "completed"
    ABANDONED = "abandoned"
    REJECTED = "rejected"
    LOST = "lost"


_S = CallState
MOVES: dict[CallState, frozenset[CallState]] = {
    _S.ARRIVING: frozenset({_S.WAITING, _S.RINGING, _S.TALKING, _S.ENDED}),
    _S.WAITING: frozenset({_S.RINGING, _S.TALKING, _S.ENDED}),
    _S.RINGING: frozenset({_S.WAITING, _S.TALKING, _S.ENDED}),
    _S.TALKING: frozenset({_S.HELD, _S.ENDED}),
    _S.HELD: frozenset({_S.TALKING, _S.ENDED}),
    _S.ENDED: frozenset(),
}


@dataclass(slots=True, kw_only=True)
class Call:
    """One citizen's call. Times are aware UTC; a transition returns its events and publishes nothing.

    Late and repeated facts are no-ops that return no events: Asterisk's stories arrive twice after a
    reconnect, and a hang-up can overtake an answer.
    """

    id: CallId
    arrived_at: datetime
    from_number: str | None = None
    line: str = ""
    hint: QueueId = GENERAL
    queue: QueueId = GENERAL
    state: CallState = CallState.ARRIVING
    listening_at: datetime | None = None
    queued_at: datetime | None = None
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    held_since: datetime | None = None
    held_s: float = 0.0
    seat: SeatId | None = None
    end_reason: EndReason | None = None
    heard: Heard | None = None

    @property
    def is_over(self) -> bool:
        """True once nobody is on the line."""
        return self.state is CallState.ENDED

    @property
    def is_missed(self) -> bool:
        """Ended before a person answered: to be called back."""
        return self.is_over and self.answered_at is None

    @property
    def answered_after(self) -> timedelta | None:
        """From reaching the number to a person's voice (norm N: 15 s)."""
        return self.answered_at - self.arrived_at if self.answered_at else None

    def _move(self, target: CallState) -> None:
        if target not in MOVES[self.state]:
            raise IllegalTransition("call", self.state, target)
        self.state = target

    def listen(self, at: datetime) -> list[events.Event]:
        """The caller was greeted and speaks, before the queue or while he waits in it."""
        if self.answered_at or self.is_over or self.listening_at:
            return []
        self.listening_at = at
        return [events.CallListening(call_id=self.id, at=at, seat=self.seat)]

    def hear(self, heard: Heard, at: datetime) -> list[events.Event]:
        """Words were recognised; a final result is never replaced by a partial or a wordless one."""
        before = self.heard
        if heard == before or (
            before and before.final and (not heard.final or (before.words and not heard.words))
        ):
            return []
        self.heard = heard
        return [events.CallHeard(call_id=self.id, at=at, seat=self.seat, final=heard.final)]

    def wait(self, queue: QueueId, at: datetime) -> list[events.Event]:
        """The caller is in `queue`; joining again after a ring or in another queue keeps the first time."""
        if self.state in (CallState.TALKING, CallState.HELD, CallState.ENDED):
            return []
        if self.state is CallState.WAITING and queue == self.queue:
            return []
        self.queue = queue
        self.queued_at = self.queued_at or at
        if self.state is not CallState.WAITING:
            left = self.seat
            self._move(CallState.WAITING)
            self.seat = None
            return [events.CallWaiting(call_id=self.id, at=at, queue=queue, seat=left)]
        return [events.CallWaiting(call_id=self.id, at=at, queue=queue, seat=None)]

    def move_to(self, queue: QueueId, at: datetime) -> list[events.Event]:
        """It became known what the waiting caller's matter is; his place stays."""
        if self.state not in (CallState.WAITING, CallState.RINGING) or queue == self.queue:
            return []
        self.queue = queue
        return [events.CallMoved(call_id=self.id, at=at, queue=queue, seat=self.seat)]

    def ring(self, seat: SeatId, at: datetime) -> list[events.Event]:
        """A seat rings; another seat ringing takes its place."""
        if self.state in (CallState.TALKING, CallState.HELD, CallState.ENDED):
            return []
        if self.state is CallState.RINGING:
            if self.seat == seat:
                return []
            left, self.seat = self.seat, seat
            self.ringing_at = at
            stopped = [events.SeatRingEnded(call_id=self.id, at=at, seat=left)] if left else []
            return [*stopped, events.SeatRinging(call_id=self.id, at=at, seat=seat)]
        self._move(CallState.RINGING)
        self.seat = seat
        self.ringing_at = at
        return [events.SeatRinging(call_id=self.id, at=at, seat=seat)]

    def ring_stopped(self, seat: SeatId, at: datetime, no_answer: bool = False) -> list[events.Event]:
        """The ringing seat did not answer; the caller waits on."""
        if self.state is not CallState.RINGING or self.seat != seat:
            return []
        self._move(CallState.WAITING)
        self.seat = None
        # A telephone that refuses or cannot be reached says so at once.
        missed = no_answer and self.ringing_at is not None and at - self.ringing_at >= LONG_RING
        return [events.SeatRingEnded(call_id=self.id, at=at, seat=seat, missed=missed)]

    def answer(self, seat: SeatId, at: datetime) -> list[events.Event]:
        """A person answered."""
        if self.state in (CallState.TALKING, CallState.HELD, CallState.ENDED):
            return []
        rang = self.seat
        self._move(CallState.TALKING)
        self.seat = seat
        self.answered_at = at
        stopped = [events.SeatRingEnded(call_id=self.id, at=at, seat=rang)] if rang and rang != seat else []
        return [*stopped, events.CallAnswered(call_id=self.id, at=at, seat=seat)]

    def hold(self, at: datetime) -> list[events.Event]:
        """The seat put the caller on hold."""
        if self.state is not CallState.TALKING:
            return []
        self._move(CallState.HELD)
        self.held_since = at
        return [events.CallPutOnHold(call_id=self.id, at=at, seat=self.seat)]

    def resume(self, at: datetime) -> list[events.Event]:
        """The seat took the caller off hold."""
        if self.state is not CallState.HELD:
            return []
        self._add_hold(at)
        self._move(CallState.TALKING)
        return [events.CallResumed(call_id=self.id, at=at, seat=self.seat)]

    def end(self, at: datetime, reason: EndReason | None = None) -> list[events.Event]:
        """Nobody is on the line any more; without a reason it follows from whether a person answered."""
        if self.is_over:
            return []
        self._add_hold(at)
        if reason is None:
            reason = EndReason.COMPLETED if self.answered_at else EndReason.ABANDONED
        rang = self.seat if self.state is CallState.RINGING else None
        self._move(CallState.ENDED)
        self.ended_at = at
        self.end_reason = reason
        if rang:
            self.seat = None
        stopped = [events.SeatRingEnded(call_id=self.id, at=at, seat=rang)] if rang else []
        ended = events.CallEnded(call_id=self.id, at=at, seat=self.seat, missed=self.is_missed)
        return [*stopped, ended]

    def _add_hold(self, at: datetime) -> None:
        if self.held_since:
            self.held_s += max(0.0, (at - self.held_since).total_seconds())
            self.held_since = None
