"""The outbox: events for the screens in the order of their commits (docs/architecture.md, The outbox)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from hotline.domain.events import (
    BurstChanged,
    CalendarChanged,
    CallbackChanged,
    CallEvent,
    CommandRefused,
    Event,
    SeatChanged,
    TicketMoved,
    TicketSaved,
)
from hotline.services.ports import OutboxRow
from hotline.storage.tables import outbox, outbox_head

FLOOR = "floor"
TICKETS = "tickets"
EVERYBODY = "everybody"


def event_type(event: Event) -> str:
    """`CallPutOnHold` -> `call.put_on_hold`: how an event is called in the outbox and the browser."""
    name = type(event).__name__
    words = "".join(f"_{c.lower()}" if c.isupper() else c for c in name).strip("_")
    return words.replace("_", ".", 1)


class SqlOutbox:
    """Implements Outbox. The head row is locked until the commit, so the order of seq is that of commits."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self.last_added = 0

    def add(self, events: Iterable[Event]) -> None:
        rows = [
            {"stream": stream, "type": event_type(event), "at": event.at, **columns}
            for event in events
            for columns in (_columns(event),)
            for stream in _streams(event, columns)
        ]
        if rows:
            self._write(rows)

    def _write(self, rows: list[dict[str, Any]]) -> None:
        """All rows in three statements: while they are written every other writer waits for the head."""
        head = update(outbox_head).where(outbox_head.c.id == 1).values(seq=outbox_head.c.seq + len(rows))
        last = self._db.execute(head.returning(outbox_head.c.seq)).scalar_one()
        newest = self._newest({row["stream"] for row in rows})
        for seq, row in enumerate(rows, last - len(rows) + 1):
            row |= {"seq": seq, "prev": newest[row["stream"]]}
            newest[row["stream"]] = seq
        for alike in _alike(rows):
            self._db.execute(insert(outbox), alike)
        self.last_added = last

    def _newest(self, streams: Iterable[str]) -> dict[str, int]:
        names = sorted(streams)
        each = [select(func.max(outbox.c.seq)).where(outbox.c.stream == name) for name in names]
        row = self._db.execute(select(*(query.scalar_subquery() for query in each))).one()
        return {name: seq or 0 for name, seq in zip(names, row, strict=True)}

    def after(self, seq: int, limit: int = 500) -> list[OutboxRow]:
        query = select(outbox).where(outbox.c.seq > seq).order_by(outbox.c.seq).limit(limit)
        return [OutboxRow(**row._mapping) for row in self._db.execute(query)]

    def newest(self) -> int:
        return self._db.execute(select(outbox_head.c.seq).where(outbox_head.c.id == 1)).scalar() or 0

    def newest_of(self, stream: str) -> int:
        query = select(func.max(outbox.c.seq)).where(outbox.c.stream == stream)
        return self._db.execute(query).scalar() or 0

    def purge(self, before: datetime) -> int:
        return self._db.execute(delete(outbox).where(outbox.c.at < before)).rowcount


def _alike(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Rows of the same columns together: one statement writes those."""
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(tuple(sorted(row)), []).append(row)
    return list(found.values())


def _streams(event: Event, columns: dict[str, Any]) -> list[str]:
    """The screens concerned, the one person's first."""
    streams = [FLOOR]
    if isinstance(event, TicketMoved):
        streams = [*(f"unit:{unit}" for unit in event.units), TICKETS, FLOOR]
    if isinstance(event, CallbackChanged):
        streams = [TICKETS]
    if isinstance(event, CalendarChanged):
        streams = [EVERYBODY]
    if columns.get("seat_id"):
        streams.insert(0, f"seat:{columns['seat_id']}")
    return streams


def _columns(event: Event) -> dict[str, Any]:
    match event:
        case CallEvent():
            return {"call_id": event.call_id, "seat_id": event.seat, "note": ""}
        case BurstChanged():
            return {"note": ""}
        case SeatChanged() | CallbackChanged():
            return {"seat_id": event.seat, "note": ""}
        case TicketSaved():
            return {
                "call_id": event.call_id,
                "seat_id": event.seat,
                "ticket_id": event.ticket_id,
                "note": "",
            }
        case TicketMoved():
            return {"seat_id": event.seat, "ticket_id": event.ticket_id, "note": event.action}
        case CalendarChanged():
            return {"note": str(event.year)}
        case CommandRefused():
            return {"seat_id": event.seat, "note": f"{event.command_id}: {event.reason}: {event.note}"[:255]}
    raise TypeError(f"no columns for {type(event).__name__}")
