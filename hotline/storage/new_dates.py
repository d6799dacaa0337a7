"""Granted extensions of which the citizen has not heard, in the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from hotline.domain.calendar import Deadline
from hotline.domain.ids import TicketId, TicketKey
from hotline.domain.ticket_course import Course
from hotline.domain.ticket_new_date import NewDate
from hotline.services.ports_callbacks import UntoldDate
from hotline.storage.callbacks import IN_HAND
from hotline.storage.tables_callbacks import callback_dials
from hotline.storage.tables_tickets import ticket_new_dates, tickets

_N, _T, _D = ticket_new_dates.c, tickets.c, callback_dials.c


class SqlNewDateStore:
    """Implements NewDateStore."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def untold(self, limit: int) -> list[UntoldDate]:
        open_dial = (_D.ticket == _T.key) & _D.ended_at.is_(None)
        query = (
            select(ticket_new_dates, IN_HAND.label("in_hand"))
            .add_columns(_T.id, _T.topic, _T.place, _T.unit, _T.due_at, _T.due_provisional)
            .select_from(
                ticket_new_dates.join(tickets, _T.key == _N.ticket).outerjoin(callback_dials, open_dial)
            )
            .order_by(_N.since, _N.ticket)
            .limit(limit)
        )
        return [_untold(row) for row in self._db.execute(query)]


def _untold(row: Row[Any]) -> UntoldDate:
    return UntoldDate(
        ticket_id=TicketId(row.id),
        topic=row.topic,
        place=row.place,
        unit=row.unit,
        deadline=Deadline(at=row.due_at, provisional=row.due_provisional),
        new_date=_new_date(row),
        in_hand=row.in_hand,
    )


def read_new_date(db: Connection, key: TicketKey) -> NewDate | None:
    """What its citizen has not heard of."""
    row = db.execute(select(ticket_new_dates).where(_N.ticket == key)).first()
    return _new_date(row) if row else None


def write_new_date(db: Connection, course: Course) -> None:
    """As the course has it; gone once he was told."""
    if not course.extended:
        return
    mine, wanted = _N.ticket == course.key, course.new_date
    if wanted is None:
        db.execute(delete(ticket_new_dates).where(mine))
        return
    values = {
        "since": wanted.since,
        "before_at": wanted.before.at,
        "before_provisional": wanted.before.provisional,
        "tried": [at.isoformat() for at in wanted.tried],
    }
    if not db.execute(update(ticket_new_dates).where(mine).values(**values)).rowcount:
        db.execute(insert(ticket_new_dates).values(ticket=course.key, **values))


def _new_date(row: Row[Any]) -> NewDate:
    before = Deadline(at=row.before_at, provisional=row.before_provisional)
    return NewDate(since=row.since, before=before, tried=[datetime.fromisoformat(at) for at in row.tried])
