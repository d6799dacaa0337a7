"""Clients of the programming interface in the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from hotline.domain.errors import Contended
from hotline.domain.ids import TicketId
from hotline.services.ports_api import Answered, ApiKey
from hotline.storage.tables_api import api_keys, api_requests, api_views


class SqlApiStore:
    """Implements ApiStore."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def by_prefix(self, prefix: str) -> ApiKey | None:
        row = self._db.execute(select(api_keys).where(api_keys.c.prefix == prefix)).first()
        return ApiKey(**row._mapping) if row else None

    def all(self) -> list[ApiKey]:
        rows = self._db.execute(select(api_keys).order_by(api_keys.c.id.desc()))
        return [ApiKey(**row._mapping) for row in rows]

    def add(self, **values: Any) -> ApiKey:
        row = self._db.execute(insert(api_keys).values(**values).returning(api_keys)).one()
        return ApiKey(**row._mapping)

    def update(self, key_id: int, **values: Any) -> None:
        self._db.execute(update(api_keys).where(api_keys.c.id == key_id).values(**values))

    def answered(self, key_id: int, name: str) -> Answered | None:
        mine = (api_requests.c.key == key_id) & (api_requests.c.name == name)
        columns = (api_requests.c.digest, api_requests.c.status, api_requests.c.answer)
        row = self._db.execute(select(*columns).where(mine)).first()
        return Answered(**row._mapping) if row else None

    def remember(self, key_id: int, name: str, at: datetime, answered: Answered) -> None:
        values = {"digest": answered.digest, "status": answered.status, "answer": answered.answer}
        try:
            with self._db.begin_nested():
                self._db.execute(insert(api_requests).values(key=key_id, name=name, at=at, **values))
        except IntegrityError:
            raise Contended("the same request is being answered: ask again") from None

    def forget(self, before: datetime, limit: int) -> int:
        old = select(api_requests.c.id).where(api_requests.c.at < before).limit(limit)
        return self._db.execute(delete(api_requests).where(api_requests.c.id.in_(old))).rowcount

    def saw(self, key_id: int, ticket: TicketId, what: str, at: datetime) -> None:
        self._db.execute(insert(api_views).values(key=key_id, ticket=ticket, what=what, at=at))
