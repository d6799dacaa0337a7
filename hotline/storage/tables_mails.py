"""The tables of mails to units: each is written once in the database before anything is sent."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, text

from hotline.storage.tables import Utc, metadata

OVER = "given_up_at is not null"

# `action` is what happened, or which of the clock's reminders it was; `paper` is a numbered notice.
# `occasion` is the log entry and the unit it is about: the same news is never written twice.
mails = Table(
    "mails",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("occasion", String(80), nullable=False, unique=True),
    Column("unit", String(16), ForeignKey("units.id"), nullable=False, index=True),
    Column("recipient", String(254), nullable=False),
    Column("ticket", String(16), nullable=False),
    Column("action", String(32), nullable=False),
    Column("paper", Integer, ForeignKey("notices.key")),
    Column("created_at", Utc, nullable=False),
    Column("next_at", Utc),
    Column("attempts", Integer, nullable=False),
    Column("sent_at", Utc),
    Column("given_up_at", Utc),
    Column("again_at", Utc),  # somebody had it tried again
    Column("problem", String(200), nullable=False),
    CheckConstraint("sent_at is null or given_up_at is null", name="end"),
    CheckConstraint("(next_at is null) = (sent_at is not null or given_up_at is not null)", name="next_at"),
    Index("ix_mails_next", "next_at"),
    Index("ix_mails_given_up", "given_up_at", sqlite_where=text(OVER), postgresql_where=text(OVER)),
)

mail_cursor = Table(
    "mail_cursor",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("log_id", Integer, nullable=False),
    CheckConstraint("id = 1", name="single"),
)
