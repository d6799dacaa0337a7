"""Tickets, their numbers and their log in the database."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, literal, select, text, update

from hotline.domain.calendar import Deadline
from hotline.domain.deadlines import Move, RunningClock
from hotline.domain.ids import AccountId, CallId, SeatId, TicketId
from hotline.domain.ticket import OPEN_STATES, Kind, Ticket, TicketFields, TicketState
from hotline.storage.engine import locked
from hotline.storage.tables import calls, ticket_log, tickets

# One statement, so that two first tickets of a year cannot both insert the row.
_NEXT_NUMBER = text(
    "insert into ticket_numbers (year, last) values (:year, 1)"
    " on conflict (year) do update set last = ticket_numbers.last + 1 returning last"
)
AT_ONCE = 1_000  # ids in one statement
_FIELDS = tuple(TicketFields.__dataclass_fields__)


class SqlTicketStore:
    """Implements TicketStore."""

    def __init__(self, connection: Connection, lock: bool = False) -> None:
        self._db = connection
        self._lock = lock

    def of_call(self, call_id: CallId) -> Ticket | None:
        mine = select(tickets).where(tickets.c.call_id == call_id)
        row = self._db.execute(locked(mine, self._lock)).first()
        return _ticket(row) if row else None

    def save(self, ticket: Ticket) -> None:
        values = {
            "id": ticket.id,
            "seat": ticket.seat,
            "account": ticket.account,
            "state": ticket.state,
            "version": ticket.version,
            "created_at": ticket.created_at,
            "saved_at": ticket.saved_at,
            "accepted_at": ticket.accepted_at,
            "working_days": ticket.working_days,
            "due_at": ticket.deadline.at if ticket.deadline else None,
            "due_provisional": ticket.deadline.provisional if ticket.deadline else None,
            **asdict(ticket.fields),
        }
        mine = tickets.c.call_id == ticket.call_id
        if self._db.execute(update(tickets).where(mine).values(**values)).rowcount == 0:
            self._db.execute(insert(tickets).values(call_id=ticket.call_id, **values))

    def next_id(self, year: int) -> TicketId:
        last = self._db.execute(_NEXT_NUMBER, {"year": year}).scalar_one()
        return TicketId(f"T-{year}-{last:06d}")

    def open_of_number(self, number: str) -> list[Ticket]:
        rule = (calls.c.from_number == number) & tickets.c.state.in_(OPEN_STATES)
        query = select(tickets).join(calls, calls.c.id == tickets.c.call_id).where(rule)
        return self._list(query.order_by(tickets.c.accepted_at.desc()).limit(20))

    def drafts_of_seat(self, seat: SeatId) -> list[Ticket]:
        rule = (tickets.c.seat == seat) & (tickets.c.state == TicketState.DRAFT)
        return self._list(select(tickets).where(rule).order_by(tickets.c.created_at.desc()).limit(20))

    def recent_of_seat(self, seat: SeatId, limit: int) -> list[Ticket]:
        rule = (tickets.c.seat == seat) & (tickets.c.state != TicketState.DRAFT)
        return self._list(select(tickets).where(rule).order_by(tickets.c.accepted_at.desc()).limit(limit))

    def add_log(self, call_id: CallId, at: datetime, who: str, what: str, detail: dict[str, Any]) -> None:
        self._db.execute(insert(ticket_log).values(call_id=call_id, at=at, who=who, what=what, detail=detail))

    def running_clocks(self) -> list[RunningClock]:
        columns = (tickets.c.call_id, tickets.c.id, tickets.c.kind, tickets.c.accepted_at)
        due = (tickets.c.working_days, tickets.c.due_at, tickets.c.due_provisional)
        rule = tickets.c.state.in_(OPEN_STATES)
        return [
            RunningClock(
                call_id=CallId(call_id),
                ticket_id=TicketId(id_),
                kind=Kind(kind),
                accepted_at=accepted_at,
                working_days=working_days,
                deadline=_deadline(at, provisional),
            )
            for call_id, id_, kind, accepted_at, working_days, at, provisional in self._db.execute(
                select(*columns, *due).where(rule).order_by(tickets.c.accepted_at, tickets.c.id)
            )
        ]

    def move_deadlines(self, moved: Sequence[Move], at: datetime, who: str, why: str) -> None:
        alike: dict[tuple[int, Deadline | None, Deadline], list[CallId]] = {}
        for move in moved:
            key = (move.working_days, move.clock.deadline, move.after)
            alike.setdefault(key, []).append(move.clock.call_id)
        for (days, before, after), ids in alike.items():
            values = {"working_days": days, "due_at": after.at, "due_provisional": after.provisional}
            entry = {"at": at, "who": who, "what": "deadline", "detail": _moved(before, after, why)}
            for start in range(0, len(ids), AT_ONCE):
                theirs = tickets.c.call_id.in_(ids[start : start + AT_ONCE])
                self._db.execute(update(tickets).where(theirs).values(**values))
                self._log_alike(theirs, entry)

    def _log_alike(self, rule: ColumnElement[bool], entry: dict[str, Any]) -> None:
        """The same entry in the log of each ticket that `rule` finds."""
        same = [literal(value, ticket_log.c[name].type).label(name) for name, value in entry.items()]
        rows = select(tickets.c.call_id, *same).where(rule).order_by(tickets.c.call_id)
        self._db.execute(insert(ticket_log).from_select(["call_id", *entry], rows))

    def _list(self, query: Any) -> list[Ticket]:
        return [_ticket(row) for row in self._db.execute(query)]


def _ticket(row: Row[Any]) -> Ticket:
    values = dict(row._mapping)
    written = TicketFields(**{name: values.pop(name) for name in _FIELDS})
    return Ticket(
        call_id=CallId(values["call_id"]),
        id=TicketId(values["id"]) if values["id"] else None,
        seat=SeatId(values["seat"]) if values["seat"] else None,
        account=AccountId(values["account"]) if values["account"] else None,
        state=TicketState(values["state"]),
        fields=written,
        version=values["version"],
        created_at=values["created_at"],
        saved_at=values["saved_at"],
        accepted_at=values["accepted_at"],
        working_days=values["working_days"],
        deadline=_deadline(values["due_at"], values["due_provisional"]),
    )


def _deadline(at: datetime | None, provisional: bool | None) -> Deadline | None:
    return Deadline(at=at, provisional=bool(provisional)) if at else None


def _moved(before: Deadline | None, after: Deadline, why: str) -> dict[str, Any]:
    """What the log says: days of the city, as people read them."""
    return {
        "from": str(before.day) if before else None,
        "to": str(after.day),
        "provisional": after.provisional,
        "why": why,
    }
