"""Tickets, their numbers and their log in the database."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, text, update

from hotline.domain.ids import AccountId, CallId, SeatId, TicketId
from hotline.domain.ticket import Ticket, TicketFields, TicketState
from hotline.storage.engine import locked
from hotline.storage.tables import calls, ticket_log, tickets

# One statement, so that two first tickets of a year cannot both insert the row.
_NEXT_NUMBER = text(
    "insert into ticket_numbers (year, last) values (:year, 1)"
    " on conflict (year) do update set last = ticket_numbers.last + 1 returning last"
)
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
            **asdict(ticket.fields),
        }
        mine = tickets.c.call_id == ticket.call_id
        if self._db.execute(update(tickets).where(mine).values(**values)).rowcount == 0:
            self._db.execute(insert(tickets).values(call_id=ticket.call_id, **values))

    def next_id(self, year: int) -> TicketId:
        last = self._db.execute(_NEXT_NUMBER, {"year": year}).scalar_one()
        return TicketId(f"T-{year}-{last:06d}")

    def open_of_number(self, number: str) -> list[Ticket]:
        rule = (calls.c.from_number == number) & (tickets.c.state == TicketState.ACCEPTED)
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
    )
