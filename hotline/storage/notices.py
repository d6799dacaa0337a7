"""Notices in the database: their numbers without gaps, and what each said on its day."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from hotline.domain.calendar import Deadline
from hotline.domain.errors import Conflict
from hotline.domain.ids import AccountId, TicketId, TicketKey
from hotline.domain.notices import Content, Notice, NoticeKind, NoticeNumber, Withdrawal
from hotline.domain.supervision import PROMISES
from hotline.storage.tables import accounts
from hotline.storage.tables_supervision import notices
from hotline.storage.tables_tickets import tickets

# One statement, so that two first notices of a year cannot both insert the row.
_NEXT_NUMBER = text(
    "insert into notice_numbers (kind, year, last) values (:kind, :year, 1)"
    " on conflict (kind, year) do update set last = notice_numbers.last + 1 returning last"
)
_DAYS = ("accepted", "due", "day", "limit")
_later = notices.alias("later")


class SqlNoticeStore:
    """Implements NoticeStore."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def next_number(self, kind: NoticeKind, year: int) -> int:
        return int(self._db.execute(_NEXT_NUMBER, {"kind": kind, "year": year}).scalar_one())

    def add(self, notice: Notice, ticket: TicketKey, replaces: int | None = None) -> Notice:
        values = {
            "kind": notice.number.kind,
            "year": notice.number.year,
            "number": notice.number.number,
            "ticket": ticket,
            "round": notice.round,
            "edition": notice.edition,
            "unit": notice.unit,
            "issued_at": notice.issued_at,
            "issued_by": notice.issued_by,
            "limit_at": notice.limit.at if notice.limit else None,
            "limit_provisional": notice.limit.provisional if notice.limit else None,
            "content": _written(notice.content),
            "replaces": replaces,
        }
        try:
            with self._db.begin_nested():
                query = insert(notices).values(**values).returning(notices.c.key)
                key = self._db.execute(query).scalar_one()
        except IntegrityError:
            raise Conflict(
                "this notice was issued or replaced by someone else meanwhile", "notice_replaced"
            ) from None
        found = self.get(key)
        assert found is not None
        return found

    def get(self, key: int) -> Notice | None:
        return next(iter(self._list(_query().where(notices.c.key == key))), None)

    def current(self, ticket: TicketKey, kind: NoticeKind) -> Notice | None:
        mine = (notices.c.ticket == ticket) & (notices.c.kind == kind) & _in_force()
        newest = (notices.c.round.desc(), notices.c.edition.desc())
        return next(iter(self._list(_query().where(mine).order_by(*newest).limit(1))), None)

    def in_force(self, ticket: TicketKey, before: int) -> list[Notice]:
        mine = (notices.c.ticket == ticket) & (notices.c.round % PROMISES < before) & _in_force()
        return self._list(_query().where(mine).order_by(notices.c.key))

    def withdraw(self, key: int, by: AccountId | None, at: datetime) -> None:
        once = (notices.c.key == key) & notices.c.withdrawn_at.is_(None)
        self._db.execute(update(notices).where(once).values(withdrawn_at=at, withdrawn_by=by))

    def of_tickets(self, ids: Sequence[TicketId]) -> dict[TicketId, list[Notice]]:
        found: dict[TicketId, list[Notice]] = {}
        for notice in self._list(_query().where(tickets.c.id.in_(ids)).order_by(notices.c.key)):
            found.setdefault(notice.ticket_id, []).append(notice)
        return found

    def newest(self, limit: int) -> list[Notice]:
        return self._list(_query().order_by(notices.c.key.desc()).limit(limit))

    def _list(self, query: Select[Any]) -> list[Notice]:
        return [_notice(row) for row in self._db.execute(query)]


def _query() -> Select[Any]:
    """Each with its ticket's number, the key of the one that replaced it, and who withdrew it."""
    joined = notices.join(tickets, tickets.c.key == notices.c.ticket)
    joined = joined.join(_later, _later.c.replaces == notices.c.key, isouter=True)
    joined = joined.join(accounts, accounts.c.id == notices.c.withdrawn_by, isouter=True)
    more = (_later.c.key.label("replaced_by"), accounts.c.name.label("withdrawer"))
    return select(notices, tickets.c.id.label("id"), *more).select_from(joined)


def _in_force() -> ColumnElement[bool]:
    return _later.c.key.is_(None) & notices.c.withdrawn_at.is_(None)


def _notice(row: Row[Any]) -> Notice:
    limit = Deadline(at=row.limit_at, provisional=row.limit_provisional) if row.limit_at else None
    withdrawn = Withdrawal(at=row.withdrawn_at, by=row.withdrawer or "") if row.withdrawn_at else None
    return Notice(
        key=row.key,
        number=NoticeNumber(kind=NoticeKind(row.kind), year=row.year, number=row.number),
        ticket_id=TicketId(row.id),
        round=row.round,
        edition=row.edition,
        unit=row.unit,
        issued_at=row.issued_at,
        issued_by=AccountId(row.issued_by) if row.issued_by is not None else None,
        limit=limit,
        content=_read(row.content),
        replaced_by=row.replaced_by,
        withdrawn=withdrawn,
    )


def _written(content: Content) -> dict[str, Any]:
    return {name: str(v) if isinstance(v, date) else v for name, v in asdict(content).items()}


def _read(stored: dict[str, Any]) -> Content:
    days = {name: date.fromisoformat(stored[name]) if stored[name] else None for name in _DAYS}
    return Content(**stored | days)
