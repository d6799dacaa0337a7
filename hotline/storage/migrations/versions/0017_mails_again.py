"""Mails that were given up are listed, and tried again"""

import sqlalchemy as sa
from alembic import op

from hotline.storage.tables import Utc

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("mails", sa.Column("again_at", Utc(), nullable=True))
    over = sa.text("given_up_at is not null")
    op.create_index("ix_mails_given_up", "mails", ["given_up_at"], sqlite_where=over, postgresql_where=over)


def downgrade() -> None:
    op.drop_index("ix_mails_given_up", "mails")
    op.drop_column("mails", "again_at")
