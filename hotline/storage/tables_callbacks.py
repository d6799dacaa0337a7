"""The calls that the hotline makes, for tickets and for missed calls, and the numbers of who wrote."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, text

from hotline.storage.tables import Utc, metadata

RESULTS = "('','answered','busy','no_answer','failed','unknown')"
OPEN = "ended_at is null"

callback_dials = Table(
    "callback_dials",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("ticket", Integer, ForeignKey("tickets.key"), index=True),
    Column("missed", String(36), ForeignKey("calls.id"), index=True),
    Column("seat", String(16), ForeignKey("seats.id")),
    Column("account", Integer, ForeignKey("accounts.id")),
    Column("began_at", Utc, nullable=False),
    Column("answered_at", Utc),
    Column("ended_at", Utc),
    Column("result", String(16), nullable=False),
    Column("reached", Boolean),
    Column("pressed", String(1), nullable=False, default=""),
    CheckConstraint("(ticket is null) <> (missed is null)", name="of_one"),
    CheckConstraint(f"result in {RESULTS}", name="result"),
    CheckConstraint("ended_at is null or result <> ''", name="ended"),
    # Without a seat the hotline calls by itself, and only for tickets.
    CheckConstraint("(seat is null) = (account is null) and (seat is not null or missed is null)", name="by"),
    CheckConstraint("pressed in ('','1','2','3')", name="pressed"),
    # Nobody is called by two seats at once, and no seat calls two.
    Index(
        "uq_callback_dials_open_ticket",
        "ticket",
        unique=True,
        sqlite_where=text(OPEN),
        postgresql_where=text(OPEN),
    ),
    Index(
        "uq_callback_dials_open_missed",
        "missed",
        unique=True,
        sqlite_where=text(OPEN),
        postgresql_where=text(OPEN),
    ),
    Index(
        "uq_callback_dials_open_seat",
        "seat",
        unique=True,
        sqlite_where=text(OPEN),
        postgresql_where=text(OPEN),
    ),
)

# Who wrote has no call: this is where he may be called back.
written_numbers = Table(
    "written_numbers",
    metadata,
    Column("ticket", Integer, ForeignKey("tickets.key"), primary_key=True, autoincrement=False),
    Column("number", String(40), nullable=False, index=True),
)
