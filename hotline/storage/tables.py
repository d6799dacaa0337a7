"""The tables, for SQLite and PostgreSQL alike; what must never be wrong is a constraint here."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
)

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)


class Utc(TypeDecorator[datetime]):
    """An aware UTC time on every database; naive times are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("seat", String(16), unique=True),
    Column("password_hash", String(255), nullable=False),
    Column("must_change", Boolean, nullable=False, default=False),
    Column("active", Boolean, nullable=False, default=True),
    Column("epoch", Integer, nullable=False, default=1),
    Column("demo", Boolean, nullable=False, default=False),
    Column("unit", String(16), ForeignKey("units.id"), index=True),
    CheckConstraint("role in ('seat','supervisor','admin','unit')", name="role"),
    CheckConstraint("(role = 'unit') = (unit is not null)", name="unit"),
)

seats = Table(
    "seats",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("since", Utc, nullable=False),
    Column("reason", String(32), nullable=False),
    Column("wanted", String(16), nullable=False),
    Column("wanted_reason", String(32), nullable=False),
    Column("call_id", String(36)),
    Column("reachable", Boolean, nullable=False),
)

seat_periods = Table(
    "seat_periods",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("seat", String(16), ForeignKey("seats.id"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("began_at", Utc, nullable=False),
    Column("ended_at", Utc, nullable=False),
    Index("ix_seat_periods_seat_began", "seat", "began_at"),
)

calls = Table(
    "calls",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("from_number", String(40), index=True),
    Column("line", String(40), nullable=False),
    Column("hint", String(32), nullable=False),
    Column("queue", String(32), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("arrived_at", Utc, nullable=False, index=True),
    Column("listening_at", Utc),
    Column("queued_at", Utc),
    Column("ringing_at", Utc),
    Column("answered_at", Utc),
    Column("ended_at", Utc),
    Column("held_since", Utc),
    Column("held_s", Float, nullable=False),
    Column("seat", String(16), ForeignKey("seats.id")),
    Column("end_reason", String(16)),
    Column("heard", JSON(none_as_null=True)),
    CheckConstraint("(state = 'ended') = (ended_at is not null)", name="ended"),
    Index("ix_calls_seat_arrived", "seat", "arrived_at"),
)

calendar_head = Table(
    "calendar_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    CheckConstraint("id = 1", name="single"),
)

calendar_years = Table(
    "calendar_years",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("provisional", Boolean, nullable=False),
    Column("papers", JSON, nullable=False),
    Column("who", String(64), nullable=False),
    Column("at", Utc, nullable=False),
)

calendar_days = Table(
    "calendar_days",
    metadata,
    Column("year", Integer, ForeignKey("calendar_years.year"), primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("name", String(40), nullable=False),
    Column("off", Boolean, nullable=False),
)

recordings = Table(
    "recordings",
    metadata,
    Column("call_id", String(36), ForeignKey("calls.id"), primary_key=True),
    Column("path", String(255), nullable=False),
    Column("size", Integer, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("linked_at", Utc, nullable=False),
)

views = Table(
    "views",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("account", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("call_id", String(36), ForeignKey("calls.id"), index=True),
    Column("ticket", Integer, ForeignKey("tickets.key"), index=True),
    Column("what", String(32), nullable=False),
    Column("why", String(200), nullable=False),
    CheckConstraint("call_id is not null or ticket is not null", name="of_something"),
)

outbox_head = Table(
    "outbox_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    CheckConstraint("id = 1", name="single"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("prev", Integer, nullable=False),
    Column("stream", String(32), nullable=False),
    Column("type", String(32), nullable=False),
    Column("at", Utc, nullable=False),
    Column("call_id", String(36)),
    Column("seat_id", String(16)),
    Column("ticket_id", String(16)),
    Column("note", String(255), nullable=False),
    Index("ix_outbox_stream_seq", "stream", "seq"),
)
