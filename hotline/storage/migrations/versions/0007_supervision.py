"""What the clock did, notices and their numbers, joint meetings"""

import sqlalchemy as sa
from alembic import op

from hotline.storage.tables import Utc

revision = "0007"
down_revision = "0006"

TABLES = (
    "watched_tickets", "supervision_acts", "notice_numbers", "notices", "meetings", "meeting_tickets",
    "meeting_duties",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "watched_tickets",
        sa.Column("ticket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("next_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f("fk_watched_tickets_ticket_tickets")),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_watched_tickets")),
    )
    op.create_index(op.f("ix_watched_tickets_next_at"), "watched_tickets", ["next_at"], unique=False)
    op.create_table(
        "supervision_acts",
        sa.Column("ticket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("act", sa.String(length=24), nullable=False),
        sa.Column("round", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("due_at", Utc(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.CheckConstraint("due_at <= at", name=op.f("ck_supervision_acts_not_early")),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f("fk_supervision_acts_ticket_tickets")),
        sa.PrimaryKeyConstraint("ticket", "act", "round", name=op.f("pk_supervision_acts")),
    )
    op.create_index("ix_supervision_acts_act_at", "supervision_acts", ["act", "at"], unique=False)
    op.create_table(
        "notice_numbers",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "year", name=op.f("pk_notice_numbers")),
    )
    op.create_table(
        "notices",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=200), nullable=False),
        sa.Column("issued_at", Utc(), nullable=False),
        sa.Column("issued_by", sa.Integer(), nullable=True),
        sa.Column("limit_at", Utc(), nullable=True),
        sa.Column("limit_provisional", sa.Boolean(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("replaces", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind in ('supervision','criticism')", name=op.f("ck_notices_kind")),
        sa.CheckConstraint("(edition = 1) = (replaces is null)", name=op.f("ck_notices_replaces")),
        sa.CheckConstraint("(limit_at is null) = (limit_provisional is null)", name=op.f("ck_notices_limit")),
        sa.CheckConstraint("number >= 1 and edition >= 1", name=op.f("ck_notices_number")),
        sa.ForeignKeyConstraint(["issued_by"], ["accounts.id"], name=op.f("fk_notices_issued_by_accounts")),
        sa.ForeignKeyConstraint(["replaces"], ["notices.key"], name=op.f("fk_notices_replaces_notices")),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f("fk_notices_ticket_tickets")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notices")),
        sa.UniqueConstraint("kind", "year", "number", name=op.f("uq_notices_kind")),
        sa.UniqueConstraint("replaces", name=op.f("uq_notices_replaces")),
        sa.UniqueConstraint("ticket", "kind", "round", "edition", name=op.f("uq_notices_ticket")),
    )
    op.create_index(op.f("ix_notices_issued_at"), "notices", ["issued_at"], unique=False)
    op.create_table(
        "meetings",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("starts_at", Utc(), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("closed_at", Utc(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["accounts.id"], name=op.f("fk_meetings_created_by_accounts")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meetings")),
    )
    op.create_index(op.f("ix_meetings_starts_at"), "meetings", ["starts_at"], unique=False)
    op.create_table(
        "meeting_tickets",
        sa.Column("meeting", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ticket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting"], ["meetings.key"], name=op.f("fk_meeting_tickets_meeting_meetings")
        ),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f("fk_meeting_tickets_ticket_tickets")),
        sa.PrimaryKeyConstraint("meeting", "ticket", name=op.f("pk_meeting_tickets")),
    )
    op.create_index("ix_meeting_tickets_ticket", "meeting_tickets", ["ticket"], unique=False)
    op.create_table(
        "meeting_duties",
        sa.Column("ticket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("meeting", sa.Integer(), nullable=False),
        sa.Column("of_ticket", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting"], ["meetings.key"], name=op.f("fk_meeting_duties_meeting_meetings")
        ),
        sa.ForeignKeyConstraint(
            ["of_ticket"], ["tickets.key"], name=op.f("fk_meeting_duties_of_ticket_tickets")
        ),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f("fk_meeting_duties_ticket_tickets")),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_meeting_duties")),
    )
    op.create_index(op.f("ix_meeting_duties_meeting"), "meeting_duties", ["meeting"], unique=False)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
