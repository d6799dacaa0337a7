"""What a unit has replied to is found without reading all it ever had"""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_index("ix_tickets_unit_replied", "tickets", ["unit", "replied_at"])


def downgrade() -> None:
    op.drop_index("ix_tickets_unit_replied", "tickets")
