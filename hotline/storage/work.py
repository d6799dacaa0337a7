"""The matters of one handling unit in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, literal, null, select

from hotline.domain.ids import TicketId, UnitId
from hotline.domain.ticket import TicketState
from hotline.domain.ticket_moves import AT_THE_UNIT
from hotline.services.ports_work import WorkRow
from hotline.storage.supervision_lists import done_at
from hotline.storage.tables_tickets import NUMBERED, ticket_parts, tickets

_T, _P = tickets.c, ticket_parts.c
SHOWN = 120  # characters of the matter in a list
_PLAIN = (
    "id", "state", "kind", "topic", "place", "asked_extension", "extended", "returns", "round", "replied_at",
)  # fmt: skip
# Whoever has signed has the citizen's deadline next; before that the signing's own.
_NEXT = case((_T.state == TicketState.HANDED_OVER, _T.sign_due), else_=_T.due_at)


class SqlWorkStore:
    """Implements WorkStore."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def open(self, unit: UnitId, after: datetime | None, until: datetime | None, limit: int) -> list[WorkRow]:
        found: list[WorkRow] = []
        for query, due in (_leads(unit), _parts(unit)):
            chosen = query.where(_within(due, after, until)).order_by(due, _T.id).limit(limit)
            found += [_row(row) for row in self._db.execute(chosen)]
        return sorted(found, key=lambda row: (row.next_due, row.ticket_id))[:limit]

    def count_open(self, unit: UnitId, after: datetime | None, until: datetime | None) -> int:
        return sum(
            self._db.execute(
                select(func.count()).select_from(query.where(_within(due, after, until)).subquery())
            ).scalar_one()
            for query, due in (_leads(unit), _parts(unit))
        )

    def replied(self, unit: UnitId, since: datetime, limit: int) -> list[WorkRow]:
        query = _whole(done_at()).where((_T.unit == unit) & (_T.replied_at >= since))
        return [_row(row) for row in self._db.execute(query.order_by(_T.replied_at.desc()).limit(limit))]

    def due_in(self, unit: UnitId, first: datetime, last: datetime, limit: int) -> list[WorkRow]:
        rule = (_T.unit == unit) & (_T.due_at > first) & (_T.due_at <= last)
        query = _whole(done_at()).where(rule & _T.state.in_(NUMBERED))
        return [_row(row) for row in self._db.execute(query.order_by(_T.due_at, _T.id).limit(limit))]

    def leads_of(self, unit: UnitId) -> Sequence[TicketId]:
        rule = (_T.unit == unit) & _T.state.in_((TicketState.ACCEPTED, *AT_THE_UNIT))
        query = select(_T.id).where(rule).order_by(_T.due_at, _T.id)
        return list(self._db.execute(query).scalars())

    def parts_of(self, unit: UnitId) -> Sequence[TicketId]:
        query, due = _parts(unit)
        found = self._db.execute(query.order_by(due, _T.id))
        return [TicketId(row.id) for row in found]


def _columns(
    role: str, begun: ColumnElement[Any], due: ColumnElement[Any], next_due: ColumnElement[Any],
    provisional: ColumnElement[Any], done: ColumnElement[Any],
) -> Select[Any]:  # fmt: skip
    return select(
        *(_T[name] for name in _PLAIN),
        func.substr(_T.what, 1, SHOWN).label("what"),
        literal(role).label("role"),
        begun.label("begun"),
        due.label("due"),
        next_due.label("next_due"),
        provisional.label("provisional"),
        done.label("done_at"),
    )


def _whole(done: ColumnElement[Any]) -> Select[Any]:
    begun = func.coalesce(_T.handed_over_at, _T.accepted_at, type_=_T.accepted_at.type)
    return _columns("lead", begun, _T.due_at, _NEXT, _T.due_provisional, done)


def _leads(unit: UnitId) -> tuple[Select[Any], ColumnElement[Any]]:
    return _whole(null()).where((_T.unit == unit) & _T.state.in_(AT_THE_UNIT)), _T.due_at


def _parts(unit: UnitId) -> tuple[Select[Any], ColumnElement[Any]]:
    query = _columns("part", _P.asked_at, _P.due_at, _P.due_at, _P.due_provisional, null())
    mine = (_P.unit == unit) & _P.answered_at.is_(None) & _T.state.in_(AT_THE_UNIT)
    return query.join(ticket_parts, _P.ticket == _T.key).where(mine), _P.due_at


def _within(due: ColumnElement[Any], after: datetime | None, until: datetime | None) -> ColumnElement[bool]:
    rule: ColumnElement[bool] = literal(True)
    if after is not None:
        rule = rule & (due > after)
    return rule & (due <= until) if until is not None else rule


def _row(row: Row[Any]) -> WorkRow:
    values = dict(row._mapping)
    return WorkRow(ticket_id=TicketId(values.pop("id")), **values)
