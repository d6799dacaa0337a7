"""The calls that the hotline makes: callbacks of tickets and of missed calls"""

import sqlalchemy as sa
from alembic import op

from hotline.storage.tables import Utc

revision = "0009"
down_revision = "0008"

OPEN = "ended_at is null"


def upgrade() -> None:
    op.create_table(
        "callback_dials",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=True),
        sa.Column("missed", sa.String(36), nullable=True),
        sa.Column("seat", sa.String(16), nullable=True),
        sa.Column("account", sa.Integer(), nullable=True),
        sa.Column("began_at", Utc(), nullable=False),
        sa.Column("answered_at", Utc(), nullable=True),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.Column("result", sa.String(16), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=True),
        sa.Column("pressed", sa.String(1), nullable=False),
        sa.CheckConstraint("(ticket is null) <> (missed is null)", name=op.f("ck_callback_dials_of_one")),
        sa.CheckConstraint(
            "result in ('','answered','busy','no_answer','failed','unknown')",
            name=op.f("ck_callback_dials_result"),
        ),
        sa.CheckConstraint("ended_at is null or result <> ''", name=op.f("ck_callback_dials_ended")),
        sa.CheckConstraint(
            "(seat is null) = (account is null) and (seat is not null or missed is null)",
            name=op.f("ck_callback_dials_by"),
        ),
        sa.CheckConstraint("pressed in ('','1','2','3')", name=op.f("ck_callback_dials_pressed")),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f("fk_callback_dials_ticket_tickets")),
        sa.ForeignKeyConstraint(["missed"], ["calls.id"], name=op.f("fk_callback_dials_missed_calls")),
        sa.ForeignKeyConstraint(["seat"], ["seats.id"], name=op.f("fk_callback_dials_seat_seats")),
        sa.ForeignKeyConstraint(
            ["account"], ["accounts.id"], name=op.f("fk_callback_dials_account_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_dials")),
    )
    op.create_index(op.f("ix_callback_dials_ticket"), "callback_dials", ["ticket"])
    op.create_index(op.f("ix_callback_dials_missed"), "callback_dials", ["missed"])
    for column in ("ticket", "missed", "seat"):
        op.create_index(
            f"uq_callback_dials_open_{column}",
            "callback_dials",
            [column],
            unique=True,
            sqlite_where=sa.text(OPEN),
            postgresql_where=sa.text(OPEN),
        )


def downgrade() -> None:
    op.drop_table("callback_dials")
