"""Bursts: more people told of one thing in one place than chance would bring"""

import sqlalchemy as sa
from alembic import op

from hotline.storage.tables import Utc

revision = "0011"
down_revision = "0010"

OPEN = "ended_at is null"


def upgrade() -> None:
    op.create_table(
        "bursts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(200), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("began_at", Utc(), nullable=False),
        sa.Column("latest_at", Utc(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.CheckConstraint("count >= 1 and latest_at >= began_at", name=op.f("ck_bursts_grows")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bursts")),
    )
    op.create_index(
        "uq_bursts_open",
        "bursts",
        ["topic", "place"],
        unique=True,
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )


def downgrade() -> None:
    op.drop_table("bursts")
