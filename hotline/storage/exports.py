"""Exports in the database."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from hotline.domain.ids import AccountId
from hotline.services.ports_exports import Export
from hotline.storage.tables_api import export_downloads, exports


class SqlExportStore:
    """Implements ExportStore."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def get(self, export_id: str) -> Export | None:
        row = self._db.execute(select(exports).where(exports.c.id == export_id)).first()
        return Export(**row._mapping) if row else None

    def of_account(self, account: AccountId, limit: int) -> list[Export]:
        mine = select(exports).where(exports.c.account == account)
        rows = self._db.execute(mine.order_by(exports.c.made_at.desc()).limit(limit))
        return [Export(**row._mapping) for row in rows]

    def active(self) -> list[Export]:
        rows = self._db.execute(select(exports).where(exports.c.state.in_(("waiting", "running"))))
        return [Export(**row._mapping) for row in rows]

    def add(self, export: Export) -> None:
        self._db.execute(insert(exports).values(**asdict(export)))

    def update(self, export_id: str, states: tuple[str, ...], **values: Any) -> bool:
        mine = (exports.c.id == export_id) & exports.c.state.in_(states)
        return self._db.execute(update(exports).where(mine).values(**values)).rowcount > 0

    def remove_before(self, at: datetime) -> list[str]:
        query = delete(exports).where(exports.c.made_at < at).returning(exports.c.id)
        return list(self._db.execute(query).scalars())

    def downloaded(self, export: Export, account: AccountId, at: datetime) -> None:
        values = {"export": export.id, "query": export.query, "rows": export.rows}
        self._db.execute(insert(export_downloads).values(account=account, at=at, **values))
