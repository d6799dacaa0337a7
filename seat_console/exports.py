"""Searching the tickets and taking a list home as a file, for people who are logged in."""

import json
import os
import subprocess
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, send_file
from werkzeug.exceptions import BadRequest

from hotline import ourselves
from hotline.domain.calendar import SHANGHAI
from hotline.domain.errors import NotFound
from hotline.services import courses, export_lists, exports, search
from hotline.services.export_lists import ExportList, SearchResult
from hotline.services.ports import Transaction
from hotline.services.ports_exports import Export
from hotline.services.search import TicketQuery
from hotline.settings import CHECKOUT
from seat_console.bodies import json_object, text
from seat_console.context import now, services
from seat_console.security import form_token
from seat_console.sessions import me, requires
from seat_console.texts import current_language

blueprint = Blueprint("exports", __name__)
ROLES = ("seat", "supervisor", "unit")
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@blueprint.get("/search")
@requires(*ROLES)
def page() -> str:
    """Searching, and taking home what was found."""
    return render_template("search.html", me=me(), form_token=form_token())


@blueprint.get("/api/tickets/search/options")
@requires(*ROLES)
def options() -> Response:
    """What may be chosen: topics in both languages, and for the hotline's own people the units."""
    with services().storage.reading() as tx:
        known = [] if me().role == "unit" else tx.units.all()
    topics = [{"id": topic["id"], "name": topic["name"]} for topic in services().topics.as_view()]
    return jsonify(now=now().timestamp(), topics=topics, units=[{"id": u.id, "name": u.name} for u in known])


@blueprint.post("/api/tickets/search")
@requires(*ROLES)
def find() -> Response:
    """A page of tickets. By POST, because a number must not stand in an address."""
    body = json_object()
    limit = body.get("limit", 50)
    if type(limit) is not int or not 1 <= limit <= search.MOST_ROWS:
        raise BadRequest(f"limit must be a whole number from 1 to {search.MOST_ROWS}")
    query, after = TicketQuery.from_mapping(body.get("query", {})), text(body, "after", 20, "")
    actor = courses.actor_of(me())
    with services().storage.reading() as tx:
        page = search.find(tx, actor, query, after, limit)
        names = _names(tx)
    if search.is_by_number(actor, query):
        with services().storage.writing() as tx:
            search.record(tx, me().id, page.rows, now())
    return jsonify(tickets=[search.view(actor, found, *names) for found in page.rows], next=page.next)


def _names(tx: Transaction) -> tuple[dict[str, str], dict[str, str]]:
    units = {str(unit.id): unit.name for unit in tx.units.all()}
    language = current_language()
    return units, {topic["id"]: topic["name"][language] for topic in services().topics.as_view()}


@blueprint.get("/api/exports")
@requires(*ROLES)
def recent() -> Response:
    """What this account had made last."""
    with services().storage.reading() as tx:
        found = exports.recent(tx, me().id)
    return jsonify(exports=[exports.view(each) for each in found])


@blueprint.post("/api/exports")
@requires(*ROLES)
def order() -> tuple[Response, int]:
    """Have a file made of a list with its filters; it is made beside this process."""
    body = json_object()
    name = text(body, "list", 16, SearchResult.name)
    wanted = export_lists.read(courses.actor_of(me()), name, body.get("query", {}), now())
    with services().storage.writing() as tx:
        export = exports.order(tx, me(), text(body, "format", 8), current_language(), wanted, now())
    _start(export, wanted)
    return jsonify(export=exports.view(export)), 202


def _start(export: Export, wanted: ExportList) -> None:
    said = {
        "id": export.id,
        "format": export.format,
        "language": export.language,
        "list": wanted.name,
        "query": wanted.asked(),
        "actor": asdict(courses.actor_of(me())),
    }
    makers: list[subprocess.Popen[bytes]] = current_app.extensions.setdefault("export_makers", [])
    makers[:] = [maker for maker in makers if maker.poll() is None]  # the ended ones are let go
    program = ourselves.module("hotline.export_run")
    maker = subprocess.Popen(program, stdin=subprocess.PIPE, env=os.environ | _settings())
    makers.append(maker)
    assert maker.stdin is not None  # asked for above
    with maker.stdin:
        maker.stdin.write(json.dumps(said).encode())


def _settings() -> dict[str, str]:
    """What the maker must know of this process's settings."""
    known = services().settings
    return {
        "HOTLINE_RUNTIME_DIR": str(known.runtime_dir),
        "HOTLINE_DATABASE_URL": known.database_url,
        "HOTLINE_TOPICS_FILE": str(known.topics_file),
        "PYTHONPATH": str(CHECKOUT),
    }


@blueprint.get("/api/exports/<uuid:export_id>")
@requires(*ROLES)
def look(export_id: Any) -> Response:
    """How far it is."""
    with services().storage.writing() as tx:
        export = exports.look(tx, me(), str(export_id), now())
    return jsonify(export=exports.view(export))


@blueprint.post("/api/exports/<uuid:export_id>/cancel")
@requires(*ROLES)
def cancel(export_id: Any) -> Response:
    """It is made no further."""
    with services().storage.writing() as tx:
        export = exports.cancel(tx, me(), str(export_id), now())
    return jsonify(export=exports.view(export))


@blueprint.get("/api/exports/<uuid:export_id>/file")
@requires(*ROLES)
def take(export_id: Any) -> Response:
    """The file; that it was taken home is recorded first."""
    with services().storage.writing() as tx:
        export = exports.take(tx, me(), str(export_id), now())
    path = services().settings.exports_dir / f"{export.id}.{export.format}"
    if not path.is_file():
        raise NotFound("the file is not kept any longer: order it again")
    name = f"12341-{export.made_at.astimezone(SHANGHAI):%Y%m%d-%H%M}.{export.format}"
    return send_file(path, mimetype=TYPES[export.format], as_attachment=True, download_name=name)
