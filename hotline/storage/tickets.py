"""Tickets, their numbers and their log in the database."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, insert, select, text, update

from hotline.domain.calendar import Deadline
from hotline.domain.deadlines import Move, RunningClock
from hotline.domain.ids import AccountId, CallId, SeatId, TicketId, TicketKey
from hotline.domain.ticket import OPEN_STATES, Kind, Ticket, TicketFields, TicketState
from hotline.domain.ticket_log import FIRST, Entry, sealed
from hotline.domain.ticket_moves import Action
from hotline.domain.ticket_parts import Part
from hotline.storage.citizen_numbers import keys_of_number
from hotline.storage.courses import part_of
from hotline.storage.engine import among, locked
from hotline.storage.tables_tickets import ticket_parts, tickets
from hotline.storage.ticket_log import SqlTicketLog

# One statement, so that two first tickets of a year cannot both insert the row.
_NEXT_NUMBER = text(
    "insert into ticket_numbers (year, last) values (:year, 1)"
    " on conflict (year) do update set last = ticket_numbers.last + 1 returning last"
)
AT_ONCE = 1_000  # ids in one statement
_FIELDS = tuple(TicketFields.__dataclass_fields__)
_PLAIN = (
    "key", "id", "call_id", "seat", "account", "state", "version", "created_at", "saved_at", "accepted_at",
    "working_days", "due_at", "due_provisional",
)  # fmt: skip
_CLOCK = tuple(
    tickets.c[name]
    for name in (
        "key", "id", "kind", "state", "accepted_at", "working_days", "due_at", "due_provisional",
        "handed_over_at", "sign_due", "return_due", "replied_at", "callback_due",
    )
)  # fmt: skip
_KINDS = {str(kind): kind for kind in Kind}  # a hundred thousand times quicker than by the class
_STATES = {str(state): state for state in TicketState}
_MINE = tuple(tickets.c[name] for name in (*_PLAIN, *_FIELDS))


class SqlTicketStore:
    """Implements TicketStore."""

    def __init__(self, connection: Connection, log: SqlTicketLog, lock: bool = False) -> None:
        self._db = connection
        self._log = log
        self._lock = lock

    def of_call(self, call_id: CallId) -> Ticket | None:
        return self._one(tickets.c.call_id == call_id)

    def get(self, ticket_id: TicketId) -> Ticket | None:
        return self._one(tickets.c.id == ticket_id)

    def _one(self, rule: ColumnElement[bool]) -> Ticket | None:
        row = self._db.execute(locked(select(*_MINE).where(rule), self._lock)).first()
        return _ticket(row) if row else None

    def save(self, ticket: Ticket) -> None:
        values = {
            "id": ticket.id,
            "call_id": ticket.call_id,
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
        if ticket.key is None:
            query = insert(tickets).values(**values).returning(tickets.c.key)
            ticket.key = TicketKey(self._db.execute(query).scalar_one())
        else:
            self._db.execute(update(tickets).where(tickets.c.key == ticket.key).values(**values))

    def next_id(self, year: int) -> TicketId:
        last = self._db.execute(_NEXT_NUMBER, {"year": year}).scalar_one()
        return TicketId(f"T-{year}-{last:06d}")

    def open_of_number(self, number: str) -> list[Ticket]:
        rule = tickets.c.key.in_(keys_of_number(number)) & tickets.c.state.in_(OPEN_STATES)
        query = select(*_MINE).where(rule)
        return self._list(query.order_by(tickets.c.accepted_at.desc()).limit(20))

    def drafts_of_seat(self, seat: SeatId) -> list[Ticket]:
        rule = (tickets.c.seat == seat) & (tickets.c.state == TicketState.DRAFT)
        query = select(*_MINE).where(rule & tickets.c.accepted_at.is_(None))
        return self._list(query.order_by(tickets.c.created_at.desc()).limit(20))

    def recent_of_seat(self, seat: SeatId, limit: int) -> list[Ticket]:
        rule = (tickets.c.seat == seat) & tickets.c.accepted_at.is_not(None)
        return self._list(select(*_MINE).where(rule).order_by(tickets.c.accepted_at.desc()).limit(limit))

    def running_clocks(self) -> list[RunningClock]:
        # In the order of the keys, as who locks several tickets does.
        query = select(*_CLOCK).where(tickets.c.state.in_(OPEN_STATES)).order_by(tickets.c.key)
        rows = self._db.execute(locked(query, self._lock)).all()
        parts = self._open_parts()
        found = [_clock(row, parts) for row in rows]
        return sorted(found, key=lambda clock: (clock.accepted_at, clock.ticket_id))

    def _open_parts(self) -> dict[int, list[Part]]:
        """Those not answered, by their ticket; a few of closed ones among them are read with the others."""
        query = select(ticket_parts).where(ticket_parts.c.answered_at.is_(None))
        found: dict[int, list[Part]] = {}
        for row in self._db.execute(query):
            found.setdefault(row.ticket, []).append(part_of(row))
        return found

    def move_deadlines(self, moved: Sequence[Move], at: datetime, who: str, why: str) -> None:
        keys = [move.clock.key for move in moved]
        ends: dict[TicketKey, tuple[int, str]] = {}
        for start in range(0, len(keys), AT_ONCE):
            ends |= self._log.ends_of(keys[start : start + AT_ONCE])
        # While the database writes a hundred thousand tickets, their entries are reckoned.
        with ThreadPoolExecutor(1) as beside:
            moving = beside.submit(self._move_all, moved)
            entries = [_moved_entry(move, ends, at, who, why) for move in moved]
            moving.result()
        # The log comes last: who holds its head waits for no ticket.
        self._log.write(entries)

    def _move_all(self, moved: Sequence[Move]) -> None:
        alike: dict[tuple[object, ...], list[Move]] = {}
        for move in moved:
            same = (move.after, move.working_days, move.is_promise, *move.inner.items())
            alike.setdefault(same, []).append(move)
        for group in alike.values():
            for start in range(0, len(group), AT_ONCE):
                keys = [move.clock.key for move in group[start : start + AT_ONCE]]
                theirs = among(self._db, tickets.c.key, keys)
                changed = update(tickets).where(theirs).values(version=tickets.c.version + 1)
                self._db.execute(changed.values(**_moved_values(group[0])))
        self._move_parts([(move.clock.key, part) for move in moved for part in move.parts])

    def _move_parts(self, moved: Sequence[tuple[TicketKey, Part]]) -> None:
        if not moved:
            return
        mine = (ticket_parts.c.ticket == bindparam("its_ticket")) & (
            ticket_parts.c.unit == bindparam("its_unit")
        )
        values: dict[str, Any] = {
            "due_at": bindparam("its_due"),
            "due_provisional": bindparam("its_provisional"),
        }
        rows = [
            {
                "its_ticket": key,
                "its_unit": part.unit,
                "its_due": part.due.at,
                "its_provisional": part.due.provisional,
            }
            for key, part in moved
        ]
        self._db.execute(update(ticket_parts).where(mine).values(**values), rows)

    def _list(self, query: Any) -> list[Ticket]:
        return [_ticket(row) for row in self._db.execute(query)]


def _ticket(row: Row[Any]) -> Ticket:
    values = dict(row._mapping)
    written = TicketFields(**{name: values.pop(name) for name in _FIELDS})
    return Ticket(
        key=TicketKey(values["key"]),
        call_id=CallId(values["call_id"]) if values["call_id"] else None,
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


def _clock(row: Row[Any], parts: Mapping[int, Sequence[Part]]) -> RunningClock:
    values: Sequence[Any] = row
    key, id_, kind, state, accepted, days, due, provisional, handed, sign, give_back, replied, call = values
    return RunningClock(
        key=TicketKey(key), ticket_id=TicketId(id_), kind=_KINDS[kind], state=_STATES[state],
        accepted_at=accepted, working_days=days, deadline=_deadline(due, provisional), handed_over_at=handed,
        sign_due=sign, return_due=give_back, replied_at=replied, callback_due=call,
        parts=tuple(parts.get(key, ())),
    )  # fmt: skip


def _moved_values(move: Move) -> dict[str, Any]:
    """Only what is another: each index that is not touched saves a good part of the time."""
    if not move.is_promise:
        return {**move.inner}
    promise = {"due_at": move.after.at, "due_provisional": move.after.provisional}
    return {**promise, "working_days": move.working_days, **move.inner}


def _deadline(at: datetime | None, provisional: bool | None) -> Deadline | None:
    return Deadline(at=at, provisional=bool(provisional)) if at else None


def _moved_entry(
    move: Move, ends: Mapping[TicketKey, tuple[int, str]], at: datetime, who: str, why: str
) -> Entry:
    key, state = move.clock.key, move.clock.state
    number, before = ends.get(key, (0, FIRST))
    return sealed(
        Entry(
            ticket=key, number=number + 1, at=at, who=who, action=Action.MOVE_DEADLINE, origin=state,
            target=state, detail=tuple(move.said(why).items()), before=before,
        )
    )  # fmt: skip
