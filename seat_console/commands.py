"""What a page may ask the switch to do, by role, checked before it leaves."""

import re
import uuid
from typing import Any

from werkzeug.exceptions import BadRequest, Forbidden

from hotline.domain.errors import Conflict, Invalid, NotFound, Unavailable
from hotline.domain.ids import AccountId, CallId, SeatId
from hotline.domain.seat import PAUSE_REASONS
from hotline.services.ports import Account, Command
from seat_console.bodies import text
from seat_console.context import Services, now

EXPIRES_S = 5.0  # a click that comes true later than this would surprise
_ID = re.compile(r"[A-Za-z0-9-]{8,64}\Z")
SEAT_COMMANDS = frozenset({"seat.ready", "seat.pause", "seat.offline", "call.hang_up"})
NOBODY = AccountId(0)  # commands of the hotline itself


def send(services: Services, command: Command) -> None:
    """Put it on its way. Raises Unavailable."""
    services.commands.send(command)


def of_hotline(seat: SeatId, name: str) -> Command:
    """A command that no person gave."""
    return _command(str(uuid.uuid4()), name, seat, NOBODY, {})


def of_seat(services: Services, account: Account, body: dict[str, Any]) -> Command:
    """A seat's command about itself or its own call. Raises HotlineError or BadRequest."""
    id_, name, args = _read(body)
    if name not in SEAT_COMMANDS:
        raise Invalid("there is no such command for a seat")
    if account.seat is None:
        raise Conflict("this account has no seat")
    wanted: dict[str, str] = {}
    if name == "seat.pause":
        wanted["reason"] = text(args, "reason", 32)
        if wanted["reason"] not in PAUSE_REASONS:
            raise Invalid("choose a reason for the pause from the list")
    if name == "call.hang_up":
        wanted["call_id"] = call_id(args)
        _check_own_call(services, account.seat, CallId(wanted["call_id"]))
    return _command(id_, name, account.seat, account.id, wanted)


def of_supervisor(
    services: Services, account: Account, body: dict[str, Any], endpoint: str | None
) -> Command:
    """Listening to a call on the supervisor's own softphone. Raises HotlineError or BadRequest."""
    id_, name, args = _read(body)
    if name != "call.listen":
        raise Invalid("there is no such command for a supervisor")
    if endpoint is None:
        raise Unavailable("all supervisors' softphones are in use")
    wanted = call_id(args)
    with services.storage.reading() as tx:
        call = tx.calls.get(CallId(wanted))
    if call is None:
        raise NotFound("there is no such call")
    if call.seat is None or call.answered_at is None or call.is_over:
        raise Conflict("nobody talks in this call now")
    return _command(id_, name, None, account.id, {"call_id": wanted, "endpoint": endpoint})


def call_id(args: dict[str, Any]) -> str:
    """A call's id as the dialplan makes them. Raises BadRequest."""
    given = text(args, "call_id", 36)
    try:
        return str(uuid.UUID(given))
    except ValueError:
        raise BadRequest("call_id must be a UUID") from None


def _check_own_call(services: Services, seat: SeatId, call: CallId) -> None:
    with services.storage.reading() as tx:
        found = tx.calls.get(call)
    if found is None or found.seat != seat:
        raise NotFound("there is no such call at this seat")


def _read(body: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    id_, name, args = text(body, "id", 64), text(body, "name", 32), body.get("args", {})
    if not _ID.match(id_) or not isinstance(args, dict):
        raise BadRequest("a command has an id, a name and args")
    return id_, name, args


def _command(id_: str, name: str, seat: SeatId | None, account: AccountId, args: dict[str, str]) -> Command:
    expires = now().timestamp() + EXPIRES_S
    return Command(id=id_, name=name, seat=seat, account=account, args=args, expires_at=expires)


def require_page(page: str, has_it: bool) -> None:
    """Only the page that has the seat may act for it. Raises Forbidden or Conflict."""
    if not _ID.match(page):
        raise Forbidden("say which page asks")
    if not has_it:
        raise Conflict("this seat is in use on another page")
