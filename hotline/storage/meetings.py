"""Joint meetings in the database."""

from typing import Any

from sqlalchemy import Connection, insert, select, update

from hotline.domain.ids import AccountId, TicketId, TicketKey
from hotline.domain.meetings import Duty, Meeting
from hotline.storage.engine import locked
from hotline.storage.tables_supervision import meeting_duties, meeting_tickets, meetings
from hotline.storage.tables_tickets import tickets

_PLAIN = ("title", "place", "starts_at", "created_at", "minutes", "closed_at", "version")


class SqlMeetingStore:
    """Implements MeetingStore. In a writing transaction a meeting that was read stays locked."""

    def __init__(self, connection: Connection, lock: bool = False) -> None:
        self._db = connection
        self._lock = lock

    def add(self, meeting: Meeting, by: AccountId) -> Meeting:
        values = {name: getattr(meeting, name) for name in _PLAIN}
        query = insert(meetings).values(**values, created_by=by).returning(meetings.c.key)
        meeting.key = self._db.execute(query).scalar_one()
        ids = {id_: key for id_, key in self._db.execute(_keys(meeting.agenda))}
        rows = [
            {"meeting": meeting.key, "ticket": ids[id_], "position": position}
            for position, id_ in enumerate(meeting.agenda, 1)
        ]
        self._db.execute(insert(meeting_tickets), rows)
        return meeting

    def get(self, key: int) -> Meeting | None:
        query = locked(select(meetings).where(meetings.c.key == key), self._lock)
        row = self._db.execute(query).first()
        if row is None:
            return None
        values = {name: getattr(row, name) for name in _PLAIN}
        return Meeting(key=key, agenda=self._agenda(key), duties=self._duties(key), **values)

    def save(self, meeting: Meeting) -> None:
        values = {name: getattr(meeting, name) for name in ("minutes", "closed_at", "version")}
        self._db.execute(update(meetings).where(meetings.c.key == meeting.key).values(**values))

    def newest(self, limit: int) -> list[Meeting]:
        keys = self._db.execute(select(meetings.c.key).order_by(meetings.c.starts_at.desc()).limit(limit))
        found = (self.get(key) for key in keys.scalars().all())
        return [meeting for meeting in found if meeting]

    def add_duty(self, meeting: int, duty: Duty, ticket: TicketKey) -> None:
        ids = {id_: key for id_, key in self._db.execute(_keys((duty.of_ticket,)))}
        values: dict[str, Any] = {"meeting": meeting, "of_ticket": ids[duty.of_ticket], "ticket": ticket}
        values |= {"owner": duty.owner, "day": duty.day}
        self._db.execute(insert(meeting_duties).values(**values))

    def _agenda(self, key: int) -> tuple[TicketId, ...]:
        query = select(tickets.c.id).join(meeting_tickets, meeting_tickets.c.ticket == tickets.c.key)
        query = query.where(meeting_tickets.c.meeting == key).order_by(meeting_tickets.c.position)
        return tuple(TicketId(id_) for id_ in self._db.execute(query).scalars())

    def _duties(self, key: int) -> list[Duty]:
        duty, first = meeting_duties, tickets.alias("first")
        query = select(
            tickets.c.id.label("ticket_id"),
            first.c.id.label("of_ticket"),
            tickets.c.unit,
            duty.c.owner,
            duty.c.day,
        )
        query = query.select_from(duty).join(tickets, tickets.c.key == duty.c.ticket)
        query = query.join(first, first.c.key == duty.c.of_ticket).where(duty.c.meeting == key)
        return [Duty(**row._mapping) for row in self._db.execute(query.order_by(duty.c.ticket))]


def _keys(ids: tuple[TicketId, ...]) -> Any:
    return select(tickets.c.id, tickets.c.key).where(tickets.c.id.in_(ids))
