"""Joint meetings 会商 (row R4): called about several tickets, written down; their duties are tickets."""

from dataclasses import asdict
from datetime import date, datetime

from hotline.domain.actors import Actor, Role
from hotline.domain.calendar import SHANGHAI, Calendar
from hotline.domain.errors import NotFound
from hotline.domain.ids import AccountId, TicketId, UnitId
from hotline.domain.meetings import LONGEST_OWNER, Duty, Meeting, days_until, one_line
from hotline.domain.ticket import LONGEST_TEXT, Kind, Ticket, TicketFields
from hotline.domain.ticket_moves import Action
from hotline.services import course_args, units
from hotline.services.courses import perform_in
from hotline.services.ports import Transaction


def convene(
    tx: Transaction,
    actor: Actor,
    *,
    title: str,
    place: str,
    starts_at: datetime,
    agenda: tuple[TicketId, ...],
    at: datetime,
) -> Meeting:
    """A meeting about these tickets. Raises NotFound for a number nobody has, Invalid."""
    account = _supervisor(actor)
    meeting = Meeting(title=title, place=place, starts_at=starts_at, created_at=at, agenda=agenda)
    unknown = set(agenda) - {listed.ticket_id for listed in tx.supervision.of_ids(agenda)}
    if unknown:
        raise NotFound(f"there is no ticket {min(unknown)[:20]!r}")
    return tx.meetings.add(meeting, account)


def write_minutes(tx: Transaction, actor: Actor, key: int, version: int, minutes: str) -> Meeting:
    """What was said and decided. Raises NotFound, Conflict (closed, or changed meanwhile), Invalid."""
    meeting = _open(tx, actor, key, version)
    meeting.write(minutes)
    tx.meetings.save(meeting)
    return meeting


def close(tx: Transaction, actor: Actor, key: int, version: int, at: datetime) -> Meeting:
    """Its minutes and duties stay as they are from now on."""
    meeting = _open(tx, actor, key, version)
    meeting.close(at)
    tx.meetings.save(meeting)
    return meeting


def assign(
    tx: Transaction,
    actor: Actor,
    key: int,
    version: int,
    *,
    of_ticket: TicketId,
    unit: UnitId,
    owner: str,
    day: date,
    what: str,
    at: datetime,
) -> tuple[Meeting, Duty]:
    """A duty with its owner and day: a ticket of its own, handed to the owner's unit at once.

    It is due at the end of `day`, or of the last working day before it. Raises NotFound, Conflict, Invalid.
    """
    calendar = tx.calendar.load()  # before anything else is locked
    meeting = _open(tx, actor, key, version)
    owner = one_line(owner, "the owner", LONGEST_OWNER)
    if not what.strip() or len(what) > LONGEST_TEXT or not course_args.is_clean(what):
        raise course_args.ArgsInvalid({"what": "required"})
    days = days_until(calendar, at, day)
    units.require(tx, unit)
    first = tx.tickets.get(of_ticket)
    if first is None:
        raise NotFound("there is no such ticket")
    fields = TicketFields(
        kind=Kind.HELP, topic=first.fields.topic, place=first.fields.place, what=what.strip(), unit=unit
    )
    ticket = _ticket(tx, actor, fields, days, calendar, at, of_ticket, meeting)
    assert ticket.id is not None and ticket.key is not None  # given when it was accepted and saved
    duty = Duty(ticket_id=ticket.id, of_ticket=of_ticket, unit=unit, owner=owner, day=day)
    meeting.assign(duty)
    tx.meetings.add_duty(meeting.key, duty, ticket.key)
    tx.meetings.save(meeting)
    perform_in(tx, actor, ticket.id, ticket.version, Action.HAND_OVER, {"unit": unit}, at)
    return meeting, duty


def _ticket(
    tx: Transaction,
    actor: Actor,
    fields: TicketFields,
    days: int,
    calendar: Calendar,
    at: datetime,
    of_ticket: TicketId,
    meeting: Meeting,
) -> Ticket:
    ticket = Ticket(call_id=None, created_at=at, fields=fields)
    ticket.accept(tx.tickets.next_id(at.astimezone(SHANGHAI).year), at)
    ticket.promise(days, calendar.due(at, days))
    tx.tickets.save(ticket)
    assert ticket.key is not None  # given by the store
    said = {"of_ticket": of_ticket, "meeting": meeting.key, **asdict(fields)}
    tx.log.add(ticket.key, at, actor.name, "accept", "draft", ticket.state, said)
    return ticket


def _open(tx: Transaction, actor: Actor, key: int, version: int) -> Meeting:
    _supervisor(actor)
    meeting = tx.meetings.get(key)
    if meeting is None:
        raise NotFound("there is no such meeting")
    meeting.check_open(version)
    return meeting


def _supervisor(actor: Actor) -> AccountId:
    if actor.role is not Role.SUPERVISOR or actor.account is None:
        raise NotFound("this is not for your role")
    return actor.account
