"""What somebody may see of an accepted ticket: its course, its log, and what he may do with it now."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from hotline.domain.actors import Actor, Role
from hotline.domain.calendar import SHANGHAI, Calendar
from hotline.domain.ticket import Ticket
from hotline.domain.ticket_course import MOST_EXTENSION, Course
from hotline.domain.ticket_log import Entry
from hotline.domain.ticket_moves import Action
from hotline.domain.ticket_parts import Part
from hotline.services import course_args, course_rights
from hotline.services.ports import Transaction
from hotline.services.recordings import may_hear_callback, sound_of
from hotline.services.screens import mask

CourseView = dict[str, Any]
# Of these a unit sees that they were, not what they said: the seat's notes may name the citizen.
_OF_THE_DESK = frozenset({"draft", "accept"})


def course_view(tx: Transaction, actor: Actor, course: Course) -> CourseView:
    """The whole, ready for JSON; times in epoch seconds. Numbers are masked for everybody."""
    ticket = tx.tickets.get(course.ticket_id)
    assert ticket is not None  # a course is a ticket's
    log = tx.log.of(course.key)
    names = _Names(tx, _units_in(course, log), (entry.who for entry in log))
    of_unit = actor.role is Role.UNIT
    number = tx.callbacks.number_of_ticket(course.key)
    return {
        "id": course.ticket_id,
        "version": course.version,
        "state": course.state,
        **_matter(tx, ticket, hide_name=of_unit and ticket.fields.confidential),
        "number": mask(None if course.again_of else number),
        "unit": course.unit,
        "unit_name": names.unit(course.unit),
        **_clocks(course),
        "returns": course.returns,
        "forced": course.forced,
        "asked_extension": course.asked_extension,
        "extended": course.extended,
        "extension_left": MOST_EXTENSION - course.extended,
        "parts": [_part(part, names) for part in course.parts.values()],
        "reply": course.reply_text,
        "tried": [at.timestamp() for at in course.tried],
        "answers": _answers(course),
        "interview": course.interview,
        "round": course.round,
        "again_of": course.again_of,
        "again_as": course.again_as,
        "leader": course.leader,
        "followers": [] if of_unit else tx.courses.follower_ids(course.ticket_id),
        "callbacks": [] if of_unit else _callbacks(tx, actor, course, ticket),
        "log": [_entry(entry, names, of_unit) for entry in log],
        "allowed": [_allowed(action) for action in course_rights.possible(actor, course, number is not None)],
        "may_reveal": actor.role in (Role.SEAT, Role.SUPERVISOR),
    }


def own_number(tx: Transaction, course: Course) -> str | None:
    """The citizen's; what is done again has none of its own: it is with the ticket it began with."""
    return None if course.again_of else tx.callbacks.number_of_ticket(course.key)


def _matter(tx: Transaction, ticket: Ticket, *, hide_name: bool) -> CourseView:
    fields = ticket.fields
    return {
        "kind": fields.kind,
        "topic": fields.topic,
        "place": fields.place,
        "what": fields.what,
        "citizen_name": None if hide_name else fields.citizen_name,
        "confidential": fields.confidential,
        "share_number": fields.share_number,
        "call_id": ticket.call_id,
        "recording": bool(ticket.call_id and tx.recordings.get(ticket.call_id)),
        "seat": ticket.seat,
    }


def _clocks(course: Course) -> CourseView:
    times: Mapping[str, datetime | None] = {
        "accepted_at": course.accepted_at,
        "due_at": course.deadline.at,
        "handed_over_at": course.handed_over_at,
        "sign_due": course.sign_due,
        "return_due": course.return_due,
        "returned_at": course.returned_at,
        "asked_at": course.asked_at,
        "replied_at": course.replied_at,
        "callback_due": course.callback_due,
    }
    return {name: _epoch(at) for name, at in times.items()} | {
        "working_days": course.working_days,
        "due_day": str(course.deadline.day),
        "due_provisional": course.deadline.provisional,
    }


def counted_days(calendar: Calendar, course: Course) -> list[CourseView]:
    """Each day from acceptance to the deadline: the number of the working day it is, or why it is none."""
    names = {special.day: special.name for year in calendar.arrangements for special in year.days}
    day, counted, found = course.accepted_at.astimezone(SHANGHAI).date(), 0, []
    while day < course.deadline.day:
        day += timedelta(days=1)
        works = calendar.is_working(day)
        counted += works
        found.append({"day": str(day), "number": counted if works else None, "name": names.get(day, "")})
    return found


def _part(part: Part, names: "_Names") -> CourseView:
    return {
        "unit": part.unit,
        "unit_name": names.unit(part.unit),
        "asked_at": part.asked_at.timestamp(),
        "due_at": part.due.at.timestamp(),
        "due_day": str(part.due.day),
        "answered_at": _epoch(part.answered_at),
    }


def _answers(course: Course) -> CourseView | None:
    said = course.answers
    if said is None:
        return None
    return {name: getattr(said, name) for name in ("responded", "solved", "satisfaction", "words")}


def _callbacks(tx: Transaction, actor: Actor, course: Course, ticket: Ticket) -> list[CourseView]:
    """The calls in which the citizen was spoken to, the first of them where he was a missed caller."""
    missed = tx.callbacks.newest_answered(ticket.call_id) if ticket.call_id else None
    dials = ([missed] if missed else []) + tx.callbacks.of_ticket(course.key)
    supervises = actor.role is Role.SUPERVISOR
    return [
        {
            "id": dial.id,
            "at": dial.answered_at.timestamp(),
            "seat": dial.seat,  # None: the hotline asked by itself
            "sound": sound_of(dial)
            if may_hear_callback(dial, actor.account, supervises=supervises)
            else None,
        }
        for dial in dials
        if dial.answered_at
    ]


def _entry(entry: Entry, names: "_Names", of_unit: bool) -> CourseView:
    hidden = of_unit and entry.action in _OF_THE_DESK
    detail = {} if hidden else dict(entry.detail)
    if "unit" in detail:
        detail["unit_name"] = names.unit(detail["unit"])
    if "lead" in detail:
        detail["lead"] = names.unit(detail["lead"])
    return {
        "number": entry.number,
        "at": entry.at.timestamp(),
        "who": entry.who,
        "name": names.person(entry.who),
        "action": entry.action,
        "origin": entry.origin,
        "target": entry.target,
        "detail": detail,
    }


def _allowed(action: Action) -> CourseView:
    wanted = course_args.FIELDS.get(action, {}).items()
    fields = [{"name": name, "kind": kind.rstrip("?"), "needed": "?" not in kind} for name, kind in wanted]
    return {"action": action, "fields": fields}


def _epoch(at: datetime | None) -> float | None:
    return at.timestamp() if at else None


def _units_in(course: Course, log: Iterable[Entry]) -> set[str]:
    said = {value for entry in log for name, value in entry.detail if name in ("unit", "lead")}
    return {course.unit, *course.parts, *said}


class _Names:
    """Who is meant, looked up once for all."""

    def __init__(self, tx: Transaction, units: Iterable[str], logins: Iterable[str]) -> None:
        self._units = tx.units.names_of(units)
        self._people = tx.accounts.names_of(logins)

    def unit(self, unit_id: str) -> str:
        """The unit's name, or what the seat wrote where there is no such unit."""
        return self._units.get(unit_id, unit_id)

    def person(self, login: str) -> str:
        return self._people.get(login, login)
