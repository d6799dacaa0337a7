"""What a seat asks for, and what Asterisk's queues must therefore know of it."""

from dataclasses import dataclass
from datetime import datetime

from hotline.domain import events
from hotline.domain.ids import SeatId
from hotline.domain.seat import Seat, SeatState
from hotline.domain.ticket import TicketState
from hotline.services.ports import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A seat in the queues: absent, or a member, perhaps paused for `reason`."""

    seat: SeatId
    in_queue: bool
    paused: bool = False
    reason: str = ""


def membership(seat: Seat) -> Membership:
    """What the queues must say of `seat`, by its state and what it wants next.

    A seat in a call that wants a pause is paused at once, so that no call comes in between.
    """
    state, reason = seat.state, seat.reason
    if state is SeatState.WRAP_UP:
        return Membership(seat=seat.id, in_queue=True, paused=True, reason="wrap_up")
    if state in (SeatState.RINGING, SeatState.TALKING):
        state, reason = seat.wanted, seat.wanted_reason
        if state is SeatState.OFFLINE:
            return Membership(seat=seat.id, in_queue=True, paused=True, reason="leaving")
    if state is SeatState.OFFLINE:
        return Membership(seat=seat.id, in_queue=False)
    return Membership(seat=seat.id, in_queue=True, paused=state is SeatState.PAUSED, reason=reason)


def want(
    tx: Transaction, seat_id: SeatId, state: SeatState, at: datetime, reason: str = ""
) -> tuple[Membership, list[events.Event]]:
    """A person asks to be ready, paused or offline. Raises Invalid, Conflict or NotFound.

    Returns the membership that Asterisk must be told before this is committed.
    """
    seat = tx.seats.get(seat_id)
    happened = seat.want(state, at, reason)
    tx.seats.save(seat)
    tx.outbox.add(happened)
    return membership(seat), happened


def finish_wrap_ups(tx: Transaction, at: datetime) -> list[Membership]:
    """End the wrap-up of every seat whose ticket is saved; returns what the queues must now say."""
    told: list[Membership] = []
    for seat in tx.seats.all():
        if seat.state is not SeatState.WRAP_UP or seat.call_id is None:
            continue
        ticket = tx.tickets.of_call(seat.call_id)
        if ticket is None or ticket.state is TicketState.DRAFT:
            continue
        happened = seat.ticket_saved(seat.call_id, at)
        tx.seats.save(seat)
        tx.outbox.add(happened)
        told.append(membership(seat))
    return told


def memberships(tx: Transaction) -> list[Membership]:
    """What the queues must say of every seat."""
    return [membership(seat) for seat in tx.seats.all()]
