"""Callbacks in the database: what is due, and the calls made for it."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, exists, func, insert, select, update

from hotline.domain.ids import CallId, SeatId, TicketId, TicketKey
from hotline.domain.ticket import TicketState
from hotline.services.ports_callbacks import BY_ITSELF, Dial, DueCallback, DueMissed
from hotline.storage.citizen_numbers import number_of
from hotline.storage.tables import calls
from hotline.storage.tables_callbacks import callback_dials, written_numbers
from hotline.storage.tables_tickets import ticket_attempts, tickets

_D, _T = callback_dials.c, tickets.c
IN_HAND = case((_D.id.is_not(None), func.coalesce(_D.seat, BY_ITSELF)), else_=None)
SHOWN = 400  # letters of the matter and of the reply


class SqlCallbackStore:
    """Implements CallbackStore."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def due(self, limit: int) -> list[DueCallback]:
        open_dial = (_D.ticket == _T.key) & _D.ended_at.is_(None)
        query = (
            select(
                _T.id,
                _T.key,
                _T.kind,
                _T.topic,
                _T.place,
                _T.unit,
                _T.round,
                _T.callback_due,
                _T.due_at,
                _T.handlers,
            )
            .add_columns(func.substr(_T.what, 1, SHOWN).label("what"))
            .add_columns(func.substr(_T.reply_text, 1, SHOWN).label("reply"), IN_HAND.label("in_hand"))
            .select_from(tickets.outerjoin(callback_dials, open_dial))
            .where(_T.state == TicketState.REPLIED, _T.callback_due.is_not(None))  # as its index has it
            .order_by(_T.callback_due, _T.key)
            .limit(limit)
        )
        rows = [dict(row._mapping) for row in self._db.execute(query)]
        tried = self._tried([row["key"] for row in rows])
        return [
            DueCallback(ticket_id=TicketId(row.pop("id")), tried=tried.get(row["key"], []), **row)
            for row in rows
        ]

    def _tried(self, keys: list[int]) -> dict[int, list[datetime]]:
        found: dict[int, list[datetime]] = {}
        query = select(ticket_attempts).where(ticket_attempts.c.ticket.in_(keys))
        for row in self._db.execute(query.order_by(ticket_attempts.c.number)):
            found.setdefault(row.ticket, []).append(row.at)
        return found

    def missed(self, since: datetime, most_tries: int, limit: int) -> list[DueMissed]:
        mine, later = callback_dials.alias("mine"), calls.alias("later")
        in_vain = mine.c.ended_at.is_not(None) & mine.c.reached.is_(False)
        tries = func.count(mine.c.id).filter(in_vain)
        last_try = func.max(mine.c.began_at, type_=_D.began_at.type).filter(in_vain)
        query = (
            select(calls.c.id, calls.c.arrived_at, calls.c.queue)
            .add_columns(tries.label("tries"), last_try.label("last_try"))
            .add_columns(func.max(mine.c.seat).filter(mine.c.ended_at.is_(None)).label("in_hand"))
            .select_from(calls.outerjoin(mine, mine.c.missed == calls.c.id))
            .where(_given_up(since))
            .where(
                ~exists().where(
                    (later.c.from_number == calls.c.from_number) & (later.c.arrived_at > calls.c.arrived_at)
                )
            )
            .where(~exists().where((_T.call_id == calls.c.id) & _T.accepted_at.is_not(None)))
            .group_by(calls.c.id, calls.c.arrived_at, calls.c.queue)
            .having((tries < most_tries) & (func.count(mine.c.id).filter(mine.c.reached.is_(True)) == 0))
            .order_by(calls.c.arrived_at)
            .limit(limit)
        )
        rows = [dict(row._mapping) for row in self._db.execute(query)]
        return [DueMissed(call_id=CallId(row.pop("id")), **row) for row in rows]

    def number_of_ticket(self, ticket: TicketKey) -> str | None:
        return number_of(self._db, _T.key == ticket)

    def keep_number(self, ticket: TicketKey, number: str) -> None:
        self._db.execute(insert(written_numbers).values(ticket=ticket, number=number))

    def add(self, dial: Dial) -> None:
        self._db.execute(insert(callback_dials).values(asdict(dial)))

    def save(self, dial: Dial) -> None:
        self._db.execute(update(callback_dials).where(_D.id == dial.id).values(asdict(dial)))

    def get(self, dial_id: str) -> Dial | None:
        return self._one(_D.id == dial_id)

    def open_of_seat(self, seat: SeatId) -> Dial | None:
        return self._one((_D.seat == seat) & _D.ended_at.is_(None))

    def newest_of_seat(self, seat: SeatId) -> Dial | None:
        query = select(callback_dials).where(_D.seat == seat).order_by(_D.began_at.desc()).limit(1)
        row = self._db.execute(query).first()
        return _dial(dict(row._mapping)) if row else None

    def newest_answered(self, missed: CallId) -> Dial | None:
        query = select(callback_dials).where((_D.missed == missed) & _D.answered_at.is_not(None))
        row = self._db.execute(query.order_by(_D.answered_at.desc()).limit(1)).first()
        return _dial(dict(row._mapping)) if row else None

    def open_for(self, ticket: TicketKey | None, missed: CallId | None) -> Dial | None:
        target = _D.ticket == ticket if ticket is not None else _D.missed == missed
        return self._one(target & _D.ended_at.is_(None))

    def all_open(self) -> list[Dial]:
        query = select(callback_dials).where(_D.ended_at.is_(None))
        return [_dial(dict(row._mapping)) for row in self._db.execute(query)]

    def open_auto(self) -> list[Dial]:
        query = select(callback_dials).where(_D.seat.is_(None) & _D.ended_at.is_(None))
        return [_dial(dict(row._mapping)) for row in self._db.execute(query)]

    def unsettled_auto(self) -> list[Dial]:
        rule = _D.seat.is_(None) & _D.ended_at.is_not(None) & _D.reached.is_(None)
        query = select(callback_dials).where(rule).order_by(_D.ended_at)
        return [_dial(dict(row._mapping)) for row in self._db.execute(query)]

    def ticket_of(self, dial: Dial) -> TicketId | None:
        found = self._db.execute(select(_T.id).where(_T.key == dial.ticket)).scalar()
        return TicketId(found) if found else None

    def of_ticket(self, ticket: TicketKey) -> list[Dial]:
        query = select(callback_dials).where(_D.ticket == ticket).order_by(_D.began_at)
        return [_dial(dict(row._mapping)) for row in self._db.execute(query)]

    def _one(self, rule: ColumnElement[bool]) -> Dial | None:
        row = self._db.execute(select(callback_dials).where(rule)).first()
        return _dial(dict(row._mapping)) if row else None


def _given_up(since: datetime) -> ColumnElement[bool]:
    """The number is known, nobody answered, and nobody turned the caller away."""
    known = calls.c.from_number.is_not(None) & (calls.c.arrived_at >= since)
    return (
        known
        & (calls.c.state == "ended")
        & calls.c.answered_at.is_(None)
        & (calls.c.end_reason != "rejected")
    )


def _dial(values: dict[str, Any]) -> Dial:
    return Dial(**values)
