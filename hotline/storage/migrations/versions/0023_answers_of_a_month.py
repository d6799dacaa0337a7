"""What citizens said at the callbacks of a month is read from one index"""

from alembic import op

revision = "0023"
down_revision = "0022"
TOLD = ["told_at", "unit", "satisfaction", "responded", "solved"]


def upgrade() -> None:
    op.create_index("ix_tickets_told", "tickets", TOLD)


def downgrade() -> None:
    op.drop_index("ix_tickets_told", "tickets")
