"""Calling citizens back from the seat's console: what is due, asking for the call, what became of it."""

import uuid
from uuid import UUID

from flask import Blueprint, Response, current_app, jsonify, request
from werkzeug.exceptions import BadRequest

from hotline.domain.errors import Unavailable
from hotline.domain.ids import CallId, TicketId
from hotline.services import callbacks, courses, recordings
from hotline.services.ports import Command
from seat_console import commands
from seat_console.bodies import json_object, text
from seat_console.context import now, services
from seat_console.sessions import me, requires
from seat_console.sounds import send_sound

blueprint = Blueprint("callbacks", __name__, url_prefix="/api/callbacks")
PAGE_HEADER = "X-Hotline-Page"


@blueprint.get("")
@requires("seat", "supervisor")
def some() -> Response:
    """Tickets and missed calls to be called back, the due first, and new dates to tell of; no numbers."""
    with services().storage.reading() as tx:
        found = callbacks.work_list(tx, courses.actor_of(me()), now()) | {
            "mine": callbacks.unsettled(tx, me())
        }
    names = {topic["id"]: topic["name"] for topic in services().topics.as_view()}
    for row in [*found["tickets"], *found["new_dates"]]:
        row["topic_name"] = names.get(row["topic"], row["topic"])
    return jsonify(found)


@blueprint.post("")
@requires("seat")
def begin() -> tuple[Response, int]:
    """Take a citizen and have him called: `{"ticket"}` or `{"call"}`; the softphone rings next."""
    body, account = json_object(), me()
    has_it = account.seat is not None and current_app.extensions["live_link"].holders.has(
        account.seat, request.headers.get(PAGE_HEADER, "")
    )
    commands.require_page(request.headers.get(PAGE_HEADER, ""), has_it)
    ticket, call = text(body, "ticket", 16, ""), text(body, "call", 36, "")
    if bool(ticket) == bool(call):
        raise BadRequest("name a ticket or a missed call")
    with services().storage.writing() as tx:
        wanted = (TicketId(ticket) if ticket else None, CallId(call) if call else None)
        dial = callbacks.begin(tx, account, *wanted, now())
        view = callbacks.dial_view(tx, dial)
    command = Command(
        id=str(uuid.uuid4()),
        name="callback.dial",
        seat=dial.seat,
        account=account.id,
        args={"dial": dial.id},
        expires_at=now().timestamp() + commands.EXPIRES_S,
    )
    try:
        commands.send(services(), command)
    except Unavailable:
        with services().storage.writing() as tx:
            callbacks.ended(tx, dial.id, "", now())
        raise
    return jsonify(dial=view), 202


@blueprint.get("/<uuid:dial_id>")
@requires("seat")
def one(dial_id: UUID) -> Response:
    """How far a call of one's own is."""
    with services().storage.reading() as tx:
        return jsonify(dial=callbacks.dial_view(tx, callbacks.own_dial(tx, me(), str(dial_id))))


@blueprint.post("/<uuid:dial_id>/settle")
@requires("seat")
def settle(dial_id: UUID) -> Response:
    """Whether a missed caller was spoken to: `{"reached": bool}`."""
    reached = json_object().get("reached")
    if not isinstance(reached, bool):
        raise BadRequest("reached must be true or false")
    with services().storage.writing() as tx:
        dial = callbacks.settle_missed(tx, me(), str(dial_id), reached, now())
        return jsonify(dial=callbacks.dial_view(tx, dial))


@blueprint.get("/<uuid:dial_id>/recording")
@requires("seat", "supervisor")
def recording(dial_id: UUID) -> Response:
    """The sound of a callback; that it was asked for is recorded first."""
    with services().storage.writing() as tx:
        name = recordings.open_callback(tx, me(), str(dial_id), now())
    return send_sound(name)
