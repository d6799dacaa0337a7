"""The pages of handling units: what is due next, one matter a page, and what a unit does with it."""

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from werkzeug.exceptions import BadRequest

from hotline.domain.attachments import MOST_UNSENT
from hotline.domain.errors import Invalid, NotFound
from hotline.domain.ids import TicketId, UnitId
from hotline.domain.ticket_moves import Action
from hotline.services import attachments, courses, work
from hotline.services.course_view import CourseView
from hotline.services.ports import Transaction
from seat_console.bodies import json_object, text, whole
from seat_console.context import now, services
from seat_console.security import form_token
from seat_console.sessions import me, requires

blueprint = Blueprint("work", __name__)
LONGEST_ID = 16
WITH_FILES = frozenset({Action.REPLY, Action.ANSWER_PART})


@blueprint.get("/work")
@requires("unit")
def page() -> str:
    """What the unit has to do, by what is due next."""
    return render_template("work.html", me=me(), form_token=form_token(), unit_name=_unit_name())


@blueprint.get("/work/<ticket_id>")
@requires("unit")
def matter_page(ticket_id: str) -> str:
    """One matter; a stranger's is not there."""
    wanted, actor = known(ticket_id), courses.actor_of(me())
    with services().storage.reading() as tx:
        work.check_seen(tx, actor, wanted)
    return render_template("matter.html", me=me(), form_token=form_token(), ticket_id=wanted)


@blueprint.get("/api/work")
@requires("unit")
def board() -> Response:
    """One list, and the figures of all."""
    with services().storage.reading() as tx:
        found = work.board(tx, _unit(), request.args.get("list", "open")[:20], topic_name, now())
    return jsonify(found)


@blueprint.get("/api/work/<ticket_id>")
@requires("unit")
def matter(ticket_id: str) -> Response:
    """The matter as this unit may see it; that it was looked at is recorded."""
    found = courses.view(services().storage, courses.actor_of(me()), known(ticket_id), now())
    with services().storage.reading() as tx:
        others = [{"id": u.id, "name": u.name} for u in tx.units.all() if u.is_open and u.id != _unit()]
        seq = tx.outbox.newest()
    return _answer(found, units=others, seq=seq)


@blueprint.post("/api/work/<ticket_id>/actions")
@requires("unit")
def act(ticket_id: str) -> Response:
    """Sign, reply, return, extend, ask, or answer a part; 409 with the stored matter when it was changed."""
    body, wanted = json_object(), known(ticket_id)
    name, version, args = text(body, "action", 32), whole(body, "version"), body.get("args", {})
    if not isinstance(args, dict):
        raise BadRequest("args must be an object")
    if name not in set(Action):
        raise Invalid("there is no such action", "unknown_action")

    files = body.get("files", [])
    if not isinstance(files, list) or len(files) > MOST_UNSENT or not all(type(f) is int for f in files):
        raise BadRequest(f"files must be a list of at most {MOST_UNSENT} numbers")
    if files and name not in WITH_FILES:
        raise Invalid("files are sent with a reply or an answer only", "no_files_here")

    def do(tx: Transaction) -> CourseView:
        actor, at = courses.actor_of(me()), now()
        done = work.act(tx, actor, wanted, version, Action(name), args, at)
        attachments.send(tx, actor, wanted, files, at)
        return done

    return _answer(courses.once_more(services().storage, do))


def known(ticket_id: str) -> TicketId:
    """A ticket's number as it may be one. Raises NotFound."""
    if len(ticket_id) > LONGEST_ID or not ticket_id.isascii() or not ticket_id.isprintable():
        raise NotFound("there is no such ticket")
    return TicketId(ticket_id)


def topic_name(topic: str) -> Any:
    """In both languages; its id where the topics file knows it no longer."""
    return next((t["name"] for t in services().topics.as_view() if t["id"] == topic), topic)


def _unit() -> UnitId:
    unit = me().unit
    if unit is None:
        raise NotFound("this account has no unit")
    return unit


def _unit_name() -> str:
    with services().storage.reading() as tx:
        unit = tx.units.get(_unit())
    return unit.name if unit else _unit()


def _answer(found: CourseView, **more: Any) -> Response:
    shown = found | {"topic": topic_name(found["topic"]), "can": work.possible(found), "me": _unit()}
    return jsonify(matter=shown, now=now().timestamp(), **more)
