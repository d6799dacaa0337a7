"""The tables of what was said in calls, and of how far each recording has been written down."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from hotline.storage.tables import Utc, metadata

transcripts = Table(
    "transcripts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("call_id", String(36), ForeignKey("calls.id"), nullable=False),
    Column("source", String(16), nullable=False),
    Column("voice", String(8), nullable=False),
    Column("began_ms", Integer, nullable=False),
    Column("words", Text, nullable=False),
    Column("model", String(128), nullable=False),
    Column("at", Utc, nullable=False),
    CheckConstraint("source in ('live','recording')", name="source"),
    CheckConstraint("voice in ('caller','seat','both')", name="voice"),
    CheckConstraint("began_ms >= 0", name="began_ms"),
    Index("ix_transcripts_call_began", "call_id", "began_ms"),
)

transcriptions = Table(
    "transcriptions",
    metadata,
    Column("call_id", String(36), ForeignKey("recordings.call_id"), primary_key=True),
    Column("done_ms", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("finished_at", Utc),
    Column("problem", String(200), nullable=False),
    Column("at", Utc, nullable=False),
    CheckConstraint("done_ms >= 0", name="done_ms"),
)
