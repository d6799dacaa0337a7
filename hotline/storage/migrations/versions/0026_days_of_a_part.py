"""An assisting unit's working days are kept: when the calendar changes its time is reckoned anew"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("ticket_parts", sa.Column("working_days", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("ticket_parts", "working_days")
