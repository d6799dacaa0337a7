"""An assisting unit is reminded of its part, once for each: parts are numbered, and looked at anew"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
EARLIER = (
    "select count(*) from ticket_parts as other where other.ticket = ticket_parts.ticket"
    " and (other.asked_at < ticket_parts.asked_at"
    " or (other.asked_at = ticket_parts.asked_at and other.unit <= ticket_parts.unit))"
)


def upgrade() -> None:
    rule = "constraint ck_tickets_part_numbers check (part_numbers >= 0)"
    op.execute(f"alter table tickets add column part_numbers integer not null default 0 {rule}")
    number = sa.Column("number", sa.Integer(), nullable=False, server_default="0")
    op.add_column("ticket_parts", number)
    op.execute(f"update ticket_parts set number = ({EARLIER})")  # noqa: S608
    op.execute(
        "update tickets set part_numbers = (select count(*) from ticket_parts where ticket = tickets.key)"
        " where key in (select ticket from ticket_parts)"
    )
    op.create_index("uq_ticket_parts_number", "ticket_parts", ["ticket", "number"], unique=True)
    op.execute(
        "delete from watched_tickets where ticket in"
        " (select ticket from ticket_parts where answered_at is null)"
    )


def downgrade() -> None:
    op.execute("delete from supervision_acts where act in ('remind_part', 'part_overdue')")
    op.drop_index("uq_ticket_parts_number", "ticket_parts")
    op.drop_column("ticket_parts", "number")
    op.drop_column("tickets", "part_numbers")
