"""The number of a ticket's citizen: of his call, or as it came with his matter in writing."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, func, select, union_all

from hotline.storage.tables import calls
from hotline.storage.tables_callbacks import written_numbers
from hotline.storage.tables_tickets import tickets

LONGEST_CHAIN = 20  # times a ticket may have been done again
NUMBER: ColumnElement[Any] = func.coalesce(calls.c.from_number, written_numbers.c.number).label("number")


def with_number(rows: FromClause) -> FromClause:
    """`rows` of tickets, joined so that NUMBER can be selected."""
    with_call = rows.outerjoin(calls, calls.c.id == tickets.c.call_id)
    return with_call.outerjoin(written_numbers, written_numbers.c.ticket == tickets.c.key)


def number_of(db: Connection, ticket: ColumnElement[bool]) -> str | None:
    """Of the ticket for which `ticket` is true; of what is done again, that of the matter it began with."""
    query = select(tickets.c.call_id, tickets.c.again_of, NUMBER).select_from(with_number(tickets))
    for _ in range(LONGEST_CHAIN):
        row = db.execute(query.where(ticket)).first()
        if row is None or row.number or row.call_id or not row.again_of:
            return str(row.number) if row and row.number else None
        ticket = tickets.c.id == row.again_of
    return None


def keys_of_number(number: str) -> Select[int]:
    """The keys of all tickets of this citizen: told on the telephone, written, or done again for him."""
    columns = (tickets.c.key, tickets.c.again_as)
    told = select(*columns).join(calls, calls.c.id == tickets.c.call_id).where(calls.c.from_number == number)
    wrote = written_numbers.c.ticket == tickets.c.key
    written = select(*columns).join(written_numbers, wrote).where(written_numbers.c.number == number)
    theirs = select(union_all(told, written).subquery()).cte("of_number", recursive=True)
    again = select(*columns).join(theirs, theirs.c.again_as == tickets.c.id)
    return select(theirs.union(again).c.key)
