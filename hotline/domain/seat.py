"""A seat: its states, what it wants to be next, and the one table of how it may move."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hotline.domain import events
from hotline.domain.errors import Conflict, IllegalTransition, Invalid
from hotline.domain.ids import CallId, SeatId


class SeatState(StrEnum):
    """What a seat is doing."""

    OFFLINE = "offline"
    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"


# Reason -> (Chinese, English, longest minutes a supervisor expects). Defaults of practice (P).
PAUSE_REASONS: dict[str, tuple[str, str, int]] = {
    "rest": ("小休", "Short break", 15),
    "meal": ("用餐", "Meal", 45),
    "training": ("培训", "Training", 120),
    "meeting": ("会议", "Meeting", 60),
    "callback": ("回访", "Calling back", 30),
    "paperwork": ("补单", "Finishing tickets", 30),
}

# Not chosen by anybody: nobody is at this seat, and the next call must not ring there too.
MISSED_RING = "missed_ring"
GIVEN_REASONS: dict[str, tuple[str, str, int]] = {MISSED_RING: ("漏接来电", "Missed a call", 5)}

_S = SeatState
MOVES: dict[SeatState, frozenset[SeatState]] = {
    _S.OFFLINE: frozenset({_S.READY, _S.PAUSED, _S.RINGING, _S.TALKING}),
    _S.READY: frozenset({_S.RINGING, _S.TALKING, _S.PAUSED, _S.OFFLINE}),
    _S.RINGING: frozenset({_S.READY, _S.PAUSED, _S.OFFLINE, _S.TALKING, _S.WRAP_UP}),
    _S.TALKING: frozenset({_S.WRAP_UP}),
    _S.WRAP_UP: frozenset({_S.READY, _S.PAUSED, _S.OFFLINE, _S.RINGING, _S.TALKING}),
    _S.PAUSED: frozenset({_S.READY, _S.OFFLINE, _S.RINGING, _S.TALKING}),
}


@dataclass(slots=True, kw_only=True)
class Seat:
    """One of the 50 seats. `wanted` is what it becomes when ringing and wrap-up are over.

    Wrap-up ends when the ticket of `wrap_call` is saved, whatever the seat asks for before.
    """

    id: SeatId
    state: SeatState = SeatState.OFFLINE
    since: datetime
    reason: str = ""
    wanted: SeatState = SeatState.OFFLINE
    wanted_reason: str = ""
    call_id: CallId | None = None
    reachable: bool = False

    def _move(self, target: SeatState, at: datetime, reason: str = "") -> list[events.Event]:
        if target is self.state and reason == self.reason:
            return []
        if target is not self.state and target not in MOVES[self.state]:
            raise IllegalTransition(f"seat {self.id}", self.state, target)
        self.state = target
        self.reason = reason
        self.since = at
        return [events.SeatChanged(seat=self.id, at=at)]

    def _settle(self, at: datetime) -> list[events.Event]:
        """Become what is wanted."""
        self.call_id = None
        return self._move(self.wanted, at, self.wanted_reason)

    def want(self, state: SeatState, at: datetime, reason: str = "") -> list[events.Event]:
        """The person asks to be ready, paused or offline; in a call it comes true afterwards.

        Raises Invalid for an unknown reason or state, Conflict while a ticket is still to be saved and
        ready is asked for.
        """
        if state not in (SeatState.READY, SeatState.PAUSED, SeatState.OFFLINE):
            raise Invalid(f"a seat cannot ask to be {state}")
        if state is SeatState.PAUSED and reason not in PAUSE_REASONS:
            raise Invalid("choose a reason for the pause from the list")
        if state is SeatState.READY and self.state is SeatState.WRAP_UP:
            raise Conflict("save the ticket first: that ends the wrap-up", "save_first")
        self.wanted, self.wanted_reason = state, reason if state is SeatState.PAUSED else ""
        if self.state in (SeatState.RINGING, SeatState.TALKING, SeatState.WRAP_UP):
            return [events.SeatChanged(seat=self.id, at=at)]
        return self._settle(at)

    def ring(self, call_id: CallId, at: datetime) -> list[events.Event]:
        """The seat rings for a call; a talking seat is never made to ring."""
        if self.state is SeatState.TALKING or (self.state is SeatState.RINGING and self.call_id == call_id):
            return []
        if self.state is SeatState.OFFLINE:
            self.wanted, self.wanted_reason = SeatState.READY, ""
        self.call_id = call_id
        return self._move(SeatState.RINGING, at)

    def ring_stopped(self, call_id: CallId, at: datetime) -> list[events.Event]:
        """The ringing ended without an answer here."""
        if self.state is not SeatState.RINGING or self.call_id != call_id:
            return []
        return self._settle(at)

    def miss(self, call_id: CallId, at: datetime) -> list[events.Event]:
        """It rang to the end and nobody answered: paused until somebody is there, unless it was to leave."""
        if self.state is not SeatState.RINGING or self.call_id != call_id:
            return []
        if self.wanted is SeatState.READY:
            self.wanted, self.wanted_reason = SeatState.PAUSED, MISSED_RING
        return self._settle(at)

    def talk(self, call_id: CallId, at: datetime) -> list[events.Event]:
        """The seat and the caller are connected."""
        if self.state is SeatState.TALKING:
            if self.call_id == call_id:
                return []
            self.call_id = call_id  # an end was missed: the newer call is the true one
            self.since = at
            return [events.SeatChanged(seat=self.id, at=at)]
        if self.state is SeatState.OFFLINE:
            self.wanted, self.wanted_reason = SeatState.READY, ""
        self.call_id = call_id
        return self._move(SeatState.TALKING, at)

    def wrap_up(self, call_id: CallId, at: datetime, ticket_saved: bool = False) -> list[events.Event]:
        """The talk ended; without a saved ticket the seat writes it now."""
        if self.call_id != call_id or self.state not in (SeatState.TALKING, SeatState.RINGING):
            return []
        changed = self._move(SeatState.WRAP_UP, at)
        return self._settle(at) if ticket_saved else changed

    def ticket_saved(self, call_id: CallId, at: datetime) -> list[events.Event]:
        """The ticket of the call just ended is safe; the wrap-up is over."""
        if self.state is not SeatState.WRAP_UP or self.call_id != call_id:
            return []
        return self._settle(at)

    def reach(self, reachable: bool, at: datetime) -> list[events.Event]:
        """The softphone registered or went away."""
        if reachable == self.reachable:
            return []
        self.reachable = reachable
        return [events.SeatChanged(seat=self.id, at=at)]
