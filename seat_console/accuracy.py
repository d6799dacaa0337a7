"""The supervisors' page of the categoriser: how often it was right, and the calls where it was not."""

from flask import Blueprint, Response, jsonify, render_template, request

from hotline.services import accuracy
from seat_console import health
from seat_console.context import now, services
from seat_console.security import form_token
from seat_console.sessions import me, requires

blueprint = Blueprint("accuracy", __name__)
USUAL_WEEKS = 12
LONGEST_TOPIC = 64


@blueprint.get("/accuracy")
@requires("supervisor")
def page() -> str:
    """Figures by topic, week and version."""
    return render_template("accuracy.html", me=me(), form_token=form_token())


@blueprint.get("/api/accuracy")
@requires("supervisor")
def figures() -> Response:
    """All that the page shows of a period."""
    weeks = request.args.get("weeks", default=USUAL_WEEKS, type=_whole)
    topic = request.args.get("topic", "")[:LONGEST_TOPIC]
    with services().storage.reading() as tx:
        found = accuracy.view(tx, services().topics, now(), weeks, topic)
    return jsonify(found | {"health": health.parts(services())["categoriser"]})


def _whole(raw: str) -> int:
    """A short number; 0, which no period has, for anything else."""
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 4 else 0
