"""The API of the pages: snapshots, softphone, tickets, commands, recordings, and words that leave a trace."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, current_app, jsonify, request

from hotline.domain.errors import Conflict, NotFound, Unavailable
from hotline.domain.ids import CallId
from hotline.domain.ticket import TicketFields
from hotline.secrets import sip_secret
from hotline.services import recordings, screens, tickets, transcripts
from hotline.services.ports import Account
from seat_console import commands
from seat_console.bodies import json_object, whole
from seat_console.context import now, services
from seat_console.sessions import me, requires
from seat_console.shown import shown_in
from seat_console.snapshots import for_floor, for_seat
from seat_console.sockets import LiveLink
from seat_console.sounds import send_sound, sound_file

blueprint = Blueprint("api", __name__, url_prefix="/api")
PAGE_HEADER = "X-Hotline-Page"


def live_link() -> LiveLink:
    """The connections of this process."""
    found: LiveLink = current_app.extensions["live_link"]
    return found


@blueprint.get("/snapshot")
@requires("seat", "supervisor")
def snapshot() -> Response:
    """All that the page shows, and where its events go on from."""
    return jsonify(for_seat(services(), me()) if me().role == "seat" else for_floor(services(), me()))


@blueprint.get("/softphone")
@requires("seat", "supervisor")
def softphone() -> Response:
    """This page's account at Asterisk: the seat's own, or one of the supervisors'."""
    user = _softphone_user(me())
    settings = services().settings
    return jsonify(
        endpoint=user,
        uri=f"sip:{user}@127.0.0.1",
        password=sip_secret(settings.sip_secret_master, user),
        ws=settings.softphone_url,
    )


def _softphone_user(account: Account) -> str:
    page = request.headers.get(PAGE_HEADER, "")
    if account.role == "supervisor":
        commands.require_page(page, True)
        endpoint = live_link().endpoints.lend(page)
        if endpoint is None:
            raise Unavailable("all supervisors' softphones are in use")
        return endpoint
    if account.seat is None:
        raise Conflict("this account has no seat")
    commands.require_page(page, live_link().holders.has(account.seat, page))
    return account.seat


@blueprint.put("/calls/<uuid:call_id>/draft")
@requires("seat")
def write_draft(call_id: UUID) -> Response:
    """Keep what was typed."""
    body = json_object()
    fields, version = TicketFields.from_mapping(body.get("fields")), whole(body, "version")
    with services().storage.writing() as tx:
        ticket = tickets.write_draft(tx, me(), CallId(str(call_id)), version, fields, now())
    return jsonify(version=ticket.version, saved_at=_epoch(ticket.saved_at))


@blueprint.post("/calls/<uuid:call_id>/ticket")
@requires("seat")
def save_ticket(call_id: UUID) -> Response:
    """Accept the matter, or close it when it was answered on the call; the wrap-up ends with it."""
    body = json_object()
    fields, version = TicketFields.from_mapping(body.get("fields")), whole(body, "version")
    shown = shown_in(body)
    with services().storage.writing() as tx:
        topics, limits = services().topics, services().settings.time_limits
        call = CallId(str(call_id))
        ticket = tickets.accept(tx, me(), call, version, fields, topics, now(), limits, shown)
    return jsonify(ticket=screens.ticket_view(ticket))


@blueprint.post("/commands")
@requires("seat", "supervisor")
def command() -> tuple[Response, int]:
    """Hand a command to the switch; the screen changes when its event comes back."""
    body, account = json_object(), me()
    page = request.headers.get(PAGE_HEADER, "")
    if account.role == "supervisor":
        commands.require_page(page, True)
        wanted = commands.of_supervisor(services(), account, body, live_link().endpoints.lend(page))
    else:
        has_it = account.seat is not None and live_link().holders.has(account.seat, page)
        commands.require_page(page, has_it)
        wanted = commands.of_seat(services(), account, body)
    commands.send(services(), wanted)
    return jsonify(id=wanted.id), 202


@blueprint.post("/views")
@requires("supervisor")
def view_words() -> Response:
    """The words of a call for a supervisor; that they were looked at is recorded first."""
    wanted = CallId(commands.call_id(json_object()))
    with services().storage.writing() as tx:
        call = tx.calls.get(wanted)
        if call is None:
            raise NotFound("there is no such call")
        words = screens.words_for(tx, me(), call, now())
    return jsonify(words=words)


@blueprint.get("/calls/<uuid:call_id>/transcripts")
@requires("seat", "supervisor")
def transcript(call_id: UUID) -> Response:
    """What was said in a call, sentence by sentence; that it was asked for is recorded first."""
    wanted = CallId(str(call_id))
    with services().storage.writing() as tx:
        lines = transcripts.of_call(tx, me(), wanted, now())
        found = tx.recordings.get(wanted)
        has_sound = found is not None and sound_file(found.path) is not None
        writes_down = services().settings.transcribe
        state = transcripts.state_of(tx, wanted, has_sound=has_sound, writes_down=writes_down, at=now())
        before = transcripts.told_before(tx, wanted)
    return jsonify(before=before, lines=lines, state=state)


@blueprint.get("/calls/<uuid:call_id>/recording")
@requires("seat", "supervisor")
def recording(call_id: UUID) -> Response:
    """The sound of a call; that it was asked for is recorded first."""
    with services().storage.writing() as tx:
        found = recordings.open_for(tx, me(), CallId(str(call_id)), now())
    return send_sound(found.path)


def _epoch(at: datetime | None) -> float | None:
    return at.timestamp() if at else None
