"""The table of working days, and deadlines of tickets"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from hotline.storage.tables import Utc

revision = "0002"
down_revision = "0001"

# Columns with their constraints in one statement: SQLite can add no constraint later, and a copy of the
# table that would allow it loses those it cannot see.
COLUMNS: dict[str, tuple[sa.types.TypeEngine[Any], str]] = {
    "working_days": (sa.Integer(), "working_days between 1 and 366"),
    "due_at": (Utc(), "(due_at is null) = (working_days is null)"),
    "due_provisional": (sa.Boolean(), "(due_provisional is null) = (due_at is null)"),
}


def upgrade() -> None:
    op.create_table(
        "calendar_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_calendar_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_head")),
    )
    op.create_table(
        "calendar_years",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("papers", sa.JSON(), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_years")),
    )
    op.create_table(
        "calendar_days",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("off", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["year"], ["calendar_years.year"], name=op.f("fk_calendar_days_year_calendar_years")
        ),
        sa.PrimaryKeyConstraint("year", "day", name=op.f("pk_calendar_days")),
    )
    op.execute("insert into calendar_head (id, revision) values (1, 0)")
    dialect = op.get_bind().dialect
    for name, (kind, rule) in COLUMNS.items():
        column = f"{name} {kind.compile(dialect=dialect)}"
        op.execute(f"alter table tickets add column {column} constraint ck_tickets_{name} check ({rule})")
    op.create_index("ix_tickets_state_due", "tickets", ["state", "due_at"])


def downgrade() -> None:
    op.drop_index("ix_tickets_state_due", "tickets")
    for name in reversed(COLUMNS):
        op.execute(f"alter table tickets drop column {name}")
    for table in ("calendar_days", "calendar_years", "calendar_head"):
        op.drop_table(table)
