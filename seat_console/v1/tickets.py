"""Tickets for programs: finding, looking, writing, acting."""

from hotline.domain.actors import Actor, Role
from hotline.domain.errors import NotFound
from hotline.domain.ids import TicketId
from hotline.domain.ticket import TicketFields
from hotline.domain.ticket_log import Entry
from hotline.services import api_keys, course_rights, courses, intake, search
from hotline.services.ports import Transaction
from hotline.services.ports_api import ApiKey
from hotline.services.search import TicketQuery
from seat_console.context import now, services
from seat_console.v1 import shapes
from seat_console.v1.doors import door, within


@door("GET", "/tickets", query=shapes.TicketFilter)
def list_tickets(key: ApiKey, query: shapes.TicketFilter) -> shapes.TicketPage:
    """Tickets that fit, the newest first."""
    return _found(key, query)


@door("POST", "/tickets/search", body=shapes.TicketSearch)
def search_tickets(key: ApiKey, body: shapes.TicketSearch) -> shapes.TicketPage:
    """The same, also by the caller's number: then each ticket that is shown is recorded as a look."""
    return _found(key, body)


def _found(key: ApiKey, asked: shapes.TicketFilter) -> shapes.TicketPage:
    values = asked.model_dump(exclude={"after", "limit"})
    actor = api_keys.actor_of(key)
    with services().storage.reading() as tx:
        wanted = TicketQuery.from_mapping(values)
        page = search.find(tx, actor, wanted, asked.after, asked.limit)
        names = _names(tx)
    if search.is_by_number(actor, wanted):
        with services().storage.writing() as tx:
            for found in page.rows:
                tx.api.saw(key.id, found.id, search.LOOKED_FOR, now())
    rows = [
        shapes.TicketRow.model_validate(search.view(actor, found, *names), strict=False)
        for found in page.rows
    ]
    return shapes.TicketPage(tickets=rows, next=page.next)


def _names(tx: Transaction) -> tuple[dict[str, str], dict[str, str]]:
    units = {str(unit.id): unit.name for unit in tx.units.all()}
    return units, {topic["id"]: topic["name"]["zh"] for topic in services().topics.as_view()}


@door("GET", "/tickets/{ticket_id}", failures=(404,))
def get_ticket(key: ApiKey, ticket_id: str) -> shapes.TicketOne:
    """One ticket; the look is recorded."""
    actor, wanted = api_keys.actor_of(key), TicketId(ticket_id)
    with services().storage.writing() as tx:
        course, found = tx.courses.get(wanted), tx.search.by_id(wanted)
        if course is None or found is None or not course_rights.may_see(actor, course):
            raise NotFound("there is no such ticket")
        tx.api.saw(key.id, wanted, "ticket", now())
        row = shapes.TicketRow.model_validate(search.view(actor, found, *_names(tx)), strict=False)
    return shapes.TicketOne(
        ticket=row,
        version=course.version,
        reply=course.reply_text,
        actions=course_rights.possible(actor, course, found.number is not None) if key.may_write else [],
    )


@door("GET", "/tickets/{ticket_id}/log", failures=(404,))
def get_ticket_log(key: ApiKey, ticket_id: str) -> shapes.TicketLog:
    """All that was done with a ticket; the look is recorded."""
    actor, wanted = api_keys.actor_of(key), TicketId(ticket_id)
    with services().storage.writing() as tx:
        course = tx.courses.get(wanted)
        if course is None or not course_rights.may_see(actor, course):
            raise NotFound("there is no such ticket")
        tx.api.saw(key.id, wanted, "log", now())
        entries = [_entry(actor, entry) for entry in tx.log.of(course.key)]
    return shapes.TicketLog(entries=entries)


def _entry(actor: Actor, entry: Entry) -> shapes.LogEntry:
    """A unit sees that the desk wrote something down, not what: it may name the citizen."""
    hidden = actor.role is Role.UNIT and entry.action in ("draft", "accept")
    values = {name: str(getattr(entry, name)) for name in ("who", "action", "origin", "target", "hash")}
    detail = {} if hidden else dict(entry.detail)
    return shapes.LogEntry(number=entry.number, at=entry.at.isoformat(), detail=detail, **values)


@door("POST", "/tickets", body=shapes.NewTicket, status=201, writes=True, once=True, failures=(404, 409))
def create_ticket(key: ApiKey, body: shapes.NewTicket, tx: Transaction | None = None) -> shapes.Accepted:
    """Accept a matter; the answer has its number and deadline."""
    fields = TicketFields.from_mapping(body.model_dump(mode="json", exclude={"number"}))
    with within(tx) as inside:
        limits = services().settings.time_limits
        topics, actor = services().topics, api_keys.actor_of(key)
        number, ticket = intake.accept(inside, actor, fields, topics, now(), limits, body.number)
    assert ticket.deadline is not None  # promised when it was accepted
    due = ticket.deadline
    return shapes.Accepted(id=number, due_at=due.at.isoformat(), due_provisional=due.provisional)


@door("POST", "/tickets/{ticket_id}/actions", body=shapes.Act, writes=True, once=True, failures=(404, 409))
def act_on_ticket(
    key: ApiKey, ticket_id: str, body: shapes.Act, tx: Transaction | None = None
) -> shapes.TicketOne:
    """Do what may be done with a ticket in its state; the rules are those of the screens."""
    actor, wanted = api_keys.actor_of(key), TicketId(ticket_id)
    with within(tx) as inside:
        courses.perform_in(inside, actor, wanted, body.version, body.action, body.args, now())
        return _after(inside, key, wanted)


def _after(tx: Transaction, key: ApiKey, ticket_id: TicketId) -> shapes.TicketOne:
    actor = api_keys.actor_of(key)
    course, found = tx.courses.get(ticket_id), tx.search.by_id(ticket_id)
    if course is None or found is None:
        raise NotFound("there is no such ticket")
    row = shapes.TicketRow.model_validate(search.view(actor, found, *_names(tx)), strict=False)
    actions = course_rights.possible(actor, course, found.number is not None)
    return shapes.TicketOne(ticket=row, version=course.version, reply=course.reply_text, actions=actions)
