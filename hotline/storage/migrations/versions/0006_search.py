"""What tickets are found by; programs' keys, and lists as files"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from hotline.storage.tables import Utc

revision = "0006"
down_revision = "0005"

STATES = "('waiting','running','done','failed','cancelled')"


def upgrade() -> None:
    _search()
    _programs()
    _exports()


def _search() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "ticket_search",
        sa.Column(
            "ordinal", sa.Integer() if sqlite else sa.BigInteger(), autoincrement=False, nullable=False
        ),
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("number_hash", sa.String(length=32), nullable=True),
        sa.Column("digest", sa.String(length=16), nullable=False),
        sa.Column("terms", sa.Text() if sqlite else postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["tickets.key"], name=op.f("fk_ticket_search_key_tickets")),
        sa.PrimaryKeyConstraint("ordinal", name=op.f("pk_ticket_search")),
        sa.UniqueConstraint("key", name=op.f("uq_ticket_search_key")),
    )
    op.create_index("ix_ticket_search_number", "ticket_search", ["number_hash", "ordinal"])
    if sqlite:
        op.execute(
            "create virtual table ticket_words using fts5(terms, content='ticket_search',"
            " content_rowid='ordinal', detail=none, columnsize=0, tokenize=\"ascii tokenchars '_'\")"
        )
    else:
        op.execute(
            "create index ix_ticket_search_terms on ticket_search using gin (terms) with (fastupdate = off)"
        )


def _programs() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=True),
        sa.Column("may_write", sa.Boolean(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", Utc(), nullable=False),
        sa.Column("last_used_at", Utc(), nullable=True),
        sa.Column("revoked_at", Utc(), nullable=True),
        sa.CheckConstraint("role in ('seat','supervisor','unit')", name=op.f("ck_api_keys_role")),
        sa.CheckConstraint("(role = 'unit') = (unit is not null)", name=op.f("ck_api_keys_unit")),
        sa.CheckConstraint("per_minute between 1 and 10000", name=op.f("ck_api_keys_per_minute")),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_api_keys_unit_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_keys_prefix")),
    )
    op.create_table(
        "api_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["api_keys.id"], name=op.f("fk_api_requests_key_api_keys")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_requests")),
        sa.UniqueConstraint("key", "name", name=op.f("uq_api_requests_key")),
    )
    op.create_index(op.f("ix_api_requests_at"), "api_requests", ["at"])
    op.create_table(
        "api_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.String(length=16), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["api_keys.id"], name=op.f("fk_api_views_key_api_keys")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_views")),
    )
    op.create_index(op.f("ix_api_views_ticket"), "api_views", ["ticket"])


def _exports() -> None:
    op.create_table(
        "exports",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("made_at", Utc(), nullable=False),
        sa.Column("told_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.CheckConstraint(f"state in {STATES}", name=op.f("ck_exports_state")),
        sa.CheckConstraint("format in ('csv','xlsx')", name=op.f("ck_exports_format")),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_exports_account_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index("ix_exports_account_made", "exports", ["account", "made_at"])
    op.create_table(
        "export_downloads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("export", sa.String(length=36), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"], ["accounts.id"], name=op.f("fk_export_downloads_account_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_downloads")),
    )
    op.create_index(op.f("ix_export_downloads_export"), "export_downloads", ["export"])


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop table ticket_words")
    for table in ("export_downloads", "exports", "api_views", "api_requests", "api_keys", "ticket_search"):
        op.drop_table(table)
