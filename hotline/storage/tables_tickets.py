"""The tables of tickets, their parts, the attempts to reach a citizen, and the log that is only added to."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from hotline.storage.tables import Utc, metadata

STATES = (
    "draft", "accepted", "handed_over", "signed", "in_hand",
    "returned", "merged", "replied", "called_back", "closed",
)  # fmt: skip
NUMBERED = STATES[1:]  # a range of days in all of these is read from one index, state by state
NEVER_OPEN = "state in ('draft','closed')"
AT_A_UNIT = "('handed_over','signed','in_hand')"

# All that the share closed on time is reckoned from: a month is read from this index, not from 5,000 tickets.
MONTH = ("due_at", "state", "unit", "extended", "answered", "accepted_at", "told_at")

# All that is reckoned from what citizens said at a month's callbacks.
TOLD = ("told_at", "unit", "satisfaction", "responded", "solved")

RULES = {
    "state": f"state in ({','.join(repr(state) for state in STATES)})",
    "numbered": "(state = 'draft') = (id is null)",
    "working_days": "working_days between 1 and 366",
    "due_at": "(due_at is null) = (working_days is null)",
    "due_provisional": "(due_provisional is null) = (due_at is null)",
    "at_a_unit": f"state not in {AT_A_UNIT} or (unit <> '' and sign_due is not null)",
    "sign_due": "(sign_due is null) = (return_due is null) and (sign_due is null) = (handed_over_at is null)",
    "returns": "returns >= 0 and (returns = 0) = (returned_at is null)",
    "passed_on": "passed_on >= 0",
    "part_numbers": "part_numbers >= 0",
    "extended": "extended between 0 and 10 and asked_extension between 0 and 10 - extended",
    "requests": "requests >= 0 and (requests = 0) = (asked_at is null)",
    "replied": "(replied_at is null) = (callback_due is null) and (replied_at is null) = (reply_text = '')",
    "after_reply": "state not in ('replied','called_back') or replied_at is not null",
    "callback_due": "callback_due <= due_at",
    "satisfaction": "satisfaction in ('satisfied','basically','not')",
    "answers": "(satisfaction is null) = (responded is null) and (satisfaction is null) = (solved is null)",
    "round": "round >= 1 and (round = 1) = (again_of is null)",
    "again": "again_of <> id and again_as <> id",
    "share_number": "not (share_number and confidential)",
    "leader": "leader <> id and (state <> 'merged' or leader is not null)",
}


def _only_with(needed: str, name: str, *columns: str) -> Index:
    """Of the tickets that have `needed`: the change of one that has it not yet writes one index fewer."""
    rule = text(f"{needed} is not null")
    return Index(name, *columns, sqlite_where=rule, postgresql_where=rule)


tickets = Table(
    "tickets",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("id", String(16), unique=True),
    Column("call_id", String(36), ForeignKey("calls.id"), unique=True),
    Column("seat", String(16), ForeignKey("seats.id")),
    Column("account", Integer, ForeignKey("accounts.id")),
    Column("state", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("topic", String(200), nullable=False),
    Column("place", String(200), nullable=False),
    Column("what", Text, nullable=False),
    Column("unit", String(200), nullable=False),
    Column("citizen_name", String(200), nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("share_number", Boolean, nullable=False, default=False, server_default=false()),
    Column("answered", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("saved_at", Utc),
    Column("accepted_at", Utc),
    Column("working_days", Integer),
    Column("due_at", Utc),
    Column("due_provisional", Boolean),
    Column("open_due", Utc, Computed(f"case when {NEVER_OPEN} then null else due_at end", persisted=True)),
    Column("handed_over_at", Utc),
    Column("sign_due", Utc),
    Column("return_due", Utc),
    Column("handlers", JSON, nullable=False, default=list),
    Column("returns", Integer, nullable=False, default=0),
    Column("returned_at", Utc),
    Column("passed_on", Integer, nullable=False, server_default="0"),
    Column("part_numbers", Integer, nullable=False, server_default="0"),
    Column("forced", Boolean, nullable=False, default=False),
    Column("requests", Integer, nullable=False, default=0),
    Column("asked_at", Utc),
    Column("asked_extension", Integer, nullable=False, default=0),
    Column("extended", Integer, nullable=False, default=0),
    Column("reply_text", Text, nullable=False, default=""),
    Column("replied_at", Utc),
    Column("callback_due", Utc),
    Column("told_at", Utc),
    Column("responded", Boolean),
    Column("solved", Boolean),
    Column("satisfaction", String(16)),
    Column("words", Text, nullable=False, default=""),
    Column("interview", Text, nullable=False, default=""),
    Column("round", Integer, nullable=False, default=1),
    Column("again_of", String(16), ForeignKey("tickets.id"), unique=True),
    Column("again_as", String(16), ForeignKey("tickets.id"), unique=True),
    Column("leader", String(16), ForeignKey("tickets.id")),
    *(CheckConstraint(rule, name=name) for name, rule in RULES.items()),
    Index("ix_tickets_unit_state_due", "unit", "state", "due_at"),
    Index("ix_tickets_state_due", "state", "due_at"),
    Index("ix_tickets_open_due", "open_due"),
    Index("ix_tickets_unit_open_due", "unit", "open_due"),
    Index("ix_tickets_month", *MONTH),
    Index("ix_tickets_seat_accepted", "seat", "accepted_at"),
    Index("ix_tickets_accepted", "accepted_at"),
    _only_with("callback_due", "ix_tickets_state_callback_due", "state", "callback_due"),
    _only_with("told_at", "ix_tickets_told", *TOLD),
    _only_with("replied_at", "ix_tickets_unit_replied", "unit", "replied_at"),
    _only_with("leader", "ix_tickets_leader", "leader"),
)

ticket_parts = Table(
    "ticket_parts",
    metadata,
    Column("ticket", Integer, ForeignKey("tickets.key"), primary_key=True),
    Column("unit", String(200), primary_key=True),
    Column("asked_at", Utc, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("due_provisional", Boolean, nullable=False),
    Column("number", Integer, nullable=False, server_default="0"),
    Column("working_days", Integer),  # null: asked before they were kept
    Column("answered_at", Utc),
    Index("ix_ticket_parts_unit_due", "unit", "due_at"),
    Index("uq_ticket_parts_number", "ticket", "number", unique=True),
)

ticket_attempts = Table(
    "ticket_attempts",
    metadata,
    Column("ticket", Integer, ForeignKey("tickets.key"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Utc, nullable=False),
    CheckConstraint("number between 1 and 3", name="number"),
)

# An extension was granted, and the citizen has not heard of it: the new date is the ticket's deadline.
ticket_new_dates = Table(
    "ticket_new_dates",
    metadata,
    Column("ticket", Integer, ForeignKey("tickets.key"), primary_key=True, autoincrement=False),
    Column("since", Utc, nullable=False, index=True),
    Column("before_at", Utc, nullable=False),
    Column("before_provisional", Boolean, nullable=False),
    Column("tried", JSON, nullable=False),
)

ticket_numbers = Table(
    "ticket_numbers",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

# `hash` holds the entry and the one before it of its ticket, `chain` all entries of all tickets up to it.
ticket_log = Table(
    "ticket_log",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("ticket", Integer, ForeignKey("tickets.key"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", Utc, nullable=False),
    Column("who", String(64), nullable=False),
    Column("action", String(32), nullable=False),
    Column("origin", String(16), nullable=False),
    Column("target", String(16), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("chain", String(64), nullable=False),
    UniqueConstraint("ticket", "number"),
    CheckConstraint("id >= 1 and number >= 1", name="number"),
)

log_head = Table(
    "log_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("chain", String(64), nullable=False),
    CheckConstraint("id = 1", name="single"),
)
