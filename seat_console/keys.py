"""The administrator's keys for programs: made, shown once, revoked."""

from flask import Blueprint, Response, jsonify, render_template

from hotline.domain.ids import UnitId
from hotline.services import api_keys
from seat_console.bodies import json_object, text, whole
from seat_console.context import now, services
from seat_console.security import form_token
from seat_console.sessions import me, requires

blueprint = Blueprint("keys", __name__)


@blueprint.get("/keys")
@requires("admin")
def page() -> str:
    """Which programs may ask, and what."""
    return render_template("keys.html", me=me(), form_token=form_token())


@blueprint.get("/api/keys")
@requires("admin")
def every() -> Response:
    """All keys, and the units a key may be for."""
    with services().storage.reading() as tx:
        found, known = tx.api.all(), tx.units.all()
    units = [{"id": unit.id, "name": unit.name} for unit in known if unit.is_open]
    return jsonify(keys=[api_keys.view(key) for key in found], units=units, roles=list(api_keys.ROLES))


@blueprint.post("/api/keys")
@requires("admin")
def create() -> tuple[Response, int]:
    """Make a key; its text is in the answer and nowhere else."""
    body = json_object()
    unit = text(body, "unit", 16, "")
    with services().storage.writing() as tx:
        new = api_keys.create(
            tx,
            name=text(body, "name", 64),
            role=text(body, "role", 16),
            unit=UnitId(unit) if unit else None,
            may_write=body.get("may_write") is True,
            per_minute=whole(body, "per_minute"),
            made_by=me().login,
            at=now(),
        )
    return jsonify(key=api_keys.view(new.key), text=new.text), 201


@blueprint.post("/api/keys/<int(max=2147483647):key_id>/revoke")
@requires("admin")
def revoke(key_id: int) -> Response:
    """It opens nothing from now on."""
    with services().storage.writing() as tx:
        key = api_keys.revoke(tx, key_id, now())
    return jsonify(key=api_keys.view(key))
