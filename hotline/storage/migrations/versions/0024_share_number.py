"""A citizen may allow that the units which handle his matter see his number"""

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    # In these words both databases add the column and its constraint at once.
    rule = "constraint ck_tickets_share_number check (not (share_number and confidential))"
    op.execute(f"alter table tickets add column share_number boolean default false not null {rule}")


def downgrade() -> None:
    op.drop_column("tickets", "share_number")
