"""Mails to units in the database."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hotline.domain.ids import TicketId, UnitId
from hotline.domain.notices import NoticeKind, NoticeNumber
from hotline.domain.supervision import FOR_THE_UNIT
from hotline.domain.ticket_moves import AT_THE_UNIT, Action
from hotline.services.ports_mails import Mail, News
from hotline.storage.tables_mails import mail_cursor, mails
from hotline.storage.tables_supervision import notices
from hotline.storage.tables_tickets import ticket_log, tickets

GIVES_WORK = (Action.HAND_OVER, Action.FORCE, Action.ASK_UNIT, Action.PASS_ON, Action.PASS_PART)
KEY = re.compile(r"[0-9]{1,9}")
PAPERS = (Action.NOTICE, Action.CRITICISE, Action.WITHDRAW)


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
        columns = (ticket_log.c.id, ticket_log.c.action, ticket_log.c.target, ticket_log.c.detail)
        told = ticket_log.c.action.in_((*GIVES_WORK, *PAPERS, Action.REMIND))
        query: Select[Any] = select(*columns, tickets.c.id.label("ticket"), tickets.c.unit)
        query = query.join(tickets, tickets.c.key == ticket_log.c.ticket)
        rows = self._db.execute(query.where(ticket_log.c.id.between(known + 1, last) & told))
        return last, [each for row in rows.all() if row.ticket for each in self._read(row)]

    def _read(self, entry: Row[Any]) -> Iterator[News]:
        """For each unit that this entry is news for."""
        said = {"log_id": entry.id, "ticket_id": TicketId(entry.ticket), "action": entry.action}
        unit = UnitId(str(entry.detail.get("unit", "")))
        if entry.action in PAPERS:
            yield from self._paper(entry, said)
            return
        if entry.action == Action.REMIND:
            act = entry.detail.get("act", Action.REMIND)
            if entry.target not in AT_THE_UNIT or act not in (*FOR_THE_UNIT, Action.REMIND):
                return
            said |= {"action": str(act)}
            unit = unit or UnitId(entry.unit)  # a supervisor reminds whoever has it
        yield News(unit=unit, **said)
        if lead := entry.detail.get("lead"):  # it answers for what its assisting unit is late with
            yield News(unit=UnitId(str(lead)), **said)

    def _paper(self, entry: Row[Any], said: dict[str, Any]) -> Iterator[News]:
        """The unit that the paper names; what is in no register is no paper."""
        key = str(entry.detail.get("notice", ""))
        if not KEY.fullmatch(key):
            return
        columns = select(notices.c.key, notices.c.unit).join(tickets, tickets.c.key == notices.c.ticket)
        issued = columns.where((notices.c.key == int(key)) & (tickets.c.id == entry.ticket))
        for row in self._db.execute(issued):
            yield News(unit=UnitId(row.unit), paper=row.key, **said)

    def looked(self, log_id: int) -> None:
        self._db.execute(update(mail_cursor).values(log_id=log_id))

    def add(self, occasion: str, news: News, recipient: str, at: datetime) -> None:
        values: dict[str, Any] = {"occasion": occasion, "unit": news.unit, "recipient": recipient}
        values |= {"ticket": news.ticket_id, "action": news.action, "created_at": at, "next_at": at}
        values |= {"paper": news.paper}
        once = _insert_of(self._db)(mails).values(**values, attempts=0, problem="")
        self._db.execute(once.on_conflict_do_nothing())

    def take(self, at: datetime, until: datetime, limit: int) -> Sequence[Mail]:
        due = _query().where(mails.c.next_at <= at).order_by(mails.c.next_at, mails.c.key).limit(limit)
        if self._lock:
            due = due.with_for_update(skip_locked=True, of=mails)
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

    def given_up(self, limit: int) -> Sequence[Mail]:
        over = _query().where(mails.c.given_up_at.is_not(None))
        newest = over.order_by(mails.c.given_up_at.desc(), mails.c.key.desc()).limit(limit)
        return [_mail(row) for row in self._db.execute(newest)]

    def count_given_up(self) -> int:
        query = select(func.count()).where(mails.c.given_up_at.is_not(None))
        return int(self._db.execute(query).scalar_one())

    def get(self, key: int) -> Mail | None:
        query = _query().where(mails.c.key == key)
        row = self._db.execute(query.with_for_update(of=mails) if self._lock else query).one_or_none()
        return _mail(row) if row else None

    def again(self, key: int, recipient: str, at: datetime) -> None:
        anew = {"recipient": recipient, "next_at": at, "again_at": at, "given_up_at": None, "attempts": 0}
        over = (mails.c.key == key) & mails.c.given_up_at.is_not(None)
        self._db.execute(update(mails).where(over).values(**anew))

    def _end(self, key: int, **values: Any) -> None:
        open_ = mails.c.sent_at.is_(None) & mails.c.given_up_at.is_(None)
        self._db.execute(update(mails).where((mails.c.key == key) & open_).values(**values))


def _insert_of(connection: Connection) -> Any:
    """The databases' own inserts know what to do when it is there already."""
    return sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert


def _query() -> Select[Any]:
    """Each with the number of its paper, and the ticket that its own was merged into."""
    joined = mails.join(notices, notices.c.key == mails.c.paper, isouter=True)
    joined = joined.join(tickets, tickets.c.id == mails.c.ticket, isouter=True)
    paper = (notices.c.kind.label("paper_kind"), notices.c.year, notices.c.number)
    return select(mails, *paper, tickets.c.leader).select_from(joined)


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
        matter=TicketId(row.leader or row.ticket),
        paper=row.paper,
        number=_number(row) if row.paper else "",
        given_up_at=row.given_up_at,
        again_at=row.again_at,
        problem=row.problem,
    )


def _number(row: Row[Any]) -> str:
    return str(NoticeNumber(kind=NoticeKind(row.paper_kind), year=row.year, number=row.number))
