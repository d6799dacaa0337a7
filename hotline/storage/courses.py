"""Accepted tickets' courses in the database."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from hotline.domain.calendar import Deadline
from hotline.domain.ids import SeatId, TicketId, TicketKey
from hotline.domain.ticket import TicketState
from hotline.domain.ticket_callback import Answers, Satisfaction
from hotline.domain.ticket_course import Course
from hotline.domain.ticket_parts import Part
from hotline.storage.engine import locked
from hotline.storage.new_dates import read_new_date, write_new_date
from hotline.storage.tables_tickets import ticket_attempts, ticket_parts, tickets
from hotline.storage.ticket_log import SqlTicketLog

# As they are called in the table.
_PLAIN = (
    "version", "unit", "handed_over_at", "sign_due", "return_due", "returns", "returned_at", "passed_on",
    "part_numbers", "forced", "requests", "asked_at", "asked_extension", "extended", "reply_text",
    "replied_at", "callback_due", "told_at", "interview", "round", "again_of", "again_as", "leader",
    "working_days", "accepted_at",
)  # fmt: skip
_WORDS = (
    "call_id", "seat", "account", "kind", "topic", "place", "what", "citizen_name", "confidential",
    "share_number", "answered",
)  # fmt: skip
_ACCEPTED = tickets.c.due_at.is_not(None) & (tickets.c.state != TicketState.DRAFT)


class SqlCourseStore:
    """Implements CourseStore."""

    def __init__(self, connection: Connection, log: SqlTicketLog, lock: bool = False) -> None:
        self._db = connection
        self._log = log
        self._lock = lock
        self._stored_parts: dict[TicketKey, dict[str, Part]] = {}  # as they were read or written last

    def get(self, ticket_id: TicketId) -> Course | None:
        query = select(tickets).where((tickets.c.id == ticket_id) & _ACCEPTED)
        row = self._db.execute(locked(query, self._lock)).first()
        return self._course(row) if row else None

    def followers(self, leader: TicketId) -> list[Course]:
        rule = (tickets.c.leader == leader) & (tickets.c.state == TicketState.MERGED)
        query = locked(select(tickets).where(rule).order_by(tickets.c.key), self._lock)
        return [self._course(row) for row in self._db.execute(query).all()]

    def follower_ids(self, leader: TicketId) -> list[TicketId]:
        query = select(tickets.c.id).where(tickets.c.leader == leader).order_by(tickets.c.key)
        return list(self._db.execute(query).scalars())

    def save(self, course: Course) -> None:
        mine = tickets.c.key == course.key
        self._db.execute(update(tickets).where(mine).values(**_values(course)))
        self._save_parts(course)
        self._save_attempts(course)
        write_new_date(self._db, course)
        last = self._log.last(course.key)
        known = last.number if last else 0
        self._log.write([entry for entry in course.log if entry.number > known])

    def add_again(self, course: Course) -> None:
        words = select(*(tickets.c[name] for name in _WORDS)).where(tickets.c.id == course.again_of)
        first = dict(self._db.execute(words).one()._mapping) | {"call_id": None, "answered": False}
        first |= {"created_at": course.accepted_at, "saved_at": course.accepted_at, "id": course.ticket_id}
        query = insert(tickets).values(**first | _values(course)).returning(tickets.c.key)
        course.key = TicketKey(self._db.execute(query).scalar_one())

    def _save_parts(self, course: Course) -> None:
        mine = ticket_parts.c.ticket == course.key
        stored = self._stored_parts.get(course.key, {})
        for unit in stored.keys() - course.parts.keys():
            self._db.execute(delete(ticket_parts).where(mine & (ticket_parts.c.unit == unit)))
        for part in course.parts.values():
            values = _part_values(part)
            if part.unit not in stored:
                self._db.execute(insert(ticket_parts).values(ticket=course.key, unit=part.unit, **values))
            elif part != stored[part.unit]:
                rule = mine & (ticket_parts.c.unit == part.unit)
                self._db.execute(update(ticket_parts).where(rule).values(**values))
        self._stored_parts[course.key] = _copied(course.parts)

    def _save_attempts(self, course: Course) -> None:
        if not course.tried:
            return
        mine = select(ticket_attempts.c.number).where(ticket_attempts.c.ticket == course.key)
        known = set(self._db.execute(mine).scalars())
        for number, at in enumerate(course.tried, 1):
            if number not in known:
                self._db.execute(insert(ticket_attempts).values(ticket=course.key, number=number, at=at))

    def _course(self, row: Row[Any]) -> Course:
        key = TicketKey(row.key)
        last = self._log.last(key)
        return Course(
            key=key,
            ticket_id=TicketId(row.id),
            state=TicketState(row.state),
            deadline=Deadline(at=row.due_at, provisional=row.due_provisional),
            handlers=set(row.handlers),
            parts=self._parts(key) if row.part_numbers else {},
            tried=self._tried(key) if row.replied_at else [],
            new_date=read_new_date(self._db, key) if row.extended else None,
            answers=_answers(row),
            seat=SeatId(row.seat) if row.seat else None,
            log=[last] if last else [],
            **{name: getattr(row, name) for name in _PLAIN},
        )

    def _parts(self, key: TicketKey) -> dict[str, Part]:
        query = select(ticket_parts).where(ticket_parts.c.ticket == key)
        rows = self._db.execute(query.order_by(ticket_parts.c.asked_at, ticket_parts.c.unit))
        parts = {row.unit: part_of(row) for row in rows}
        self._stored_parts[key] = _copied(parts)
        return parts

    def _tried(self, key: TicketKey) -> list[Any]:
        query = select(ticket_attempts.c.at).where(ticket_attempts.c.ticket == key)
        return list(self._db.execute(query.order_by(ticket_attempts.c.number)).scalars())


def _values(course: Course) -> dict[str, Any]:
    answers = course.answers
    return {name: getattr(course, name) for name in _PLAIN} | {
        "state": course.state,
        "due_at": course.deadline.at,
        "due_provisional": course.deadline.provisional,
        "handlers": sorted(course.handlers),
        "responded": answers.responded if answers else None,
        "solved": answers.solved if answers else None,
        "satisfaction": answers.satisfaction if answers else None,
        "words": answers.words if answers else "",
    }


def _part_values(part: Part) -> dict[str, Any]:
    return {
        "asked_at": part.asked_at,
        "due_at": part.due.at,
        "due_provisional": part.due.provisional,
        "number": part.number,
        "working_days": part.working_days,
        "answered_at": part.answered_at,
    }


def _copied(parts: Mapping[str, Part]) -> dict[str, Part]:
    """The parts of a course change in their places."""
    return {unit: replace(part) for unit, part in parts.items()}


def part_of(row: Row[Any]) -> Part:
    """A row of `ticket_parts`."""
    return Part(
        unit=row.unit,
        asked_at=row.asked_at,
        due=Deadline(at=row.due_at, provisional=row.due_provisional),
        number=row.number,
        working_days=row.working_days,
        answered_at=row.answered_at,
    )


def _answers(row: Row[Any]) -> Answers | None:
    if row.satisfaction is None:
        return None
    satisfaction = Satisfaction(row.satisfaction)
    return Answers(responded=row.responded, solved=row.solved, satisfaction=satisfaction, words=row.words)
