"""Mails about numbered notices"""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    # In these words both databases add the column and its constraint at once.
    named = "constraint fk_mails_paper_notices references notices (key)"
    op.execute(f"alter table mails add column paper integer {named}")


def downgrade() -> None:
    op.drop_column("mails", "paper")
