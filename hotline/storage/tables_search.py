"""The index by which tickets are found; on SQLite a full-text table stands beside it."""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text
from sqlalchemy.dialects.postgresql import TSVECTOR

from hotline.domain.search_terms import A_SECOND
from hotline.storage.tables import metadata

ticket_search = Table(
    "ticket_search",
    metadata,
    # Newest first is the order of every search: the ordinal grows with the time of acceptance.
    Column("ordinal", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("key", Integer, ForeignKey("tickets.key"), nullable=False, unique=True),
    Column("number_hash", String(32)),
    Column("digest", String(16), nullable=False),
    Column("terms", Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
    Index("ix_ticket_search_number", "number_hash", "ordinal"),
)

WORDS = "ticket_words"  # SQLite's full-text table, whose rows are numbered by the ordinal
TERMS = "ix_ticket_search_terms"  # PostgreSQL's index of the same; each is made by its migration alone
# That index knows no order: all tickets of a term would be fetched to sort them. So the age of a ticket is a
# term too, in the index only, and the newest are asked for first.
AGE = 90 * 86_400 * A_SECOND  # a quarter of a year of ordinals
TERMS_AND_AGE = f"(terms || array_to_tsvector(array['_a' || cast(ordinal / {AGE} as text)]))"


def is_declared(_object: Any, name: str | None, kind: str, reflected: bool, _other: Any) -> bool:
    """For Alembic's comparison: what only one of the two databases has is in its migration alone."""
    return not (
        reflected
        and name is not None
        and ((kind == "table" and name.startswith(WORDS)) or (kind == "index" and name == TERMS))
    )
