"""How the parts of the hotline are, for screens and for whoever watches over them."""

from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from hotline.domain.errors import HotlineError
from seat_console.context import Services, services

blueprint = Blueprint("health", __name__)
OTHERS = ("switch", "speech", "clock")
View = dict[str, Any]


def parts(adapters: Services) -> dict[str, View]:
    """Each part with `ok`: true, false, or null where it cannot be known now."""
    alive = adapters.presence.alive()
    found: dict[str, View] = {"database": {"ok": _database_answers(adapters)}, "redis": {"ok": bool(alive)}}
    for name in OTHERS:
        found[name] = {"ok": name in alive if alive else None}
    found["speech"] |= _hearing(alive.get("speech", {}))
    # Only the switch sees Asterisk; what it last said counts while it is alive itself.
    found["pbx"] = {"ok": alive["switch"].get("pbx") if "switch" in alive else None}
    found["categoriser"] = _categoriser(alive.get("speech", {}))
    return found


def _hearing(speech: View) -> View:
    """How many calls were listened to since its start, how many were not, and what is wrong with a model."""
    counts = {name: speech.get(name) for name in ("listened", "refused", "streams", "capacity")}
    if not all(type(count) is int for count in counts.values()):
        return {}
    if type(refused_on := speech.get("refused_on")) is int:
        counts["refused_on"] = refused_on
    if speech.get("problem"):  # no model at all: nobody is listened to
        return counts | {"ok": False}
    problem = str(speech.get("model_problem") or "")
    return counts | ({"problem": problem[:300]} if problem else {})


def _categoriser(speech: View) -> View:
    """Which version is in force, and what is wrong with a newer one or with the topics file."""
    told = speech.get("categoriser")
    if not isinstance(told, dict):
        return {"ok": None}
    return {"ok": not told.get("problem"), **told}


def _database_answers(adapters: Services) -> bool:
    try:
        with adapters.storage.reading() as tx:
            tx.outbox.newest()
    except HotlineError:
        return False
    return True


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Well as long as this process can answer browsers from the database; the rest is told beside it."""
    found = parts(services())
    well = bool(found["database"]["ok"])
    told = {name: {"ok": part["ok"]} for name, part in found.items()}
    return jsonify(ok=well, parts=told), 200 if well else 503
