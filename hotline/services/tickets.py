"""Writing a ticket while talking, and saving it: the draft is safe after every pause in the typing."""

from dataclasses import replace
from datetime import datetime

from hotline.domain.calendar import SHANGHAI
from hotline.domain.call import Call
from hotline.domain.deadlines import DEFAULT_LIMITS, Limits
from hotline.domain.errors import Conflict, NotFound
from hotline.domain.events import TicketSaved
from hotline.domain.ids import CallId, SeatId, UnitId
from hotline.domain.learning import Shown
from hotline.domain.ticket import FieldsInvalid, Kind, Ticket, TicketFields, TicketState
from hotline.domain.ticket_moves import Action
from hotline.services.courses import actor_of, done_in
from hotline.services.learning import note_choice
from hotline.services.ports import Account, TopicList, Transaction


class DraftConflict(Conflict):
    """Another browser wrote the draft first; `ticket` is what is stored."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__("the ticket was changed in another window; its text is shown beside yours")
        self.ticket = ticket


def write_draft(
    tx: Transaction, account: Account, call_id: CallId, version: int, fields: TicketFields, at: datetime
) -> Ticket:
    """Keep what the seat typed, if `version` is the stored one.

    Raises NotFound for a call that is not this seat's, DraftConflict when another window was faster,
    Conflict when the ticket is already saved.
    """
    _, ticket = _own_ticket(tx, account, call_id, at)
    if ticket.state is not TicketState.DRAFT:
        raise Conflict("this ticket is already saved")
    if ticket.version != version:
        if ticket.fields == fields:
            return ticket  # the answer to the first try was lost on the way
        raise DraftConflict(ticket)
    changed = ticket.fields.changes(fields)
    ticket.write(fields, at)
    _save(tx, ticket, account, "draft", "draft", changed, at)
    return ticket


def accept(
    tx: Transaction,
    account: Account,
    call_id: CallId,
    version: int,
    fields: TicketFields,
    topics: TopicList,
    at: datetime,
    limits: Limits = DEFAULT_LIMITS,
    shown: Shown | None = None,
) -> Ticket:
    """Save the ticket: it gets its number and deadline, goes to its unit, and the wrap-up of its call ends.

    `shown` is what the seat saw of the caller's words when it chose the topic.

    A unit that is in no list stays as it was written, and the ticket waits for who hands it over.
    Repeating it changes nothing.
    Raises FieldsInvalid naming each field, NotFound, DraftConflict.
    """
    call, ticket = _own_ticket(tx, account, call_id, at)
    fields = _named_unit(tx, replace(fields, what=fields.what.strip(), unit=fields.unit.strip()))
    if ticket.state is not TicketState.DRAFT:
        if _named_unit(tx, ticket.fields) == fields:
            return ticket
        raise Conflict(f"this ticket is already saved as {ticket.id}")
    if ticket.version != version and ticket.fields != fields:
        raise DraftConflict(ticket)
    problems = fields.missing(topics.ids())
    unit = tx.units.get(UnitId(fields.unit)) if fields.unit and not fields.answered else None
    if unit and not unit.is_open:
        problems["unit"] = "closed"
    if problems:
        raise FieldsInvalid(problems)
    changed, ticket.fields = ticket.fields.changes(fields), fields
    number = tx.tickets.next_id(at.astimezone(SHANGHAI).year)
    ticket.accept(number, at)
    ticket.account = account.id
    working_days = limits[Kind(fields.kind)]
    due = tx.calendar.load().due(at, working_days)
    ticket.promise(working_days, due)
    _save(tx, ticket, account, "accept", "draft", {"id": number, "due": str(due.day), **changed}, at)
    tx.outbox.add([TicketSaved(at=at, ticket_id=number, call_id=call_id, seat=ticket.seat)])
    note_choice(tx, call, fields.topic, at, shown)
    if unit is None:
        return ticket
    done_in(tx, actor_of(account), number, ticket.version, Action.HAND_OVER, {"unit": unit.id}, at)
    return tx.tickets.get(number) or ticket


def _save(
    tx: Transaction,
    ticket: Ticket,
    account: Account,
    action: str,
    origin: str,
    said: dict[str, str],
    at: datetime,
) -> None:
    """With its entry in the ticket's log."""
    tx.tickets.save(ticket)
    assert ticket.key is not None  # it has one from its first save
    tx.log.add(ticket.key, at, account.login, action, origin, ticket.state, said)


def _named_unit(tx: Transaction, fields: TicketFields) -> TicketFields:
    """The unit by its id, where it was written as people call it."""
    unit = tx.units.named(fields.unit) if fields.unit else None
    return replace(fields, unit=unit.id) if unit else fields


def _own_ticket(tx: Transaction, account: Account, call_id: CallId, at: datetime) -> tuple[Call, Ticket]:
    call = tx.calls.get(call_id)
    ticket = tx.tickets.of_call(call_id) if call else None
    if call is None or account.seat is None or account.seat != _seat_of(tx, call, ticket):
        raise NotFound("there is no such call at this seat")
    if ticket is None:
        return call, Ticket(call_id=call_id, created_at=at, seat=account.seat, account=account.id)
    if ticket.state is TicketState.DRAFT and ticket.seat != account.seat:
        # The line to a missed caller broke, and another seat has reached him since.
        ticket.seat, ticket.account = account.seat, account.id
    return call, ticket


def _seat_of(tx: Transaction, call: Call, ticket: Ticket | None) -> SeatId | None:
    """Whose it is to write; a missed call's: the seat that called back and reached the caller last."""
    reached = tx.callbacks.newest_answered(call.id) if call.is_missed else None
    if reached:
        return reached.seat
    return (ticket.seat if ticket else None) or call.seat
