"""Calling citizens back: what is due, the call that a seat asks for, and what became of it."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from hotline.domain.actors import HOTLINE, Actor
from hotline.domain.calendar import SHANGHAI
from hotline.domain.errors import Conflict, NotFound
from hotline.domain.events import CallbackChanged
from hotline.domain.ids import CallId, SeatId, TicketId
from hotline.domain.seat import SeatState
from hotline.domain.ticket import TicketState
from hotline.domain.ticket_callback import MOST_ATTEMPTS, Satisfaction, check_attempt, part_of_day
from hotline.domain.ticket_moves import Action
from hotline.services import new_dates
from hotline.services.courses import perform_in
from hotline.services.ports import Account, Transaction
from hotline.services.ports_callbacks import Dial, DueCallback, DueMissed
from hotline.services.screens import ticket_view

View = dict[str, Any]
MOST_ROWS = 200
# A call that nobody saw the end of (the switch was dead): after this the citizen may be called again.
FORGOTTEN = timedelta(minutes=30)
RESULTS = {"ANSWER": "answered", "BUSY": "busy", "NOANSWER": "no_answer", "CANCEL": "no_answer"}
KEYS = {"1": Satisfaction.SATISFIED, "2": Satisfaction.BASICALLY, "3": Satisfaction.NOT}
FREE = (SeatState.READY, SeatState.PAUSED)


def work_list(tx: Transaction, actor: Actor, now: datetime) -> View:
    """What is to be called back, the due first; without numbers. Missed calls are those of today."""
    today = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "now": now.timestamp(),
        "tickets": [_due_view(tx, each, actor, now) for each in tx.callbacks.due(MOST_ROWS)],
        "new_dates": new_dates.untold(tx, MOST_ROWS, now),
        "missed": [_missed_view(each) for each in tx.callbacks.missed(today, MOST_ATTEMPTS, MOST_ROWS)],
    }


def dial_view(tx: Transaction, dial: Dial) -> View:
    """How far a call of the seat's own is, with what was written for a missed caller; without the number."""
    ticket = tx.tickets.of_call(dial.missed) if dial.missed and dial.answered_at else None
    return {
        "missed": dial.missed,
        "ticket": ticket_view(ticket) if ticket else None,
        "id": dial.id,
        "began_at": dial.began_at.timestamp(),
        "answered_at": dial.answered_at.timestamp() if dial.answered_at else None,
        "ended_at": dial.ended_at.timestamp() if dial.ended_at else None,
        "result": dial.result,
        "reached": dial.reached,
    }


def unsettled(tx: Transaction, account: Account) -> View | None:
    """The missed caller whom this account reached last, until it settles that: a reloaded page goes on."""
    dial = tx.callbacks.newest_of_seat(account.seat) if account.seat else None
    if dial is None or dial.account != account.id or not dial.missed or not dial.answered_at:
        return None
    return dial_view(tx, dial) if dial.reached is None else None


def own_dial(tx: Transaction, account: Account, dial_id: str) -> Dial:
    """A call of this account's. Raises NotFound."""
    dial = tx.callbacks.get(dial_id)
    if dial is None or dial.account != account.id:
        raise NotFound("there is no such call of yours")
    return dial


def begin(
    tx: Transaction, account: Account, ticket_id: TicketId | None, call_id: CallId | None, at: datetime
) -> Dial:
    """A seat takes a citizen to call; the switch then makes the call.

    Raises NotFound, and Conflict when the seat is in a call, the citizen is being called by another seat, was
    tried in this part of the day, is to be called by somebody else, or has no number.
    """
    seat = _free_seat(tx, account, at)
    dial = Dial(id=str(uuid.uuid4()), seat=seat, account=account.id, began_at=at)
    if ticket_id is not None:
        _check_ticket(tx, account, ticket_id, dial, at)
    elif call_id is not None:
        _check_missed(tx, call_id, dial)
    else:
        raise NotFound("nobody is named to call")
    other = tx.callbacks.open_for(dial.ticket, dial.missed)
    if other and not _is_forgotten(tx, other, at):
        raise Conflict(f"{other.seat} is calling this citizen now", "in_hand")
    if number_of(tx, dial) is None:
        raise Conflict("this citizen's number is not known", "no_number")
    tx.callbacks.add(dial)
    tx.outbox.add([CallbackChanged(at=at, seat=seat)])
    return dial


def number_of(tx: Transaction, dial: Dial) -> str | None:
    """The number to dial; only the switch asks for it."""
    if dial.ticket is not None:
        return tx.callbacks.number_of_ticket(dial.ticket)
    call = tx.calls.get(dial.missed) if dial.missed else None
    return call.from_number if call else None


def to_dial(tx: Transaction, seat: SeatId, dial_id: str) -> str:
    """The number of the call that this seat has begun. Raises NotFound, Conflict."""
    dial = tx.callbacks.get(dial_id)
    number = number_of(tx, dial) if dial else None
    if dial is None or dial.seat != seat or number is None:
        raise NotFound("there is no such callback at this seat", "callback_over")
    if dial.ended_at or dial.answered_at:
        raise Conflict("this callback is over already", "callback_over")
    return number


def answered(tx: Transaction, dial_id: str, at: datetime) -> None:
    """The citizen has picked up."""
    dial = tx.callbacks.get(dial_id)
    if dial is None or dial.ended_at or dial.answered_at:
        return
    dial.answered_at = at
    _save(tx, dial, at)


def pressed(tx: Transaction, dial_id: str, key: str) -> None:
    """The citizen's key, while the hotline asks him by itself."""
    dial = tx.callbacks.get(dial_id)
    if dial is None or dial.seat is not None or dial.ended_at or key not in KEYS:
        return
    dial.pressed = key
    tx.callbacks.save(dial)


def begin_auto(
    tx: Transaction, kinds: Collection[str], hours: Collection[tuple[int, int]], at: datetime
) -> Dial | None:
    """The next citizen whom the hotline may ask by itself now, or None. What is done again is a person's."""
    hour = at.astimezone(SHANGHAI).hour
    if not kinds or not any(first <= hour < last for first, last in hours):
        return None
    if not all([_is_forgotten(tx, dial, at) for dial in tx.callbacks.open_auto()]):
        return None  # one after the other
    asked = {dial.ticket for dial in tx.callbacks.unsettled_auto()}
    for due in tx.callbacks.due(MOST_ROWS):
        if due.kind not in kinds or due.round > 1 or due.in_hand or due.key in asked:
            continue
        if not _may_try(due.tried, at) or tx.callbacks.number_of_ticket(due.key) is None:
            continue
        return _take_auto(tx, due, at)
    return None


def _take_auto(tx: Transaction, due: DueCallback, at: datetime) -> Dial | None:
    """With the ticket locked, as a seat takes it: None when a person was faster at this moment."""
    course = tx.courses.get(due.ticket_id)
    if course is None or course.state is not TicketState.REPLIED or not _may_try(course.tried, at):
        return None
    if tx.callbacks.open_for(due.key, None):
        return None
    dial = Dial(id=str(uuid.uuid4()), seat=None, account=None, began_at=at, ticket=due.key)
    tx.callbacks.add(dial)
    tx.outbox.add([CallbackChanged(at=at, seat=None)])
    return dial


def _may_try(tried: Sequence[datetime], at: datetime) -> bool:
    try:
        check_attempt(tried, at)
    except Conflict:
        return False
    return True


def auto_over(tx: Transaction) -> list[Dial]:
    """Automatic calls that have ended and whose word is not yet with their ticket."""
    return tx.callbacks.unsettled_auto()


def settle_auto(tx: Transaction, dial: Dial, words: str, at: datetime) -> None:
    """What he pressed and said goes into the ticket; without a key he counts as not reached when he was rung.

    1 is satisfied, 2 basically, 3 not satisfied and not solved; who is asked has been replied to.
    """
    tx.calendar.load()  # before the ticket is locked
    dial.reached = dial.pressed in KEYS
    tx.callbacks.save(dial)
    ticket = tx.callbacks.ticket_of(dial)
    course = tx.courses.get(ticket) if ticket else None
    if ticket is None or course is None or course.state is not TicketState.REPLIED:
        return  # a person was faster
    if dial.reached:
        satisfied = KEYS[dial.pressed]
        solved = satisfied is not Satisfaction.NOT
        args = {"responded": True, "solved": solved, "satisfaction": str(satisfied), "words": words[:2000]}
        perform_in(tx, HOTLINE, ticket, None, Action.CALL_BACK, args, at)
    elif _may_try(course.tried, dial.began_at):  # else a person has tried him meanwhile
        perform_in(tx, HOTLINE, ticket, None, Action.MISS_CITIZEN, {}, dial.began_at)


def ended(tx: Transaction, dial_id: str, status: str, at: datetime) -> None:
    """The line is free again; `status` is Asterisk's DIALSTATUS. A repeated or late word changes nothing."""
    dial = tx.callbacks.get(dial_id)
    if dial is None or dial.ended_at:
        return
    dial.ended_at = at
    dial.result = "answered" if dial.answered_at else RESULTS.get(status, "failed")
    _save(tx, dial, at)


def lost(tx: Transaction, dial_id: str, at: datetime) -> None:
    """The line is free again, and nobody saw how that came. A late word changes nothing."""
    dial = tx.callbacks.get(dial_id)
    if dial and not dial.ended_at:
        _lose(tx, dial, at)


def settle_missed(tx: Transaction, account: Account, dial_id: str, reached: bool, at: datetime) -> Dial:
    """Whether the missed caller was spoken to, in the seat's word. Raises NotFound, Conflict.

    Who has a ticket was spoken to.
    """
    dial = own_dial(tx, account, dial_id)
    if dial.missed is None:
        raise NotFound("there is no such call of yours")
    if dial.reached is not None:
        raise Conflict("this was settled before", "settled")
    if dial.ended_at is None:
        raise Conflict("the call is not over yet", "not_over")
    ticket = tx.tickets.of_call(dial.missed)
    if not reached and ticket and ticket.state is not TicketState.DRAFT:
        raise Conflict(f"his matter is {ticket.id}: he was reached", "settled")
    dial.reached = reached
    _save(tx, dial, at)
    return dial


def _free_seat(tx: Transaction, account: Account, at: datetime) -> SeatId:
    if account.seat is None:
        raise NotFound("this account has no seat")
    seat = tx.seats.get(account.seat)
    if seat.state not in FREE:
        raise Conflict("your seat is in a call or has a ticket to finish", "seat_busy")
    if not seat.reachable:
        raise Conflict("your softphone is not connected", "unreachable")
    open_dial = tx.callbacks.open_of_seat(seat.id)
    if open_dial and not _is_forgotten(tx, open_dial, at):
        raise Conflict("you are calling somebody already", "seat_busy")
    return seat.id


def _is_forgotten(tx: Transaction, dial: Dial, now: datetime) -> bool:
    """Closes a call whose end nobody saw."""
    if now - dial.began_at < FORGOTTEN:
        return False
    _lose(tx, dial, now)
    return True


def _lose(tx: Transaction, dial: Dial, at: datetime) -> None:
    dial.ended_at, dial.result = at, "answered" if dial.answered_at else "unknown"
    _save(tx, dial, at)


def _check_ticket(tx: Transaction, account: Account, ticket_id: TicketId, dial: Dial, at: datetime) -> None:
    course = tx.courses.get(ticket_id)
    if course is None:
        raise NotFound("there is no such ticket")
    if course.state is not TicketState.REPLIED:
        new_dates.check_call(course, at)
    elif account.login in course.handlers:
        raise Conflict("the callback is made by someone who did not handle the ticket", "handler")
    else:
        check_attempt(course.tried, at)
    dial.ticket = course.key


def _check_missed(tx: Transaction, call_id: CallId, dial: Dial) -> None:
    call = tx.calls.get(call_id)
    if call is None or not call.is_missed:
        raise NotFound("there is no such missed call")
    dial.missed = call_id


def _save(tx: Transaction, dial: Dial, at: datetime) -> None:
    tx.callbacks.save(dial)
    tx.outbox.add([CallbackChanged(at=at, seat=dial.seat)])


def _due_view(tx: Transaction, due: DueCallback, actor: Actor, now: datetime) -> View:
    plain = ("kind", "topic", "place", "what", "reply", "round", "in_hand")
    unit = tx.units.get(due.unit)  # type: ignore[arg-type]
    later = bool(due.tried) and part_of_day(now) in {part_of_day(before) for before in due.tried}
    return {name: getattr(due, name) for name in plain} | {
        "id": due.ticket_id,
        "unit": unit.name if unit else due.unit,
        "callback_due": due.callback_due.timestamp(),
        "due": due.due_at.timestamp(),
        "overdue": due.callback_due <= now,
        "tries": len(due.tried),
        "tried": [before.timestamp() for before in due.tried],
        "given_up": len(due.tried) >= MOST_ATTEMPTS,
        "wait": "handler" if actor.name in due.handlers else "part_of_day" if later else "",
    }


def _missed_view(missed: DueMissed) -> View:
    return {
        "id": missed.call_id,
        "arrived_at": missed.arrived_at.timestamp(),
        "queue": missed.queue,
        "tries": missed.tries,
        "last_try": missed.last_try.timestamp() if missed.last_try else None,
        "in_hand": missed.in_hand,
    }
