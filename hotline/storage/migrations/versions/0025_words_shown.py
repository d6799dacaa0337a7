"""A choice keeps the words that were shown with the suggestions: of a talk they are not the first sentence"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.add_column("heard_choices", sa.Column("words", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("heard_choices", "words")
