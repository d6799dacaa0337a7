"""A month's share closed on time is read from one index"""

from alembic import op

revision = "0018"
down_revision = "0017"
MONTH = ["due_at", "state", "unit", "extended", "answered", "accepted_at", "told_at"]


def upgrade() -> None:
    op.create_index("ix_tickets_month", "tickets", MONTH)


def downgrade() -> None:
    op.drop_index("ix_tickets_month", "tickets")
