"""The supervisors' page of the categoriser: how often it was right, and the calls where it was not."""

from flask import Blueprint, Response, jsonify, render_template, request

from hotline.services import accuracy
from seat_console import health
from seat_console.context import now, services
from seat_console.security import form_token
from seat_console.sessions import me, requires

blueprint = Blueprint("accuracy", __name__)
USUAL_WEEKS = 12
LONGEST = 64  # of a topic, and more than any other filter has


@blueprint.get("/accuracy")
@requires("supervisor")
def page() -> str:
    """Figures by topic, week and version."""
    return render_template("accuracy.html", me=me(), form_token=form_token())


@blueprint.get("/api/accuracy")
@requires("supervisor")
def figures() -> Response:
    """All figures of a period."""
    with services().storage.reading() as tx:
        found = accuracy.view(tx, services().topics, now(), _weeks())
    return jsonify(found | {"health": health.parts(services())["categoriser"]})


@blueprint.get("/api/accuracy/calls")
@requires("supervisor")
def calls() -> Response:
    """Some calls of one of the two lists, narrowed by topic, week and version."""
    asked = {name: request.args.get(name, "")[:LONGEST] for name in ("topic", "week", "version", "after")}
    query = accuracy.CallsQuery(weeks=_weeks(), name=request.args.get("list", ""), **asked)
    with services().storage.reading() as tx:
        return jsonify(accuracy.calls(tx, query, now()))


def _weeks() -> int:
    return request.args.get("weeks", default=USUAL_WEEKS, type=_whole)


def _whole(raw: str) -> int:
    """A short number; 0, which no period has, for anything else."""
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 4 else 0
