"""Tickets in the browser: one with its course and what may be done with it, and the list by due day."""

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from werkzeug.exceptions import BadRequest

from hotline.domain.actors import Actor
from hotline.domain.errors import Invalid, NotFound
from hotline.domain.ids import TicketId
from hotline.domain.ticket_moves import Action
from hotline.services import bursts, course_rights, courses, ticket_list
from hotline.services.course_view import CourseView
from hotline.services.ticket_list import ListQuery
from seat_console.bodies import json_object, text, whole
from seat_console.context import now, services
from seat_console.security import form_token
from seat_console.sessions import me, requires
from seat_console.sounds import sound_file

blueprint = Blueprint("tickets", __name__)
LONGEST_ID = 16
ROWS = 50
FILTERS = ("state", "unit", "due", "who", "after")


@blueprint.get("/tickets")
@requires()
def list_page() -> str:
    """All tickets this account may see, what is due first before the others."""
    return render_template("tickets.html", me=me(), form_token=form_token())


@blueprint.get("/tickets/<ticket_id>")
@requires()
def page(ticket_id: str) -> str:
    """One ticket."""
    _known(ticket_id)
    return render_template("ticket.html", me=me(), form_token=form_token(), ticket_id=ticket_id)


@blueprint.get("/api/tickets")
@requires()
def some() -> Response:
    """A page of the list."""
    asked = {name: request.args.get(name, "")[:64] for name in FILTERS}
    actor = courses.actor_of(me())
    with services().storage.reading() as tx:
        found = ticket_list.page(tx, actor, ListQuery(**asked), ROWS, now())
        units = [] if actor.unit else [{"id": u.id, "name": u.name} for u in tx.units.all() if u.is_open]
    return jsonify(**found, now=now().timestamp(), units=units, topics=_topics())


@blueprint.get("/api/tickets/<ticket_id>")
@requires()
def one(ticket_id: str) -> Response:
    """The ticket as this account may see it, and that it was looked at is recorded; null when not newer."""
    known, actor = _known(ticket_id), courses.actor_of(me())
    if "if_newer" in request.args and _is_shown(actor, known, request.args["if_newer"]):
        return jsonify(ticket=None, now=now().timestamp())
    found = courses.view(services().storage, actor, known, now())
    with services().storage.reading() as tx:
        units = [{"id": unit.id, "name": unit.name} for unit in tx.units.all() if unit.is_open]
    return _answer(found, units=units, topics=_topics())


@blueprint.get("/api/tickets/<ticket_id>/similar")
@requires("seat", "supervisor")
def similar(ticket_id: str) -> Response:
    """Open tickets that may be the same matter, to be merged."""
    actor, likeness = courses.actor_of(me()), services().likeness
    with services().storage.reading() as tx:
        found = bursts.similar(tx, actor, _known(ticket_id), likeness, now())
    return jsonify(similar=found, topics=_topics())


@blueprint.post("/api/tickets/<ticket_id>/actions")
@requires()
def act(ticket_id: str) -> Response:
    """Do something with it; 409 with the stored ticket when somebody was faster."""
    body = json_object()
    name, version, args = text(body, "action", 32), whole(body, "version"), body.get("args", {})
    if not isinstance(args, dict):
        raise BadRequest("args must be an object")
    if name not in set(Action):
        raise Invalid("there is no such action", "unknown_action")
    actor = courses.actor_of(me())
    storage = services().storage
    return _answer(courses.perform(storage, actor, _known(ticket_id), version, Action(name), args, now()))


@blueprint.post("/api/tickets/<ticket_id>/reveal")
@requires("seat", "supervisor")
def reveal(ticket_id: str) -> Response:
    """The citizen's whole number; who asked and why is recorded first."""
    why = text(json_object(), "why", 200)
    actor = courses.actor_of(me())
    return jsonify(number=courses.reveal(services().storage, actor, _known(ticket_id), why, now()))


def _known(ticket_id: str) -> TicketId:
    if len(ticket_id) > LONGEST_ID or not ticket_id.isascii() or not ticket_id.isprintable():
        raise NotFound("there is no such ticket")
    return TicketId(ticket_id)


def _is_shown(actor: Actor, ticket_id: TicketId, version: str) -> bool:
    """A page that asks again and again has this version already: that is no new look."""
    with services().storage.reading() as tx:
        course = tx.courses.get(ticket_id)
    may_see = course is not None and course_rights.may_see(actor, course)
    return course is not None and may_see and str(course.version) == version


def _answer(found: CourseView, **more: Any) -> Response:
    account = me()
    may_hear = account.role == "supervisor" or (account.seat is not None and account.seat == found["seat"])
    has_call = found["call_id"] is not None and may_hear
    shown = found | {"recording": found["recording"] and may_hear, "may_hear": has_call}
    shown["callbacks"] = [
        each | {"sound": bool(each["sound"] and sound_file(each["sound"]))} for each in found["callbacks"]
    ]
    who = {"login": account.login, "name": account.name, "role": account.role, "unit": account.unit}
    return jsonify(ticket=shown, now=now().timestamp(), me=who, **more)


def _topics() -> dict[str, Any]:
    return {topic["id"]: topic["name"] for topic in services().topics.as_view()}
