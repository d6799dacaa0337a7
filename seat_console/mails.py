"""Mails to units that the mail server did not take: who was not told, why, and trying again."""

from flask import Blueprint, Response, jsonify

from hotline.services import courses, mails
from seat_console.context import now, services
from seat_console.sessions import me, requires

blueprint = Blueprint("mails", __name__)


@blueprint.get("/api/mails")
@requires("supervisor", "admin")
def given_up() -> Response:
    """The newest that were given up; addresses for administrators only."""
    with services().storage.reading() as tx:
        found = mails.given_up(tx)
    if me().role != "admin":
        kept = ("key", "unit_name", "action", "number", "ticket", "since", "given_up_at", "problem")
        found["mails"] = [{name: mail[name] for name in kept} for mail in found["mails"]]
    return jsonify(**found, now=now().timestamp())


@blueprint.post("/api/mails/<int(max=2147483647):key>/again")
@requires("supervisor", "admin")
def again(key: int) -> Response:
    """As if it were new."""
    with services().storage.writing() as tx:
        mail = mails.try_again(tx, courses.actor_of(me()), key, now())
    return jsonify(key=mail.key)
