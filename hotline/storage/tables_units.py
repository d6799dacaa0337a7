"""The table of handling units; a unit is closed, never deleted, for its tickets and their logs name it."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, String, Table

from hotline.storage.tables import Utc, metadata

units = Table(
    "units",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(60), nullable=False, unique=True),
    Column("level", String(16), nullable=False),
    Column("parent", String(16), ForeignKey("units.id"), index=True),
    Column("email", String(254), nullable=False),
    Column("closed_at", Utc),
    Column("successor", String(16), ForeignKey("units.id")),
    CheckConstraint("level in ('city','town','community')", name="level"),
    CheckConstraint("parent <> id and successor <> id", name="another"),
    CheckConstraint("level <> 'community' or parent is not null", name="community"),
    CheckConstraint("level <> 'town' or parent is null", name="town"),
    CheckConstraint("successor is null or closed_at is not null", name="successor"),
)
