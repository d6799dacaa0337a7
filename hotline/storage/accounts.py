"""Accounts, and the log of who viewed what, in the database."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from hotline.domain.errors import Conflict
from hotline.domain.ids import AccountId, CallId, SeatId, TicketKey, UnitId
from hotline.services.ports import Account
from hotline.storage.tables import accounts, views


class SqlAccountStore:
    """Implements AccountStore."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def get(self, account_id: AccountId) -> Account | None:
        return self._one(accounts.c.id == account_id)

    def by_login(self, login: str) -> Account | None:
        return self._one(accounts.c.login == login)

    def by_seat(self, seat: SeatId) -> Account | None:
        return self._one(accounts.c.seat == seat)

    def names_of(self, logins: Iterable[str]) -> dict[str, str]:
        query = select(accounts.c.login, accounts.c.name).where(accounts.c.login.in_(sorted(set(logins))))
        return {row.login: row.name for row in self._db.execute(query)}

    def of_unit(self, unit: UnitId) -> list[Account]:
        rows = self._db.execute(select(accounts).where(accounts.c.unit == unit).order_by(accounts.c.login))
        return [Account(**row._mapping) for row in rows]

    def all(self) -> list[Account]:
        rows = self._db.execute(select(accounts).order_by(accounts.c.login))
        return [Account(**row._mapping) for row in rows]

    def add(self, **values: Any) -> Account:
        try:
            with self._db.begin_nested():
                query = insert(accounts).values(**values).returning(accounts.c.id)
                added_id = self._db.execute(query).scalar_one()
        except IntegrityError:
            raise Conflict("that login name or seat already belongs to an account") from None
        added = self.get(AccountId(added_id))
        assert added is not None  # inserted in this transaction
        return added

    def update(self, account_id: AccountId, **values: Any) -> None:
        try:
            with self._db.begin_nested():
                self._db.execute(update(accounts).where(accounts.c.id == account_id).values(**values))
        except IntegrityError:
            raise Conflict("that login name or seat already belongs to an account") from None

    def _one(self, rule: Any) -> Account | None:
        row = self._db.execute(select(accounts).where(rule)).first()
        return Account(**row._mapping) if row else None


class SqlViewLog:
    """Implements ViewLog."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(
        self, at: datetime, account: AccountId, call_id: CallId | None, what: str, why: str,
        ticket: TicketKey | None = None,
    ) -> None:  # fmt: skip
        seen = {"call_id": call_id, "ticket": ticket, "what": what, "why": why[:200]}
        self._db.execute(insert(views).values(at=at, account=account, **seen))

    def of_call(self, call_id: CallId) -> list[dict[str, Any]]:
        return self._list(views.c.call_id == call_id)

    def of_ticket(self, ticket: TicketKey) -> list[dict[str, Any]]:
        return self._list(views.c.ticket == ticket)

    def _list(self, rule: ColumnElement[bool]) -> list[dict[str, Any]]:
        rows = self._db.execute(select(views).where(rule).order_by(views.c.id))
        return [dict(row._mapping) for row in rows]
