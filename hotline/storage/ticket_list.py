"""Tickets as rows of a list by what is due next; each question is answered by one index."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select

from hotline.domain.ids import TicketId, TicketKey
from hotline.services.ports_courses import ListedTicket, ListWanted
from hotline.storage.tables_tickets import ticket_parts, tickets

_PLAIN = (
    "kind", "topic", "place", "what", "unit", "accepted_at", "due_at", "due_provisional", "callback_due",
    "returns", "asked_extension", "round",
)  # fmt: skip
_COLUMNS = tuple(tickets.c[name] for name in ("key", "id", "state", *_PLAIN))


class SqlTicketList:
    """Implements TicketList."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def page(self, wanted: ListWanted, limit: int) -> list[ListedTicket]:
        due = tickets.c.due_at if wanted.state else tickets.c.open_due
        rule = tickets.c.state == wanted.state if wanted.state else due.is_not(None)
        if wanted.before:
            rule &= due < wanted.before
        if wanted.since:
            rule &= due >= wanted.since
        if wanted.after:
            at, key = wanted.after
            rule &= or_(due > at, and_(due == at, tickets.c.key > key))
        found = [self._rows(rule & each, due, limit) for each in self._whose(wanted)]
        rows = {row.key: row for rows in found for row in rows}.values()
        return [_listed(row) for row in sorted(rows, key=lambda row: (row.due_at, row.key))[:limit]]

    def _whose(self, wanted: ListWanted) -> list[ColumnElement[bool]]:
        """One question for each index."""
        every: ColumnElement[bool] = tickets.c.unit == wanted.unit if wanted.unit else tickets.c.key > 0
        if not wanted.only_of:
            return [every]
        parts = select(ticket_parts.c.ticket).where(ticket_parts.c.unit == wanted.only_of)
        return [every & (tickets.c.unit == wanted.only_of), every & tickets.c.key.in_(parts)]

    def _rows(self, rule: ColumnElement[bool], due: Any, limit: int) -> list[Row[Any]]:
        query = select(*_COLUMNS).where(rule).order_by(due, tickets.c.key).limit(limit)
        return list(self._db.execute(query).all())


def _listed(row: Row[Any]) -> ListedTicket:
    plain = {name: getattr(row, name) for name in _PLAIN}
    return ListedTicket(key=TicketKey(row.key), id=TicketId(row.id), state=row.state, **plain)
