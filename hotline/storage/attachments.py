"""The rows of attachments in the database."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import Connection, delete, exists, insert, select, update

from hotline.domain.attachments import Attachment
from hotline.domain.ids import TicketKey
from hotline.storage.tables_attachments import attachments


class SqlAttachmentStore:
    """Implements AttachmentStore."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, attachment: Attachment) -> Attachment:
        values = asdict(attachment)
        del values["key"]
        query = insert(attachments).values(**values).returning(attachments.c.key)
        return replace(attachment, key=self._db.execute(query).scalar_one())

    def get(self, key: int) -> Attachment | None:
        row = self._db.execute(select(attachments).where(attachments.c.key == key)).first()
        return Attachment(**row._mapping) if row else None

    def of_ticket(self, ticket: TicketKey) -> list[Attachment]:
        query = select(attachments).where(attachments.c.ticket == ticket).order_by(attachments.c.key)
        return [Attachment(**row._mapping) for row in self._db.execute(query)]

    def send(self, keys: Sequence[int], at: datetime) -> None:
        self._db.execute(update(attachments).where(attachments.c.key.in_(keys)).values(sent_at=at))

    def remove(self, key: int) -> None:
        self._db.execute(delete(attachments).where(attachments.c.key == key))

    def unsent_before(self, at: datetime, limit: int) -> list[Attachment]:
        rule = attachments.c.sent_at.is_(None) & (attachments.c.at < at)
        rows = self._db.execute(select(attachments).where(rule).limit(limit))
        return [Attachment(**row._mapping) for row in rows]

    def in_use(self, sha256: str) -> bool:
        return bool(self._db.execute(select(exists().where(attachments.c.sha256 == sha256))).scalar())
