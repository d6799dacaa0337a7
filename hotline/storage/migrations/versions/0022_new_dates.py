"""A granted extension waits until the citizen is told of the new date"""

import sqlalchemy as sa
from alembic import op

from hotline.storage.tables import Utc

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "ticket_new_dates",
        sa.Column("ticket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.Column("before_at", Utc(), nullable=False),
        sa.Column("before_provisional", sa.Boolean(), nullable=False),
        sa.Column("tried", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f("fk_ticket_new_dates_ticket_tickets")),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_ticket_new_dates")),
    )
    op.create_index(op.f("ix_ticket_new_dates_since"), "ticket_new_dates", ["since"])


def downgrade() -> None:
    op.drop_table("ticket_new_dates")
