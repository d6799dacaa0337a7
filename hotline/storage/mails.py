"""Mails to units in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hotline.domain.ids import TicketId, UnitId
from hotline.domain.ticket_moves import Action
from hotline.services.ports_mails import Mail, News
from hotline.storage.tables_mails import mail_cursor, mails
from hotline.storage.tables_tickets import ticket_log, tickets

GIVES_WORK = (Action.HAND_OVER, Action.FORCE, Action.ASK_UNIT, Action.PASS_ON, Action.PASS_PART)


class SqlMailStore:
    """Implements MailStore."""

    def __init__(self, connection: Connection, lock: bool = False) -> None:
        self._db = connection
        self._lock = lock

    def news(self, limit: int) -> tuple[int, list[News]]:
        cursor = select(mail_cursor.c.log_id)
        if self._lock:
            cursor = cursor.with_for_update()
        known = int(self._db.execute(cursor).scalar_one())
        last = int(
            self._db.execute(
                select(func.max(ticket_log.c.id)).where(ticket_log.c.id.between(known + 1, known + limit))
            ).scalar()
            or known
        )
        query = select(ticket_log.c.id, tickets.c.id, ticket_log.c.action, ticket_log.c.detail)
        rule = ticket_log.c.id.between(known + 1, last) & ticket_log.c.action.in_(GIVES_WORK)
        rows = self._db.execute(query.join(tickets, tickets.c.key == ticket_log.c.ticket).where(rule))
        return last, [
            News(
                log_id=log_id,
                ticket_id=TicketId(ticket_id),
                action=action,
                unit=UnitId(str(detail.get("unit", ""))),
            )
            for log_id, ticket_id, action, detail in rows.all()
            if ticket_id
        ]

    def looked(self, log_id: int) -> None:
        self._db.execute(update(mail_cursor).values(log_id=log_id))

    def add(self, occasion: str, news: News, recipient: str, at: datetime) -> None:
        values: dict[str, Any] = {"occasion": occasion, "unit": news.unit, "recipient": recipient}
        values |= {"ticket": news.ticket_id, "action": news.action, "created_at": at, "next_at": at}
        once = _insert_of(self._db)(mails).values(**values, attempts=0, problem="")
        self._db.execute(once.on_conflict_do_nothing())

    def take(self, at: datetime, until: datetime, limit: int) -> Sequence[Mail]:
        due = select(mails).where(mails.c.next_at <= at).order_by(mails.c.next_at, mails.c.key).limit(limit)
        if self._lock:
            due = due.with_for_update(skip_locked=True)
        found = [_mail(row) for row in self._db.execute(due)]
        mine = mails.c.key.in_([mail.key for mail in found])
        self._db.execute(update(mails).where(mine).values(next_at=until, attempts=mails.c.attempts + 1))
        return found

    def sent(self, key: int, at: datetime) -> None:
        self._end(key, sent_at=at, next_at=None, problem="")

    def failed(self, key: int, problem: str, again_at: datetime) -> None:
        self._end(key, next_at=again_at, problem=problem[:200])

    def give_up(self, key: int, problem: str, at: datetime) -> None:
        self._end(key, given_up_at=at, next_at=None, problem=problem[:200])

    def waiting(self) -> int:
        return int(self._db.execute(select(func.count()).where(mails.c.next_at.is_not(None))).scalar_one())

    def _end(self, key: int, **values: Any) -> None:
        open_ = mails.c.sent_at.is_(None) & mails.c.given_up_at.is_(None)
        self._db.execute(update(mails).where((mails.c.key == key) & open_).values(**values))


def _insert_of(connection: Connection) -> Any:
    """The databases' own inserts know what to do when it is there already."""
    return sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert


def _mail(row: Row[Any]) -> Mail:
    return Mail(
        key=row.key,
        occasion=row.occasion,
        unit=UnitId(row.unit),
        recipient=row.recipient,
        ticket_id=TicketId(row.ticket),
        action=row.action,
        created_at=row.created_at,
        attempts=row.attempts,
    )
