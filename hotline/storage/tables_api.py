"""Tables of the programming interface and the exports: clients' keys and requests, files for people."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from hotline.storage.tables import Utc, metadata

EXPORT_STATES = ("waiting", "running", "done", "failed", "cancelled")

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("prefix", String(16), nullable=False, unique=True),
    Column("hash", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("unit", String(16), ForeignKey("units.id")),
    Column("may_write", Boolean, nullable=False),
    Column("per_minute", Integer, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("last_used_at", Utc),
    Column("revoked_at", Utc),
    CheckConstraint("role in ('seat','supervisor','unit')", name="role"),
    CheckConstraint("(role = 'unit') = (unit is not null)", name="unit"),
    CheckConstraint("per_minute between 1 and 10000", name="per_minute"),
)

# What a client asked for once, so that asking again with the same key answers the same and does nothing.
api_requests = Table(
    "api_requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Integer, ForeignKey("api_keys.id"), nullable=False),
    Column("name", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", JSON, nullable=False),
    Column("at", Utc, nullable=False, index=True),
    UniqueConstraint("key", "name"),
)

# Which client saw which ticket; people's looks are in `views`.
api_views = Table(
    "api_views",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Integer, ForeignKey("api_keys.id"), nullable=False),
    Column("ticket", String(16), nullable=False, index=True),
    Column("what", String(16), nullable=False),
    Column("at", Utc, nullable=False),
)

exports = Table(
    "exports",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("format", String(8), nullable=False),
    Column("language", String(8), nullable=False),
    Column("query", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("share", Integer, nullable=False),
    Column("problem", String(200), nullable=False),
    Column("size", Integer),
    Column("made_at", Utc, nullable=False),
    Column("told_at", Utc, nullable=False),
    Column("ended_at", Utc),
    CheckConstraint(f"state in ({','.join(repr(state) for state in EXPORT_STATES)})", name="state"),
    CheckConstraint("format in ('csv','xlsx')", name="format"),
    Index("ix_exports_account_made", "account", "made_at"),
)

export_downloads = Table(
    "export_downloads",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("export", String(36), nullable=False, index=True),
    Column("account", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("at", Utc, nullable=False),
    Column("query", JSON, nullable=False),
    Column("rows", Integer, nullable=False),
)
