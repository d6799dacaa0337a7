"""Tickets with a key of their own, their courses, and a log that is chained and only added to"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

from hotline.domain.ids import TicketKey
from hotline.domain.ticket_log import FIRST, Entry, chained, linked
from hotline.storage.append_only import forbid_changes, permit_changes
from hotline.storage.tables import Utc

revision = "0005"
down_revision = "0004"

WRITTEN = (
    "id, call_id, seat, account, state, kind, topic, place, what, unit, citizen_name, confidential, answered,"
    " version, created_at, saved_at, accepted_at, working_days, due_at, due_provisional"
)
VIEWED = "id, at, account, call_id, what, why"
RULES = {
    "state": "state in ('draft','accepted','handed_over','signed','in_hand',"
    "'returned','merged','replied','called_back','closed')",
    "numbered": "(state = 'draft') = (id is null)",
    "working_days": "working_days between 1 and 366",
    "due_at": "(due_at is null) = (working_days is null)",
    "due_provisional": "(due_provisional is null) = (due_at is null)",
    "at_a_unit": "state not in ('handed_over','signed','in_hand') or (unit <> '' and sign_due is not null)",
    "sign_due": "(sign_due is null) = (return_due is null) and (sign_due is null) = (handed_over_at is null)",
    "returns": "returns >= 0 and (returns = 0) = (returned_at is null)",
    "extended": "extended between 0 and 10 and asked_extension between 0 and 10 - extended",
    "requests": "requests >= 0 and (requests = 0) = (asked_at is null)",
    "replied": "(replied_at is null) = (callback_due is null) and (replied_at is null) = (reply_text = '')",
    "after_reply": "state not in ('replied','called_back') or replied_at is not null",
    "callback_due": "callback_due <= due_at",
    "satisfaction": "satisfaction in ('satisfied','basically','not')",
    "answers": "(satisfaction is null) = (responded is null) and (satisfaction is null) = (solved is null)",
    "round": "round >= 1 and (round = 1) = (again_of is null)",
    "again": "again_of <> id and again_as <> id",
    "leader": "leader <> id and (state <> 'merged' or leader is not null)",
}
OPEN_DUE = "case when state in ('draft','closed') then null else due_at end"
INDICES = {
    "ix_tickets_unit_state_due": ("unit", "state", "due_at"),
    "ix_tickets_state_due": ("state", "due_at"),
    "ix_tickets_open_due": ("open_due",),
    "ix_tickets_unit_open_due": ("unit", "open_due"),
    "ix_tickets_state_callback_due": ("state", "callback_due"),
    "ix_tickets_seat_accepted": ("seat", "accepted_at"),
    "ix_tickets_accepted": ("accepted_at",),
    "ix_tickets_leader": ("leader",),
}
# What the log was called before -> action, from, to ("" as the ticket is).
BEFORE = {
    "accepted": ("accept", "draft", "accepted"),
    "closed": ("accept", "draft", "closed"),
    "deadline": ("move_deadline", "accepted", "accepted"),
}


def upgrade() -> None:
    _keep("tickets", "views", "ticket_log")
    _create_tickets()
    _create_rest()
    _copy("tickets", WRITTEN, "created_at, call_id")
    op.execute(f"insert into views ({VIEWED}) select {VIEWED} from kept_views")  # noqa: S608
    if op.get_bind().dialect.name == "postgresql":
        op.execute("select setval(pg_get_serial_sequence('views', 'id'), max(id)) from views")
    _chain_log()
    for table in ("tickets", "views", "ticket_log"):
        op.execute(f"drop table kept_{table}")
    op.add_column("outbox", sa.Column("ticket_id", sa.String(16), nullable=True))
    forbid_changes(op.get_bind())


def _keep(*tables: str) -> None:
    """SQLite changes no constraint of a table: it is made anew from what is kept."""
    for table in tables:
        op.execute(f"create table kept_{table} as select * from {table}")  # noqa: S608
    for table in reversed(tables):
        op.drop_table(table)


def _copy(table: str, columns: str, order: str) -> None:
    op.execute(
        f"insert into {table} ({columns}, handlers, returns, forced, requests, asked_extension, extended,"  # noqa: S608
        f" reply_text, words, interview, round)"
        f" select {columns}, '[]', 0, false, 0, 0, 0, '', '', '', 1 from kept_{table} order by {order}"
    )


def _create_tickets() -> None:
    texts = ("kind", "topic", "place", "what", "unit", "citizen_name")
    sizes = {"kind": 16, "topic": 200, "place": 200, "unit": 200, "citizen_name": 200}
    op.create_table(
        "tickets",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(16), nullable=True),
        sa.Column("call_id", sa.String(36), nullable=True),
        sa.Column("seat", sa.String(16), nullable=True),
        sa.Column("account", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        *(
            sa.Column(name, sa.String(sizes[name]) if name in sizes else sa.Text(), nullable=False)
            for name in texts
        ),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("saved_at", Utc(), nullable=True),
        sa.Column("accepted_at", Utc(), nullable=True),
        sa.Column("working_days", sa.Integer(), nullable=True),
        sa.Column("due_at", Utc(), nullable=True),
        sa.Column("due_provisional", sa.Boolean(), nullable=True),
        sa.Column("open_due", Utc(), sa.Computed(OPEN_DUE, persisted=True), nullable=True),
        sa.Column("handed_over_at", Utc(), nullable=True),
        sa.Column("sign_due", Utc(), nullable=True),
        sa.Column("return_due", Utc(), nullable=True),
        sa.Column("handlers", sa.JSON(), nullable=False),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("returned_at", Utc(), nullable=True),
        sa.Column("forced", sa.Boolean(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("asked_at", Utc(), nullable=True),
        sa.Column("asked_extension", sa.Integer(), nullable=False),
        sa.Column("extended", sa.Integer(), nullable=False),
        sa.Column("reply_text", sa.Text(), nullable=False),
        sa.Column("replied_at", Utc(), nullable=True),
        sa.Column("callback_due", Utc(), nullable=True),
        sa.Column("responded", sa.Boolean(), nullable=True),
        sa.Column("solved", sa.Boolean(), nullable=True),
        sa.Column("satisfaction", sa.String(16), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("interview", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("again_of", sa.String(16), nullable=True),
        sa.Column("again_as", sa.String(16), nullable=True),
        sa.Column("leader", sa.String(16), nullable=True),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_tickets_{name}")) for name, rule in RULES.items()),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tickets")),
        *(
            sa.UniqueConstraint(name, name=op.f(f"uq_tickets_{name}"))
            for name in ("id", "call_id", "again_of", "again_as")
        ),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_tickets_account_accounts")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_tickets_call_id_calls")),
        sa.ForeignKeyConstraint(["seat"], ["seats.id"], name=op.f("fk_tickets_seat_seats")),
        *(
            sa.ForeignKeyConstraint([name], ["tickets.id"], name=op.f(f"fk_tickets_{name}_tickets"))
            for name in ("again_of", "again_as", "leader")
        ),
    )
    for name, columns in INDICES.items():
        op.create_index(name, "tickets", list(columns))


def _create_rest() -> None:
    def to_ticket(table: str) -> sa.ForeignKeyConstraint:
        return sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f(f"fk_{table}_ticket_tickets"))

    op.create_table(
        "ticket_parts",
        sa.Column("ticket", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(200), nullable=False),
        sa.Column("asked_at", Utc(), nullable=False),
        sa.Column("due_at", Utc(), nullable=False),
        sa.Column("due_provisional", sa.Boolean(), nullable=False),
        sa.Column("answered_at", Utc(), nullable=True),
        to_ticket("ticket_parts"),
        sa.PrimaryKeyConstraint("ticket", "unit", name=op.f("pk_ticket_parts")),
    )
    op.create_index("ix_ticket_parts_unit_due", "ticket_parts", ["unit", "due_at"])
    op.create_table(
        "ticket_attempts",
        sa.Column("ticket", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.CheckConstraint("number between 1 and 3", name=op.f("ck_ticket_attempts_number")),
        to_ticket("ticket_attempts"),
        sa.PrimaryKeyConstraint("ticket", "number", name=op.f("pk_ticket_attempts")),
    )
    op.create_table(
        "ticket_log",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("target", sa.String(16), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("chain", sa.String(64), nullable=False),
        sa.CheckConstraint("id >= 1 and number >= 1", name=op.f("ck_ticket_log_number")),
        to_ticket("ticket_log"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_log")),
        sa.UniqueConstraint("ticket", "number", name=op.f("uq_ticket_log_ticket")),
    )
    op.create_table(
        "log_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("chain", sa.String(64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_log_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_head")),
    )
    op.create_table(
        "views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.String(36), nullable=True),
        sa.Column("ticket", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("why", sa.String(200), nullable=False),
        sa.CheckConstraint("call_id is not null or ticket is not null", name=op.f("ck_views_of_something")),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_views_account_accounts")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_views_call_id_calls")),
        to_ticket("views"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_views")),
    )
    op.create_index(op.f("ix_views_call_id"), "views", ["call_id"])
    op.create_index(op.f("ix_views_ticket"), "views", ["ticket"])


def _chain_log() -> None:
    """The entries so far, chained as they are; a saved ticket without one gets its first here."""
    columns = (
        sa.column("key", sa.Integer), sa.column("at", Utc), sa.column("who", sa.String),
        sa.column("what", sa.String), sa.column("state", sa.String), sa.column("detail", sa.JSON),
    )  # fmt: skip
    query = sa.text(
        "select t.key as key, coalesce(l.at, t.accepted_at, t.created_at) as at,"
        " coalesce(l.who, 'hotline') as who, l.what as what, t.state as state, l.detail as detail"
        " from tickets t left join kept_ticket_log l on l.call_id = t.call_id"
        " where t.state <> 'draft' or l.id is not null order by coalesce(l.id, 0), t.key"
    ).columns(*columns)
    last: dict[int, Entry] = {}
    rows, chain, seq = [], FIRST, 0
    for row in op.get_bind().execute(query).all():
        entry = _entry(row, last.get(row.key))
        last[row.key] = entry
        seq, chain = seq + 1, linked(chain, entry.hash)
        names = ("ticket", "number", "at", "who", "action", "origin", "target", "hash")
        values = {name: getattr(entry, name) for name in names}
        rows.append({"id": seq, "chain": chain, "detail": dict(entry.detail), **values})
    table = sa.table(
        "ticket_log",
        *(sa.column(n) for n in ("id", "ticket", "number", "who", "action", "origin", "target", "hash")),
        sa.column("chain"), sa.column("at", Utc), sa.column("detail", sa.JSON),
    )  # fmt: skip
    if rows:
        op.bulk_insert(table, rows)
    head = sa.table("log_head", sa.column("id"), sa.column("seq"), sa.column("chain"))
    op.bulk_insert(head, [{"id": 1, "seq": seq, "chain": chain}])


def _entry(row: Any, last: Entry | None) -> Entry:
    action, origin, target = BEFORE.get(row.what or row.state, ("accept", "draft", row.state))
    said: Iterable[tuple[str, Any]] = (row.detail or {"migrated": True}).items()
    entry = Entry(
        ticket=TicketKey(row.key), number=0, at=row.at, who=row.who, action=action, origin=origin,
        target=target, before="",
        detail=tuple((name, "" if value is None else str(value)) for name, value in said),
    )  # fmt: skip
    return chained([last] if last else [], entry)


def downgrade() -> None:
    """To what the form before can hold: tickets of a call, accepted or closed, without their log."""
    permit_changes(op.get_bind())
    op.drop_column("outbox", "ticket_id")
    for table in ("ticket_log", "ticket_parts", "ticket_attempts", "log_head"):
        op.drop_table(table)
    _keep("tickets", "views")
    _create_former()
    former = "state in ('draft','accepted','closed') and call_id is not null"
    op.execute(f"insert into tickets ({WRITTEN}) select {WRITTEN} from kept_tickets where {former}")  # noqa: S608
    op.execute(
        f"insert into views ({VIEWED}) select {VIEWED} from kept_views where call_id is not null"  # noqa: S608
    )
    for table in ("tickets", "views"):
        op.execute(f"drop table kept_{table}")


def _create_former() -> None:
    texts = {"kind": 16, "topic": 200, "place": 200, "unit": 200, "citizen_name": 200}
    op.create_table(
        "tickets",
        sa.Column("call_id", sa.String(36), nullable=False),
        sa.Column("id", sa.String(16), nullable=True),
        sa.Column("seat", sa.String(16), nullable=True),
        sa.Column("account", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        *(sa.Column(name, sa.String(size), nullable=False) for name, size in texts.items()),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("saved_at", Utc(), nullable=True),
        sa.Column("accepted_at", Utc(), nullable=True),
        sa.CheckConstraint(RULES["numbered"], name=op.f("ck_tickets_numbered")),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_tickets_account_accounts")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_tickets_call_id_calls")),
        sa.ForeignKeyConstraint(["seat"], ["seats.id"], name=op.f("fk_tickets_seat_seats")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("id", name=op.f("uq_tickets_id")),
    )
    op.create_index("ix_tickets_seat", "tickets", ["seat"])
    dialect = op.get_bind().dialect
    for name, kind in (("working_days", sa.Integer()), ("due_at", Utc()), ("due_provisional", sa.Boolean())):
        rule = f"constraint ck_tickets_{name} check ({RULES[name]})"
        op.execute(f"alter table tickets add column {name} {kind.compile(dialect=dialect)} {rule}")
    op.create_index("ix_tickets_state_due", "tickets", ["state", "due_at"])
    op.create_table(
        "ticket_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.String(36), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_ticket_log_call_id_calls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_log")),
    )
    op.create_index("ix_ticket_log_call_id", "ticket_log", ["call_id"])
    op.create_table(
        "views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.String(36), nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("why", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_views_account_accounts")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_views_call_id_calls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_views")),
    )
    op.create_index("ix_views_call_id", "views", ["call_id"])
