"""The table of files that units sent; what is in them lies in the runtime folder, named by its hash."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, Table

from hotline.storage.tables import Utc, metadata

attachments = Table(
    "attachments",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("ticket", Integer, ForeignKey("tickets.key"), nullable=False, index=True),
    Column("unit", String(16), ForeignKey("units.id"), nullable=False),
    Column("account", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("name", String(120), nullable=False),
    Column("kind", String(100), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
    Column("at", Utc, nullable=False),
    Column("sent_at", Utc),
    CheckConstraint("size between 1 and 20971520", name="size"),
    CheckConstraint("length(sha256) = 64", name="sha256"),
)
