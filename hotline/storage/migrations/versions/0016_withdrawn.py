"""Notices are withdrawn when the extension that was asked for in time is granted"""

import sqlalchemy as sa
from alembic import op

from hotline.storage.tables import Utc

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("notices", sa.Column("withdrawn_at", Utc(), nullable=True))
    # In these words both databases add the column and its constraints at once.
    named = "constraint fk_notices_withdrawn_by_accounts references accounts (id)"
    rule = "constraint ck_notices_withdrawn check (withdrawn_by is null or withdrawn_at is not null)"
    op.execute(f"alter table notices add column withdrawn_by integer {named} {rule}")


def downgrade() -> None:
    op.drop_column("notices", "withdrawn_by")
    op.drop_column("notices", "withdrawn_at")
