"""Files that units send with their answers, and mails to units about new work"""

import sqlalchemy as sa
from alembic import op

from hotline.storage.tables import Utc

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("sent_at", Utc(), nullable=True),
        sa.CheckConstraint("size between 1 and 20971520", name=op.f("ck_attachments_size")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_attachments_sha256")),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f("fk_attachments_ticket_tickets")),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_attachments_unit_units")),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_attachments_account_accounts")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attachments")),
    )
    op.create_index(op.f("ix_attachments_ticket"), "attachments", ["ticket"])
    op.create_index(op.f("ix_attachments_sha256"), "attachments", ["sha256"])
    op.create_table(
        "mails",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=80), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("ticket", sa.String(length=16), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("next_at", Utc(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", Utc(), nullable=True),
        sa.Column("given_up_at", Utc(), nullable=True),
        sa.Column("problem", sa.String(length=200), nullable=False),
        sa.CheckConstraint("sent_at is null or given_up_at is null", name=op.f("ck_mails_end")),
        sa.CheckConstraint(
            "(next_at is null) = (sent_at is not null or given_up_at is not null)",
            name=op.f("ck_mails_next_at"),
        ),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_mails_unit_units")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_mails")),
        sa.UniqueConstraint("occasion", name=op.f("uq_mails_occasion")),
    )
    op.create_index(op.f("ix_mails_unit"), "mails", ["unit"])
    op.create_index("ix_mails_next", "mails", ["next_at"])
    op.create_table(
        "mail_cursor",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_mail_cursor_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_cursor")),
    )
    # What happened before there were mails is no news.
    op.execute("insert into mail_cursor (id, log_id) select 1, coalesce(max(id), 0) from ticket_log")


def downgrade() -> None:
    for table in ("mail_cursor", "mails", "attachments"):
        op.drop_table(table)
