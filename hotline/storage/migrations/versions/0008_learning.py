"""What seats chose for what was heard, and the versions of the categoriser that learned from it"""

import sqlalchemy as sa
from alembic import op

from hotline.storage.tables import Utc

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "heard_choices",
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("first", sa.String(length=64), nullable=False),
        sa.Column("second", sa.String(length=64), nullable=False),
        sa.Column("third", sa.String(length=64), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("chosen", sa.String(length=200), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.CheckConstraint("rank between 0 and 3", name=op.f("ck_heard_choices_rank")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_heard_choices_call_id_calls")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_heard_choices")),
    )
    op.create_index("ix_heard_choices_week_at", "heard_choices", ["week", "at"])
    op.create_table(
        "categoriser_versions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("topics", sa.String(length=16), nullable=False),
        sa.Column("lessons", sa.Integer(), nullable=False),
        sa.Column("held_back", sa.Integer(), nullable=False),
        sa.Column("first", sa.Float(), nullable=False),
        sa.Column("first_three", sa.Float(), nullable=False),
        sa.Column("calibration_error", sa.Float(), nullable=False),
        sa.Column("live_first", sa.Float(), nullable=False),
        sa.Column("live_first_three", sa.Float(), nullable=False),
        sa.Column("live_calibration_error", sa.Float(), nullable=False),
        sa.Column("marked_on", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("in_force_at", Utc(), nullable=True),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_categoriser_versions")),
    )


def downgrade() -> None:
    op.drop_table("categoriser_versions")
    op.drop_index("ix_heard_choices_week_at", "heard_choices")
    op.drop_table("heard_choices")
