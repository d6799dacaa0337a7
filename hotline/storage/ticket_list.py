"""Tickets as rows of a list by what is due next; each question is answered by one index."""

import heapq
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, or_, select, true

from hotline.domain.ids import TicketId, TicketKey
from hotline.domain.ticket import TicketState
from hotline.services.ports_courses import ListedTicket, ListWanted
from hotline.storage.tables_tickets import ticket_parts, tickets

_PLAIN = (
    "kind", "topic", "place", "what", "unit", "accepted_at", "due_at", "due_provisional", "callback_due",
    "returns", "asked_extension", "round",
)  # fmt: skip
MOST_PARTS, AT_ONCE, KEYS_AT_ONCE = 500, 500, 10_000
_COLUMNS = tuple(tickets.c[name] for name in ("key", "id", "state", *_PLAIN))


class SqlTicketList:
    """Implements TicketList."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def page(self, wanted: ListWanted, limit: int) -> list[ListedTicket]:
        query = _of_the_whole(wanted, *_COLUMNS).limit(limit)
        rows = [_listed(row) for row in self._db.execute(query)]
        if wanted.only_of and wanted.accepted_by is None:
            known = {row.key for row in rows}
            rows += [row for row in self._of_parts(wanted) if row.key not in known]
        return sorted(rows, key=lambda row: (row.due_at, row.key))[:limit]

    def keys(self, wanted: ListWanted) -> Iterator[TicketKey]:
        assisted: list[tuple[datetime, int]] = []
        if wanted.only_of and wanted.accepted_by is None:
            parts = [row for row in self._of_parts(wanted) if row.unit != wanted.only_of]
            assisted = sorted((row.due_at, row.key) for row in parts)
        query = _of_the_whole(wanted, tickets.c.due_at, tickets.c.key)
        found = self._db.execute(query.execution_options(yield_per=KEYS_AT_ONCE))
        whole = ((row.due_at, row.key) for row in found)
        return (TicketKey(key) for _, key in heapq.merge(whole, assisted))

    def _of_parts(self, wanted: ListWanted) -> list[ListedTicket]:
        """What it assists in, of its latest parts: few, so that no index of the whole is walked for them."""
        mine = select(ticket_parts.c.ticket).where(ticket_parts.c.unit == wanted.only_of)
        keys = self._db.execute(mine.order_by(ticket_parts.c.due_at.desc()).limit(MOST_PARTS)).scalars().all()
        found = []
        for start in range(0, len(keys), AT_ONCE):
            query = select(*_COLUMNS).where(tickets.c.key.in_(keys[start : start + AT_ONCE]))
            found += [_listed(row) for row in self._db.execute(query)]
        return [row for row in found if _fits(row, wanted)]


def _of_the_whole(wanted: ListWanted, *columns: ColumnElement[Any]) -> Select[Any]:
    due = tickets.c.due_at if wanted.state else tickets.c.open_due
    rule: ColumnElement[bool] = tickets.c.state == wanted.state if wanted.state else due.is_not(None)
    for unit in (wanted.unit, wanted.only_of):
        rule &= tickets.c.unit == unit if unit else true()
    if wanted.accepted_by is not None:
        rule &= tickets.c.account == wanted.accepted_by
    if wanted.before:
        rule &= due < wanted.before
    if wanted.since:
        rule &= due >= wanted.since
    if wanted.after:
        at, key = wanted.after
        rule &= (due >= at) & or_(due > at, tickets.c.key > key)  # the first half is what an index finds
    return select(*columns).where(rule).order_by(due, tickets.c.key)


def _fits(row: ListedTicket, wanted: ListWanted) -> bool:
    is_open = row.state not in (TicketState.DRAFT, TicketState.CLOSED)
    return (
        (row.state == wanted.state if wanted.state else is_open)
        and wanted.unit in ("", row.unit)
        and (wanted.since is None or row.due_at >= wanted.since)
        and (wanted.before is None or row.due_at < wanted.before)
        and (wanted.after is None or (row.due_at, row.key) > wanted.after)
    )


def _listed(row: Row[Any]) -> ListedTicket:
    plain = {name: getattr(row, name) for name in _PLAIN}
    return ListedTicket(key=TicketKey(row.key), id=TicketId(row.id), state=row.state, **plain)
