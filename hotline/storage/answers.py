"""What citizens said at their callbacks, in the database: counted by unit, and one by one."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, func, select

from hotline.domain.callback_figures import Verdict
from hotline.domain.ids import TicketId
from hotline.domain.ticket_callback import Answers, Satisfaction
from hotline.services.ports_supervision import Answered
from hotline.storage.tables_tickets import tickets

_T = tickets.c


class SqlAnswerStore:
    """Implements AnswerStore."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def by_unit(self, first: datetime, last: datetime) -> dict[str, Verdict]:
        # `callback_figures.verdict` for 5,000 tickets in one statement, from one index.
        query = select(
            _T.unit,
            func.count().label("valid"),
            _count(_T.responded).label("responded"),
            _count(_T.solved).label("solved"),
            _count(_T.satisfaction == Satisfaction.SATISFIED).label("satisfied"),
            _count(_T.satisfaction == Satisfaction.BASICALLY).label("basically"),
        )
        rows = self._db.execute(query.where(_valid(first, last)).group_by(_T.unit))
        return {values.pop("unit"): Verdict(**values) for values in (dict(row._mapping) for row in rows)}

    def said_in(self, first: datetime, last: datetime) -> list[Answered]:
        query = select(_T.id, _T.unit, _T.responded, _T.solved, _T.satisfaction)
        rows = self._db.execute(query.where(_valid(first, last)).order_by(_T.told_at, _T.id))
        return [
            Answered(
                ticket_id=TicketId(row.id),
                unit=row.unit,
                answers=Answers(
                    responded=row.responded,
                    solved=row.solved,
                    satisfaction=Satisfaction(row.satisfaction),
                ),
            )
            for row in rows
        ]


def _count(rule: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((rule, 1), else_=0))


def _valid(first: datetime, last: datetime) -> ColumnElement[bool]:
    """Reached in the period, and answered: who was given up on after three attempts has said nothing."""
    return (_T.told_at >= first) & (_T.told_at < last) & _T.satisfaction.is_not(None)
