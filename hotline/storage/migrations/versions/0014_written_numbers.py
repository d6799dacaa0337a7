"""Who wrote is called back at the number that came with his matter"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "written_numbers",
        sa.Column("ticket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f("fk_written_numbers_ticket_tickets")),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_written_numbers")),
    )


def downgrade() -> None:
    op.drop_table("written_numbers")
