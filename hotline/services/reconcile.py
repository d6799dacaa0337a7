"""Makes calls and seats in the database equal to what Asterisk has now and has written down meanwhile."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from hotline.domain import events, facts
from hotline.domain.call import Call, CallState, EndReason
from hotline.domain.ids import CallId, QueueId, SeatId
from hotline.domain.queues import GENERAL
from hotline.domain.seat import Seat, SeatState
from hotline.domain.ticket import TicketState
from hotline.services import calls
from hotline.services.ports import Transaction

# A channel is in Asterisk's list a moment after its first event.
MARGIN = timedelta(seconds=1)


class Stage(StrEnum):
    """How far a call that exists in Asterisk now has come."""

    ARRIVING = "arriving"
    WAITING = "waiting"
    RINGING = "ringing"
    TALKING = "talking"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    """A call as Asterisk has it now; `arrived_at` is exact to the second, `held` None says nothing."""

    call_id: CallId
    stage: Stage
    arrived_at: datetime
    from_number: str | None = None
    line: str = ""
    queue: QueueId = GENERAL
    position: int = 0
    in_front: bool = False  # before everybody whose matter is not urgent
    seat: SeatId | None = None
    held: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSeat:
    """A seat as Asterisk has it now; `in_queue`: it is a member of the line in which all wait."""

    seat: SeatId
    reachable: bool = False
    in_queue: bool = False
    paused: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """Everything Asterisk has, as of `taken_at` (before it was asked)."""

    taken_at: datetime
    calls: Mapping[CallId, LiveCall] = field(default_factory=dict)
    seats: Mapping[SeatId, LiveSeat] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHistory:
    """What Asterisk's records say of a call; None is what they do not say. Queue times are whole seconds."""

    call_id: CallId
    from_number: str | None = None
    line: str = ""
    queue: QueueId | None = None
    arrived_at: datetime | None = None
    queued_at: datetime | None = None
    seat: SeatId | None = None
    answered_at: datetime | None = None
    talk_ended_at: datetime | None = None
    ended_by: str = ""
    ended_at: datetime | None = None


def reconcile(
    tx: Transaction,
    live: LiveState,
    history: Iterable[CallHistory],
    ending: frozenset[CallId] = frozenset(),
) -> list[events.Event]:
    """Close the gap. Repeating it changes nothing; what happened after `taken_at` is left alone.

    The end of the calls in `ending` was told, and is applied behind this.
    """
    happened: list[events.Event] = []
    ours = frozenset(seat.id for seat in tx.seats.all())
    history = [_without_strangers(told, ours) for told in history]
    for fact in sorted(_missed(tx, live, history), key=lambda fact: fact.at):
        happened += calls.apply_fact(tx, fact)
    for call in tx.calls.live():
        if call.id not in {*live.calls, *ending} and call.arrived_at < live.taken_at - MARGIN:
            happened += _lose(tx, call, live.taken_at)
    for now in live.calls.values():
        if now.seat is not None and now.seat not in ours:
            continue
        for fact in _present(tx, now, live.taken_at):
            happened += calls.apply_fact(tx, fact)
    for seat in tx.seats.all():
        happened += _settle_seat(tx, seat, live)
    return happened


def _without_strangers(told: CallHistory, ours: frozenset[SeatId]) -> CallHistory:
    """One line about a seat that does not exist must not keep all other calls from being put right."""
    if told.seat is None or told.seat in ours:
        return told
    return replace(told, seat=None, answered_at=None, talk_ended_at=None)


def _missed(tx: Transaction, live: LiveState, history: Iterable[CallHistory]) -> Iterable[facts.CallFact]:
    """What the records tell and the database does not know, as if it had been reported in time."""
    for told in history:
        known = tx.calls.get(told.call_id)
        if known is None and told.arrived_at is None:
            continue  # the live list, if it is there, knows more
        if known is None or not known.line:
            yield from _arrival(told, known)
        if known is not None and known.is_over:
            continue
        yield from _course(told, known)
        if told.ended_at and told.call_id not in live.calls:
            yield facts.CallerGone(at=told.ended_at, call_id=told.call_id)


def _arrival(told: CallHistory, known: Call | None) -> Iterable[facts.CallFact]:
    at = told.arrived_at or (known.arrived_at if known else None)
    if at is not None and told.line:
        yield facts.CallerArrived(
            at=at,
            call_id=told.call_id,
            from_number=told.from_number,
            line=told.line,
            hint=told.queue or GENERAL,
        )


def _course(told: CallHistory, known: Call | None) -> Iterable[facts.CallFact]:
    """Waiting, answer and end of the talk. A record's whole second never comes before the arrival."""
    earliest = told.arrived_at or (known.arrived_at if known else None)

    def not_before(at: datetime) -> datetime:
        return max(at, earliest) if earliest else at

    if told.queued_at and told.queue and (known is None or known.queued_at is None):
        at = not_before(told.queued_at)
        yield facts.QueueJoined(at=at, call_id=told.call_id, queue=told.queue, position=0)
    if told.answered_at is None or told.seat is None:
        return
    if known is None or known.answered_at is None:
        at = not_before(told.answered_at)
        yield facts.SeatAnswered(at=at, call_id=told.call_id, seat=told.seat, queue=told.queue or GENERAL)
    if told.talk_ended_at:
        at = not_before(told.talk_ended_at)
        yield facts.SeatLegEnded(at=at, call_id=told.call_id, seat=told.seat, by=told.ended_by)


def _lose(tx: Transaction, call: Call, at: datetime) -> list[events.Event]:
    """A call that is gone and of whose end nothing was written: Asterisk itself died."""
    happened = call.end(at, EndReason.LOST)
    tx.calls.save(call)
    happened += calls.apply_to_seats(tx, happened)
    tx.outbox.add(happened)
    return happened


def _present(tx: Transaction, now: LiveCall, at: datetime) -> Iterable[facts.CallFact]:
    """The facts that bring a call to where it is. A generator: each looks at what the one before changed."""
    known = tx.calls.get(now.call_id)
    if known is None or not known.line:
        yield facts.CallerArrived(
            at=now.arrived_at,
            call_id=now.call_id,
            from_number=now.from_number,
            line=now.line,
            hint=now.queue,
        )
        known = tx.calls.get(now.call_id)
    if known is None or known.is_over or _newest(known) > at:
        return
    if known.state is CallState.RINGING and known.seat and (now.stage, now.seat) != ("ringing", known.seat):
        yield facts.SeatRingStopped(at=at, call_id=known.id, seat=known.seat, reason="resynchronised")
    if now.stage is Stage.WAITING or (now.stage is not Stage.ARRIVING and known.queued_at is None):
        yield facts.QueueJoined(at=at, call_id=known.id, queue=now.queue, position=now.position)
    if now.seat and now.stage is Stage.RINGING:
        yield facts.SeatRang(at=at, call_id=known.id, seat=now.seat)
    if now.seat and now.stage is Stage.TALKING:
        yield facts.SeatAnswered(at=at, call_id=known.id, seat=now.seat, queue=now.queue)
        # Asterisk writes down no hold: one that began or ended unseen did so now, for all we know.
        if now.held is not None:
            kind = facts.CallHeld if now.held else facts.CallUnheld
            yield kind(at=at, call_id=known.id, seat=now.seat)


def _newest(call: Call) -> datetime:
    times = (call.arrived_at, call.listening_at, call.queued_at, call.ringing_at, call.answered_at)
    return max(at for at in times if at)


def _settle_seat(tx: Transaction, seat: Seat, live: LiveState) -> list[events.Event]:
    """A seat that rings or talks for a call that is not there any more, and whether it can be reached."""
    happened: list[events.Event] = []
    now = live.seats.get(seat.id)
    if now is not None:
        happened += seat.reach(now.reachable, live.taken_at)
    call = tx.calls.get(seat.call_id) if seat.call_id else None
    elsewhere = call is None or call.is_over or call.seat != seat.id
    if seat.call_id and elsewhere and seat.since < live.taken_at:
        if seat.state is SeatState.RINGING:
            happened += seat.ring_stopped(seat.call_id, live.taken_at)
        elif seat.state is SeatState.TALKING:
            ticket = tx.tickets.of_call(seat.call_id)
            saved = ticket is not None and ticket.state is not TicketState.DRAFT
            happened += seat.wrap_up(seat.call_id, live.taken_at, saved)
    if happened:
        tx.seats.save(seat)
        tx.outbox.add(happened)
    return happened
