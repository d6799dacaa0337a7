"""The administrator's page of handling units, and its API: the tree, new units, changes, closing."""

from typing import Any

from flask import Blueprint, Response, jsonify, render_template

from hotline.domain.ids import UnitId
from hotline.services import courses, units
from seat_console.bodies import json_object, text
from seat_console.context import now, services
from seat_console.security import form_token
from seat_console.sessions import me, requires

blueprint = Blueprint("units", __name__)
LONGEST = {"name": 60, "level": 16, "parent": 16, "email": 254}


@blueprint.get("/units")
@requires("admin")
def page() -> str:
    """The tree to be edited."""
    return render_template("units.html", me=me(), form_token=form_token())


@blueprint.get("/api/units")
@requires("admin", "supervisor", "seat")
def tree() -> Response:
    """Every unit in the order of the tree, closed ones too; addresses for administrators only."""
    with services().storage.reading() as tx:
        view = units.tree_view(tx)
    if me().role != "admin":
        view = [{name: value for name, value in unit.items() if name != "email"} for unit in view]
    return jsonify(units=view)


@blueprint.post("/api/units")
@requires("admin")
def create() -> tuple[Response, int]:
    """A new unit."""
    wanted = _wanted()
    with services().storage.writing() as tx:
        unit = units.create(tx, **wanted)
    return jsonify(id=unit.id), 201


@blueprint.post("/api/units/<string(maxlength=16):unit_id>/change")
@requires("admin")
def change(unit_id: str) -> Response:
    """Another name, level, place in the tree or address."""
    wanted = _wanted()
    with services().storage.writing() as tx:
        unit = units.change(tx, UnitId(unit_id), **wanted)
    return jsonify(id=unit.id)


@blueprint.post("/api/units/<string(maxlength=16):unit_id>/close")
@requires("admin")
def close(unit_id: str) -> Response:
    """No new work for it; refused with what is still to be done, unless its `successor` takes it over."""
    successor = UnitId(text(json_object(), "successor", 16, "")) or None
    actor, at = courses.actor_of(me()), now()
    closed = courses.once_more(
        services().storage, lambda tx: units.close(tx, UnitId(unit_id), at, successor, actor)
    )
    return jsonify(id=closed.id)


@blueprint.post("/api/units/<string(maxlength=16):unit_id>/open")
@requires("admin")
def reopen(unit_id: str) -> Response:
    """It may be given work again."""
    with services().storage.writing() as tx:
        unit = units.reopen(tx, UnitId(unit_id))
    return jsonify(id=unit.id)


def _wanted() -> dict[str, Any]:
    body = json_object()
    return {name: text(body, name, longest, "") for name, longest in LONGEST.items()}
