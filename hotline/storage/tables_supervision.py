"""The tables of supervision: acts of the clock, notices and their numbers, joint meetings, their duties."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from hotline.storage.tables import Utc, metadata

# How a ticket was when the clock last looked at it: it looks again when something of that is another now.
watched_tickets = Table(
    "watched_tickets",
    metadata,
    Column("ticket", Integer, ForeignKey("tickets.key"), primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("next_at", Utc, index=True),
)

# Once only: who is second to write a row of the same key has nothing to do.
supervision_acts = Table(
    "supervision_acts",
    metadata,
    Column("ticket", Integer, ForeignKey("tickets.key"), primary_key=True, autoincrement=False),
    Column("act", String(24), primary_key=True),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("due_at", Utc, nullable=False),
    Column("at", Utc, nullable=False),
    CheckConstraint("due_at <= at", name="not_early"),
    Index("ix_supervision_acts_act_at", "act", "at"),
)

notice_numbers = Table(
    "notice_numbers",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("year", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("ticket", Integer, ForeignKey("tickets.key"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("edition", Integer, nullable=False),
    Column("unit", String(200), nullable=False),
    Column("issued_at", Utc, nullable=False, index=True),
    Column("issued_by", Integer, ForeignKey("accounts.id")),
    Column("limit_at", Utc),
    Column("limit_provisional", Boolean),
    Column("content", JSON, nullable=False),
    Column("replaces", Integer, ForeignKey("notices.key"), unique=True),
    Column("withdrawn_at", Utc),
    Column("withdrawn_by", Integer, ForeignKey("accounts.id")),
    UniqueConstraint("kind", "year", "number"),
    UniqueConstraint("ticket", "kind", "round", "edition"),
    CheckConstraint("kind in ('supervision','criticism')", name="kind"),
    CheckConstraint("number >= 1 and edition >= 1", name="number"),
    CheckConstraint("(edition = 1) = (replaces is null)", name="replaces"),
    CheckConstraint("(limit_at is null) = (limit_provisional is null)", name="limit"),
    CheckConstraint("withdrawn_by is null or withdrawn_at is not null", name="withdrawn"),
)

meetings = Table(
    "meetings",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("title", String(200), nullable=False),
    Column("place", String(200), nullable=False),
    Column("starts_at", Utc, nullable=False, index=True),
    Column("minutes", Text, nullable=False),
    Column("closed_at", Utc),
    Column("version", Integer, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("created_by", Integer, ForeignKey("accounts.id"), nullable=False),
)

meeting_tickets = Table(
    "meeting_tickets",
    metadata,
    Column("meeting", Integer, ForeignKey("meetings.key"), primary_key=True, autoincrement=False),
    Column("ticket", Integer, ForeignKey("tickets.key"), primary_key=True, autoincrement=False),
    Column("position", Integer, nullable=False),
    Index("ix_meeting_tickets_ticket", "ticket"),
)

# What was decided there: each is a ticket again.
meeting_duties = Table(
    "meeting_duties",
    metadata,
    Column("ticket", Integer, ForeignKey("tickets.key"), primary_key=True, autoincrement=False),
    Column("meeting", Integer, ForeignKey("meetings.key"), nullable=False, index=True),
    Column("of_ticket", Integer, ForeignKey("tickets.key"), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("day", Date, nullable=False),
)
