"""Files that units send with their answers: taken in piece by piece, given out so that none runs anything."""

from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request, send_file
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from hotline.domain.attachments import INLINE, LARGEST, Attachment
from hotline.services import attachments, courses
from hotline.services.ports import Transaction
from seat_console.context import now, services
from seat_console.sessions import me, requires
from seat_console.work import known

blueprint = Blueprint("files", __name__)
LONGEST_NAME = 300
# Whatever is in it: no script, no form, no request, no other origin's eyes.
GUARD = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
KEYS = "<int(max=2147483647):key>"


@blueprint.post("/api/work/<ticket_id>/files")
@requires("unit")
def add(ticket_id: str) -> tuple[Response, int]:
    """The body is the file itself, `name` what it is called."""
    wanted = known(ticket_id)
    if request.mimetype != "application/octet-stream":
        raise UnsupportedMediaType("the body must be application/octet-stream")
    if (request.content_length or 0) > LARGEST:
        raise _too_large()
    request.max_content_length = LARGEST + 1  # the limit of all else is far lower
    name = request.args.get("name", "")[-LONGEST_NAME:]
    read = request.stream.read
    actor, storage, shelf = courses.actor_of(me()), services().storage, services().shelf
    added = attachments.add(storage, shelf, actor, wanted, name, read, now())
    return jsonify(file=view(added)), 201


@blueprint.delete(f"/api/work/<ticket_id>/files/{KEYS}")
@requires("unit")
def remove(ticket_id: str, key: int) -> Response:
    """Before it was sent."""
    actor = courses.actor_of(me())
    attachments.remove(services().storage, actor, known(ticket_id), key)
    return jsonify(removed=key)


@blueprint.get("/api/tickets/<ticket_id>/files")
@requires()
def some(ticket_id: str) -> Response:
    """What was sent with the answers of a ticket, for who may see it."""
    with services().storage.reading() as tx:
        return jsonify(files=views(tx, ticket_id))


@blueprint.get(f"/api/tickets/<ticket_id>/files/{KEYS}")
@requires()
def one(ticket_id: str, key: int) -> Response:
    """The file: pictures are shown, all else is saved."""
    with services().storage.reading() as tx:
        found = attachments.get(tx, courses.actor_of(me()), known(ticket_id), key)
    path = services().shelf.path(found.sha256)
    answer = send_file(
        path,
        mimetype=found.kind,
        as_attachment=found.kind not in INLINE,
        download_name=found.name,
        conditional=True,
        etag=found.sha256,
    )
    answer.headers["Content-Security-Policy"] = GUARD
    return answer


def views(tx: Transaction, ticket_id: str) -> list[dict[str, Any]]:
    """Those of a ticket that this account may see. Raises NotFound."""
    return [view(file) for file in attachments.listed(tx, courses.actor_of(me()), known(ticket_id))]


def view(file: Attachment) -> dict[str, Any]:
    """A file as the pages list it."""
    shown = {name: getattr(file, name) for name in ("key", "name", "kind", "size", "unit")}
    at = (file.sent_at or file.at).timestamp()
    return shown | {"sent": file.sent_at is not None, "at": at, "shown": file.kind in INLINE}


def _too_large() -> RequestEntityTooLarge:
    """Said before a byte of it is read; the connection ends, so that the rest is not sent for nothing."""
    problem = RequestEntityTooLarge(f"a file has at most {LARGEST // 2**20} MB")
    answer = make_response(jsonify(error={"code": "too_large", "message": problem.description}), 413)
    answer.headers["Connection"] = "close"
    problem.response = answer
    return problem
