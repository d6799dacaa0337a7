"""Lists as files: ordered by somebody, made in the background, taken home with a trace, gone after a day."""

import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from hotline.domain.actors import Actor
from hotline.domain.errors import Conflict, NotFound
from hotline.domain.ids import AccountId
from hotline.domain.ticket import FieldsInvalid, TicketState
from hotline.services import search
from hotline.services.export_lists import ExportList
from hotline.services.ports import Account, Storage, TopicList, Transaction
from hotline.services.ports_exports import Export
from hotline.services.ports_search import Found

FORMATS = ("csv", "xlsx")
ACTIVE = ("waiting", "running")
MOST_OF_ONE, MOST_OF_ALL = 1, 2  # at once: they share the machine with the calls
KEPT = timedelta(hours=24)
SILENT = timedelta(minutes=2)  # who makes a file says more often how far it is
Put = Callable[[Iterable[dict[str, Any]]], None]


def order(
    tx: Transaction, account: Account, format_: str, language: str, wanted: ExportList, at: datetime
) -> Export:
    """Note that a file is wanted. Raises FieldsInvalid, or Conflict when too many are being made."""
    if format_ not in FORMATS:
        raise FieldsInvalid({"format": "unknown"})
    active = [each for each in tx.exports.active() if not _give_up(tx, each, at)]
    if sum(each.account == account.id for each in active) >= MOST_OF_ONE or len(active) >= MOST_OF_ALL:
        raise Conflict("another export is being made: wait until it is ready, or cancel it")
    kept = {"list": wanted.name} | wanted.kept()
    export = Export(
        id=str(uuid.uuid4()), account=account.id, format=format_, language=language, query=kept,
        state="waiting", rows=0, share=0, problem="", size=None, made_at=at, told_at=at, ended_at=None,
    )  # fmt: skip
    tx.exports.add(export)
    return export


def look(tx: Transaction, account: Account, export_id: str, at: datetime) -> Export:
    """How far it is. Raises NotFound for what is not this account's."""
    export = _own(tx, account, export_id)
    _give_up(tx, export, at)
    return _own(tx, account, export_id)


def cancel(tx: Transaction, account: Account, export_id: str, at: datetime) -> Export:
    """It is made no further; one that is ready stays."""
    _own(tx, account, export_id)
    tx.exports.update(export_id, ACTIVE, state="cancelled", ended_at=at)
    return _own(tx, account, export_id)


def take(tx: Transaction, account: Account, export_id: str, at: datetime) -> Export:
    """Somebody takes it home; that he did is recorded. Raises Conflict while it is not ready."""
    export = _own(tx, account, export_id)
    if export.state != "done":
        raise Conflict("this export is not ready")
    tx.exports.downloaded(export, account.id, at)
    return export


def make(
    storage: Storage, actor: Actor, export_id: str, wanted: ExportList, topics: TopicList, put: Put,
    now: Callable[[], datetime],
) -> bool:  # fmt: skip
    """Hand every row that the actor may see to `put`; False when it was cancelled meanwhile."""
    with storage.writing() as tx:
        if not tx.exports.update(export_id, ACTIVE, state="running", told_at=now()):
            return False
        units = {str(unit.id): unit.name for unit in tx.units.all()}
    names = {str(topic["id"]): str(topic["name"]["zh"]) for topic in topics.as_view()}
    at, rows = now(), 0
    for part in wanted.parts(storage, actor, at):
        put([search.view(actor, found, units, names) | _due(found, at) for found in part.rows])
        rows += len(part.rows)
        with storage.writing() as tx:
            if not tx.exports.update(export_id, ACTIVE, rows=rows, share=part.share, told_at=now()):
                return False
            if actor.account is not None and wanted.looks_for_a_number(actor):
                search.record(tx, actor.account, part.rows, now())
    return True


def _due(found: Found, at: datetime) -> dict[str, Any]:
    """What the lists by deadline show beside a ticket; one that waits for its callback has that day too."""
    is_open = found.state != TicketState.CLOSED
    calls_back = found.callback_due if found.state == TicketState.REPLIED else None
    return {
        "overdue": is_open and found.due_at is not None and found.due_at <= at,
        "returns": found.returns,
        "asked_extension": found.asked_extension,
        "round": found.round,
        "callback_due": calls_back.isoformat() if calls_back else None,
    }


def finish(tx: Transaction, export_id: str, at: datetime, size: int) -> bool:
    """The file is whole; False when it was cancelled in the last moment."""
    return tx.exports.update(export_id, ACTIVE, state="done", share=100, size=size, ended_at=at)


def fail(tx: Transaction, export_id: str, at: datetime, problem: str) -> None:
    """It cannot be made."""
    tx.exports.update(export_id, ACTIVE, state="failed", problem=problem[:200], ended_at=at)


def view(export: Export) -> dict[str, Any]:
    """As its owner sees it."""
    shown = ("id", "format", "state", "rows", "share", "problem", "size", "query")
    until = export.made_at + KEPT
    times = {"made_at": export.made_at.timestamp(), "kept_until": until.timestamp()}
    return {name: getattr(export, name) for name in shown} | times


def recent(tx: Transaction, account: AccountId) -> list[Export]:
    """What somebody had made last."""
    return tx.exports.of_account(account, 10)


def _own(tx: Transaction, account: Account, export_id: str) -> Export:
    export = tx.exports.get(export_id)
    if export is None or export.account != account.id:
        raise NotFound("there is no such export")
    return export


def _give_up(tx: Transaction, export: Export, at: datetime) -> bool:
    """One whose maker has been silent for long is not made any more."""
    silent = export.state in ACTIVE and at - export.told_at > SILENT
    if silent:
        fail(tx, export.id, at, "it was interrupted: order it again")
    return silent
