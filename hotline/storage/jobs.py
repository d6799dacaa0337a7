"""Which unit has the job that a citizen's ticket was merged into, however far its leader was merged."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from hotline.domain.ticket import TicketState
from hotline.domain.ticket_moves import AT_THE_UNIT
from hotline.storage.tables_tickets import tickets

_NAMES = ("id", "state", "unit", "leader", "returns", "passed_on", "handed_over_at", "sign_due")
_COLUMNS = tuple(tickets.c[name] for name in _NAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`unit` is empty while none works on it; `hand_over` is how many hand-overs and mergers came before."""

    unit: str
    hand_over: int
    handed_over_at: datetime | None
    sign_due: datetime | None


def jobs_of(db: Connection, rows: Collection[Row[Any]]) -> dict[str, Job]:
    """Of these rows of tickets, each by its number."""
    known = {row.id: row for row in rows}
    while missing := {row.leader for row in known.values() if _is_merged(row)} - known.keys():
        found = db.execute(select(*_COLUMNS).where(tickets.c.id.in_(missing)))
        known |= {row.id: row for row in found}
    return {row.id: _job(row, known) for row in rows}


def units_of_jobs(db: Connection, rule: ColumnElement[bool]) -> dict[str, str]:
    """Of those by `rule` that were ever merged: the unit that has or had the job, by the ticket's number."""
    rows = db.execute(select(*_COLUMNS).where(tickets.c.leader.is_not(None) & rule)).all()
    known: dict[str, Row[Any]] = {row.id: row for row in rows}
    while missing := {row.leader for row in known.values() if row.leader} - known.keys():
        found = db.execute(select(*_COLUMNS).where(tickets.c.id.in_(missing)))
        known |= {row.id: row for row in found}
    units = {}
    for row in rows:
        last = row
        while last.leader:
            last = known[last.leader]
        units[row.id] = last.unit
    return units


def _job(row: Row[Any], known: dict[str, Row[Any]]) -> Job:
    hand_over = row.returns + row.passed_on
    while _is_merged(row):
        row = known[row.leader]
        hand_over += 1 + row.returns + row.passed_on
    return Job(
        unit=row.unit if row.state in AT_THE_UNIT else "",
        hand_over=hand_over,
        handed_over_at=row.handed_over_at,
        sign_due=row.sign_due,
    )


def _is_merged(row: Row[Any]) -> bool:
    return bool(row.state == TicketState.MERGED)
