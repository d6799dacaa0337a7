"""When a citizen was told is kept with his ticket: a month's share read every log of it"""

import sqlalchemy as sa
from alembic import op

from hotline.storage.tables import Utc

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("told_at", Utc(), nullable=True))
    op.execute(
        "update tickets set told_at = (select min(at) from ticket_log where ticket = tickets.key"
        " and action in ('call_back', 'give_up_calling')) where replied_at is not null"
    )


def downgrade() -> None:
    op.drop_column("tickets", "told_at")
