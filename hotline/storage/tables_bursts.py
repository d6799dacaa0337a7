"""The table of bursts: more people told of one thing in one place than chance would bring."""

from sqlalchemy import CheckConstraint, Column, Float, Index, Integer, String, Table, text

from hotline.storage.tables import Utc, metadata

OPEN = "ended_at is null"

bursts = Table(
    "bursts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("topic", String(200), nullable=False),
    Column("place", String(200), nullable=False),
    Column("began_at", Utc, nullable=False),
    Column("latest_at", Utc, nullable=False),
    Column("count", Integer, nullable=False),
    Column("expected", Float, nullable=False),
    Column("ended_at", Utc),
    CheckConstraint("count >= 1 and latest_at >= began_at", name="grows"),
    Index(
        "uq_bursts_open", "topic", "place", unique=True, sqlite_where=text(OPEN), postgresql_where=text(OPEN)
    ),
)
