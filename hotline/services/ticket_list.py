"""The list of tickets by what is due next, for everybody who may see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from hotline.domain.actors import Actor, Role
from hotline.domain.calendar import SHANGHAI, Deadline
from hotline.domain.ids import TicketKey
from hotline.domain.ticket import FieldsInvalid, TicketState
from hotline.services.ports import Transaction
from hotline.services.ports_courses import ListedTicket, ListWanted

STATES = frozenset(TicketState) - {TicketState.DRAFT}
DUE = ("", "overdue", "today", "week")
WHO = ("", "mine")
MOST = 200
SHOWN = 80  # letters of what was said


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """What is looked for; empty: all that are open. `who` "mine": what the asker accepted and answers for."""

    state: str = ""
    unit: str = ""
    due: str = ""
    who: str = ""
    after: str = ""

    def check(self) -> None:
        """Raises FieldsInvalid when it cannot be asked."""
        found = {}
        if self.state and self.state not in STATES:
            found["state"] = "unknown"
        if self.due not in DUE:
            found["due"] = "unknown"
        if self.who not in WHO:
            found["who"] = "unknown"
        if self.after and _cursor(self.after) is None:
            found["after"] = "unknown"
        if len(self.unit) > 16 or not self.unit.isprintable():
            found["unit"] = "unknown"
        if found:
            raise FieldsInvalid(found)


def page(tx: Transaction, actor: Actor, query: ListQuery, limit: int, now: datetime) -> dict[str, Any]:
    """Some tickets, what is due first before the others, and where it goes on. Raises FieldsInvalid."""
    found = tx.ticket_list.page(_wanted(actor, query, now), min(limit, MOST) + 1)
    rows, more = found[:limit], len(found) > limit
    names = {str(unit.id): unit.name for unit in tx.units.all()}
    last = f"{rows[-1].due_at.timestamp():.6f}_{rows[-1].key}" if more else None
    return {"tickets": [_row(row, names, now) for row in rows], "next": last}


def keys(tx: Transaction, actor: Actor, query: ListQuery, now: datetime) -> Iterable[TicketKey]:
    """All of them, in the order of the pages. Raises FieldsInvalid."""
    return tx.ticket_list.keys(_wanted(actor, query, now))


def _wanted(actor: Actor, query: ListQuery, now: datetime) -> ListWanted:
    query.check()
    since, before = _span(query.due, now)
    return ListWanted(
        state=query.state,
        unit=query.unit,
        accepted_by=actor.account if query.who else None,
        only_of=(actor.unit or "-") if actor.role is Role.UNIT else "",
        since=since,
        before=before,
        after=_cursor(query.after),
    )


def _row(row: ListedTicket, names: dict[str, str], now: datetime) -> dict[str, Any]:
    plain = ("id", "state", "kind", "topic", "place", "unit", "returns", "asked_extension", "round")
    is_open = row.state != TicketState.CLOSED
    return {name: getattr(row, name) for name in plain} | {
        "what": row.what[:SHOWN],
        "unit_name": names.get(row.unit, row.unit),
        "accepted_at": row.accepted_at.timestamp(),
        "due_at": row.due_at.timestamp(),
        "due_day": str(Deadline(at=row.due_at, provisional=row.due_provisional).day),
        "due_provisional": row.due_provisional,
        "overdue": is_open and row.due_at <= now,
        "callback_due": row.callback_due.timestamp() if row.callback_due else None,
    }


def _span(due: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Deadlines are at 24:00: what is due today ends as tomorrow begins."""
    if not due:
        return None, None
    if due == "overdue":
        return None, now + timedelta(microseconds=1)
    tomorrow = datetime.combine(now.astimezone(SHANGHAI).date() + timedelta(days=1), time(), SHANGHAI)
    last = tomorrow if due == "today" else tomorrow + timedelta(days=6)
    return now + timedelta(microseconds=1), last.astimezone(UTC) + timedelta(microseconds=1)


def _cursor(text: str) -> tuple[datetime, int] | None:
    if not text:
        return None
    at, _, key = text.partition("_")
    try:
        return datetime.fromtimestamp(float(at), UTC), min(max(int(key), 0), 2**31 - 1)
    except (ValueError, OverflowError, OSError):
        return None
