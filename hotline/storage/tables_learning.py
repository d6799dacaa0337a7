"""The tables of the learning categoriser: what seats chose for what was heard, and its versions."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from hotline.storage.tables import Utc, metadata

heard_choices = Table(
    "heard_choices",
    metadata,
    Column("call_id", String(36), ForeignKey("calls.id"), primary_key=True),
    Column("at", Utc, nullable=False),
    Column("week", Date, nullable=False),
    Column("version", Integer, nullable=False),
    Column("first", String(64), nullable=False),
    Column("second", String(64), nullable=False),
    Column("third", String(64), nullable=False),
    Column("score", Float, nullable=False),
    Column("chosen", String(200), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("words", Text),
    CheckConstraint("rank between 0 and 3", name="rank"),
    Index("ix_heard_choices_week_at", "week", "at"),
)

categoriser_versions = Table(
    "categoriser_versions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Utc, nullable=False),
    Column("topics", String(16), nullable=False),
    Column("lessons", Integer, nullable=False),
    Column("held_back", Integer, nullable=False),
    Column("first", Float, nullable=False),
    Column("first_three", Float, nullable=False),
    Column("calibration_error", Float, nullable=False),
    Column("live_first", Float, nullable=False),
    Column("live_first_three", Float, nullable=False),
    Column("live_calibration_error", Float, nullable=False),
    Column("marked_on", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("in_force_at", Utc),
    Column("in_force", Boolean, nullable=False),
)
