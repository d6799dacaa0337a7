"""Who wrote and calls is shown with what he wrote"""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_index("ix_written_numbers_number", "written_numbers", ["number"])


def downgrade() -> None:
    op.drop_index("ix_written_numbers_number", "written_numbers")
