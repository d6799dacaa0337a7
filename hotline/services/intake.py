"""A matter that came in writing: accepted with its number and deadline like one that was told to a seat."""

from dataclasses import asdict, replace
from datetime import datetime

from hotline.domain.actors import Actor, Role
from hotline.domain.calendar import SHANGHAI
from hotline.domain.deadlines import DEFAULT_LIMITS, Limits
from hotline.domain.errors import HotlineError, NotFound
from hotline.domain.events import TicketMoved
from hotline.domain.ids import TicketId, UnitId
from hotline.domain.ticket import FieldsInvalid, Kind, Ticket, TicketFields
from hotline.domain.ticket_callback import written_number
from hotline.services import units
from hotline.services.ports import TopicList, Transaction


def accept(
    tx: Transaction,
    actor: Actor,
    fields: TicketFields,
    topics: TopicList,
    at: datetime,
    limits: Limits = DEFAULT_LIMITS,
    number: str = "",
) -> tuple[TicketId, Ticket]:
    """The ticket, accepted; a person hands it over. Raises FieldsInvalid naming each field, NotFound.

    `number` is the citizen's own, as it was written: by it he is called back. No log holds it.
    """
    if actor.role not in (Role.SEAT, Role.SUPERVISOR):
        raise NotFound("a unit takes in no matters")
    fields = replace(fields, what=fields.what.strip(), unit=fields.unit.strip(), answered=False)
    problems = fields.missing(topics.ids())
    if "unit" not in problems:
        problems |= _unit_problem(tx, UnitId(fields.unit))
    to_dial = written_number(number) if number.strip() else None
    if number.strip() and to_dial is None:
        problems["number"] = "unreadable"
    if problems:
        raise FieldsInvalid(problems)
    # The calendar before anything else is locked (services/ports.py, CalendarStore).
    calendar = tx.calendar.load()
    ticket_id = tx.tickets.next_id(at.astimezone(SHANGHAI).year)
    ticket = Ticket(call_id=None, created_at=at, fields=fields)
    ticket.accept(ticket_id, at)
    working_days = limits[Kind(fields.kind)]
    ticket.promise(working_days, calendar.due(at, working_days))
    tx.tickets.save(ticket)
    assert ticket.key is not None  # given by the store
    if to_dial:
        tx.callbacks.keep_number(ticket.key, to_dial)
    tx.log.add(ticket.key, at, actor.name, "accept", "draft", ticket.state, asdict(fields))
    tx.outbox.add([TicketMoved(at=at, ticket_id=ticket_id, action="accept", state=ticket.state)])
    return ticket_id, ticket


def _unit_problem(tx: Transaction, unit: UnitId) -> dict[str, str]:
    try:
        units.require(tx, unit)
    except HotlineError:
        return {"unit": "unknown"}
    return {}
