"""Writing a ticket while talking, and saving it: the draft is safe after every pause in the typing."""

from dataclasses import asdict, replace
from datetime import datetime

from hotline.domain.calendar import SHANGHAI
from hotline.domain.deadlines import DEFAULT_LIMITS, Limits
from hotline.domain.errors import Conflict, NotFound
from hotline.domain.events import TicketSaved
from hotline.domain.ids import CallId, SeatId
from hotline.domain.ticket import FieldsInvalid, Kind, Ticket, TicketFields, TicketState
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
    ticket = _own_ticket(tx, account, call_id, at)
    if ticket.state is not TicketState.DRAFT:
        raise Conflict("this ticket is already saved")
    if ticket.version != version:
        if ticket.fields == fields:
            return ticket  # the answer to the first try was lost on the way
        raise DraftConflict(ticket)
    ticket.write(fields, at)
    tx.tickets.save(ticket)
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
) -> Ticket:
    """Save the ticket: it gets its number and deadline, and the wrap-up of its call ends.

    Repeating it changes nothing.
    Raises FieldsInvalid naming each field, NotFound, DraftConflict.
    """
    ticket = _own_ticket(tx, account, call_id, at)
    if ticket.state is not TicketState.DRAFT:
        if ticket.fields == fields:
            return ticket
        raise Conflict(f"this ticket is already saved as {ticket.id}")
    if ticket.version != version and ticket.fields != fields:
        raise DraftConflict(ticket)
    ticket.fields = replace(fields, what=fields.what.strip(), unit=fields.unit.strip())
    problems = ticket.fields.missing(topics.ids())
    if problems:
        raise FieldsInvalid(problems)
    number = tx.tickets.next_id(at.astimezone(SHANGHAI).year)
    ticket.accept(number, at)
    ticket.account = account.id
    working_days = limits[Kind(fields.kind)]
    ticket.promise(working_days, tx.calendar.load().due(at, working_days))
    tx.tickets.save(ticket)
    tx.tickets.add_log(call_id, at, account.login, str(ticket.state), asdict(ticket.fields))
    tx.outbox.add([TicketSaved(at=at, ticket_id=number, call_id=call_id, seat=ticket.seat)])
    return ticket


def _own_ticket(tx: Transaction, account: Account, call_id: CallId, at: datetime) -> Ticket:
    call = tx.calls.get(call_id)
    ticket = tx.tickets.of_call(call_id) if call else None
    seat: SeatId | None = (ticket.seat if ticket else None) or (call.seat if call else None)
    if call is None or account.seat is None or seat != account.seat:
        raise NotFound("there is no such call at this seat")
    return ticket or Ticket(call_id=call_id, created_at=at, seat=account.seat, account=account.id)
