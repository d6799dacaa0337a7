"""The administrator's API: who may log in, with which role, seat or unit, and new one-time passwords."""

from typing import Any

from flask import Blueprint, Response, jsonify

from hotline.domain.ids import AccountId
from hotline.services import accounts, units
from hotline.services.ports import Account
from seat_console.bodies import json_object, text
from seat_console.context import services
from seat_console.sessions import me, requires

blueprint = Blueprint("accounts", __name__, url_prefix="/api/accounts")


@blueprint.get("")
@requires("admin")
def all_accounts() -> Response:
    """Every account, the seats nobody has, and the units there are."""
    with services().storage.reading() as tx:
        found = tx.accounts.all()
        tree = units.tree_view(tx)
        seats = [seat.id for seat in tx.seats.all()]
    taken = {account.seat for account in found}
    free = [seat for seat in seats if seat not in taken]
    named = [{"id": u["id"], "name": u["name"], "depth": u["depth"]} for u in tree if not u["closed_at"]]
    return jsonify(accounts=[_view(account) for account in found], free_seats=free, units=named)


@blueprint.post("")
@requires("admin")
def create() -> tuple[Response, int]:
    """Make an account; its one-time password is in the answer and nowhere else."""
    body = json_object()
    with services().storage.writing() as tx:
        new = accounts.create(
            tx,
            services().passwords,
            login=text(body, "login", 64),
            name=text(body, "name", 64),
            **_role_and_place(body),
        )
    return jsonify(login=new.login, password=new.password), 201


@blueprint.post("/<int(max=2147483647):account_id>/assign")
@requires("admin")
def assign(account_id: int) -> Response:
    """Give another name, role, seat or unit; the account's sessions end."""
    body = json_object()
    with services().storage.writing() as tx:
        changed = accounts.assign(
            tx, AccountId(account_id), name=text(body, "name", 64), **_role_and_place(body)
        )
    return jsonify(account=_view(changed))


@blueprint.post("/<int(max=2147483647):account_id>/reset")
@requires("admin")
def reset(account_id: int) -> Response:
    """A new one-time password; the account's sessions end."""
    with services().storage.writing() as tx:
        new = accounts.reset_password(tx, services().passwords, AccountId(account_id))
    return jsonify(login=new.login, password=new.password)


@blueprint.post("/<int(max=2147483647):account_id>/disable")
@requires("admin")
def disable(account_id: int) -> Response:
    """Forbid logging in; the account's sessions end."""
    return _set_active(account_id, False)


@blueprint.post("/<int(max=2147483647):account_id>/enable")
@requires("admin")
def enable(account_id: int) -> Response:
    """Allow logging in again."""
    return _set_active(account_id, True)


def _set_active(account_id: int, active: bool) -> Response:
    with services().storage.writing() as tx:
        changed = accounts.set_active(tx, AccountId(account_id), active)
    return jsonify(account=_view(changed))


def _role_and_place(body: dict[str, Any]) -> dict[str, Any]:
    places = {name: text(body, name, 16, "") or None for name in ("seat", "unit")}
    return {"role": text(body, "role", 16), **places}


def _view(account: Account) -> dict[str, Any]:
    shown = ("id", "login", "name", "role", "seat", "unit", "must_change", "active", "demo")
    return {name: getattr(account, name) for name in shown} | {"me": account.id == me().id}
