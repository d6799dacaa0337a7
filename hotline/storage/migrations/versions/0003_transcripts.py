"""What was said in calls, sentence by sentence, and how far each recording has been written down"""

import sqlalchemy as sa
from alembic import op

from hotline.storage.tables import Utc

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "transcripts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("voice", sa.String(length=8), nullable=False),
        sa.Column("began_ms", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("model", sa.String(length=128), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.CheckConstraint("source in ('live','recording')", name=op.f("ck_transcripts_source")),
        sa.CheckConstraint("voice in ('caller','seat','both')", name=op.f("ck_transcripts_voice")),
        sa.CheckConstraint("began_ms >= 0", name=op.f("ck_transcripts_began_ms")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_transcripts_call_id_calls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcripts")),
    )
    op.create_index("ix_transcripts_call_began", "transcripts", ["call_id", "began_ms"])
    op.create_table(
        "transcriptions",
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("done_ms", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("finished_at", Utc(), nullable=True),
        sa.Column("problem", sa.String(length=200), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.CheckConstraint("done_ms >= 0", name=op.f("ck_transcriptions_done_ms")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["recordings.call_id"], name=op.f("fk_transcriptions_call_id_recordings")
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_transcriptions")),
    )


def downgrade() -> None:
    op.drop_table("transcriptions")
    op.drop_index("ix_transcripts_call_began", "transcripts")
    op.drop_table("transcripts")
