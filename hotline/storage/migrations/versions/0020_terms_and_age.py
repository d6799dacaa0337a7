"""PostgreSQL's index of terms knows the age of a ticket: the newest are fetched without all the others"""

from alembic import op

revision = "0020"
down_revision = "0019"
TERMS = "ix_ticket_search_terms"
AGE = 90 * 86_400 * 1024
NEW = f"(terms || array_to_tsvector(array['_a' || cast(ordinal / {AGE} as text)]))"


def upgrade() -> None:
    _index(NEW)


def downgrade() -> None:
    _index("terms")


def _index(what: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(f"drop index {TERMS}")
    op.execute("set local statement_timeout = 0")  # a million tickets take half a minute
    op.execute("set local maintenance_work_mem = '256MB'")
    op.execute(f"create index {TERMS} on ticket_search using gin ({what}) with (fastupdate = off)")
