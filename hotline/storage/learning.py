"""Choices of seats and versions of the categoriser in the database."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    String,
    case,
    cast,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from hotline.domain.ids import CallId
from hotline.domain.learning import Choice, Lesson, Marks
from hotline.services.ports_learning import Miss, MissesWanted, Tally, Version
from hotline.storage.tables import calls, recordings
from hotline.storage.tables_learning import categoriser_versions, heard_choices
from hotline.storage.tables_tickets import tickets

_PLACES = ("first", "second", "third")
_DIMENSIONS: dict[str, ColumnElement[str]] = {
    "all": cast(literal("all"), String),
    "topic": heard_choices.c.chosen,
    "week": cast(heard_choices.c.week, String),
    "version": cast(heard_choices.c.version, String),
}


class SqlLearningStore:
    """Implements LearningStore."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def note(self, choice: Choice) -> None:
        shown = choice.shown
        named = dict(zip(_PLACES, (*shown.suggested, "", "", ""), strict=False))
        values = {
            "at": choice.at,
            "week": choice.week,
            "version": shown.version,
            "score": shown.score,
            "words": shown.words,
            "chosen": choice.chosen,
            "rank": choice.rank,
            **named,
        }
        # One statement: a failed insert would end the whole transaction on PostgreSQL.
        insert_or = insert_sqlite if self._db.dialect.name == "sqlite" else insert_postgresql
        statement = insert_or(heard_choices).values(call_id=choice.call_id, **values)
        self._db.execute(statement.on_conflict_do_update(index_elements=["call_id"], set_=values))

    def lessons(self, most: int) -> list[Lesson]:
        # Of choices from before the words were kept with them, it is the caller's first sentence.
        words = func.coalesce(heard_choices.c.words, calls.c.heard["words"].as_string())
        query = (
            select(heard_choices.c.call_id, words, heard_choices.c.chosen)
            .join(calls, calls.c.id == heard_choices.c.call_id)
            .order_by(heard_choices.c.at.desc(), heard_choices.c.call_id)
            .limit(most)
        )
        rows = [
            Lesson(CallId(call_id), said, topic) for call_id, said, topic in self._db.execute(query) if said
        ]
        return rows[::-1]

    def count(self) -> int:
        return self._db.execute(select(func.count()).select_from(heard_choices)).scalar_one()

    def versions(self) -> list[Version]:
        query = select(categoriser_versions).order_by(categoriser_versions.c.number)
        return [_version(row) for row in self._db.execute(query)]

    def add(self, version: Version) -> None:
        marks, of_live = version.marks, version.marks_of_live
        self._db.execute(
            insert(categoriser_versions).values(
                number=version.number,
                at=version.at,
                topics=version.topics,
                lessons=version.lessons,
                held_back=version.held_back,
                first=marks.first,
                first_three=marks.first_three,
                calibration_error=marks.calibration_error,
                live_first=of_live.first,
                live_first_three=of_live.first_three,
                live_calibration_error=of_live.calibration_error,
                marked_on=marks.count,
                sha256=version.sha256,
                in_force_at=version.in_force_at,
                in_force=version.in_force,
            )
        )

    def set_in_force(self, number: int, at: datetime) -> None:
        mine = categoriser_versions.c.number == number
        self._db.execute(update(categoriser_versions).where(~mine).values(in_force=False))
        self._db.execute(update(categoriser_versions).where(mine).values(in_force=True, in_force_at=at))

    def reject(self, number: int) -> None:
        mine = categoriser_versions.c.number == number
        self._db.execute(update(categoriser_versions).where(mine).values(in_force=False, in_force_at=None))

    def tallies(self, since: date, until: date) -> dict[str, list[Tally]]:
        return {name: self._tally(column, since, until) for name, column in _DIMENSIONS.items()}

    def _tally(self, column: ColumnElement[str], since: date, until: date) -> list[Tally]:
        rank, name = heard_choices.c.rank, column.label("name")
        query = select(
            name,
            func.count().label("count"),
            func.sum(case((rank == 1, 1), else_=0)).label("first"),
            func.sum(case((rank > 0, 1), else_=0)).label("first_three"),
            func.sum(case((heard_choices.c.first == "", 1), else_=0)).label("not_understood"),
            func.sum(heard_choices.c.score).label("promised"),
        )
        rows = self._db.execute(query.where(_between(since, until)).group_by(name).order_by(name))
        return [Tally(**row._mapping) for row in rows]

    def misses(self, wanted: MissesWanted, limit: int) -> list[Miss]:
        query = (
            select(heard_choices, tickets.c.id.label("ticket_id"), recordings.c.size)
            .outerjoin(tickets, tickets.c.call_id == heard_choices.c.call_id)
            .outerjoin(recordings, recordings.c.call_id == heard_choices.c.call_id)
            .where(*_rules(wanted))
            .order_by(heard_choices.c.at.desc(), heard_choices.c.call_id)
            .limit(limit)
        )
        return [_miss(row) for row in self._db.execute(query)]


def _rules(wanted: MissesWanted) -> Iterator[ColumnElement[bool]]:
    shown = heard_choices.c
    yield _between(wanted.since, wanted.until)
    yield (shown.rank != 1) & (shown.first != "") if wanted.understood else shown.first == ""
    if wanted.topic:
        yield shown.chosen == wanted.topic
    if wanted.week is not None:
        yield shown.week == wanted.week
    if wanted.version is not None:
        yield shown.version == wanted.version
    if wanted.after is not None:
        at, call_id = wanted.after
        yield (shown.at < at) | ((shown.at == at) & (shown.call_id > call_id))


def _between(since: date, until: date) -> ColumnElement[bool]:
    return (heard_choices.c.week >= since) & (heard_choices.c.week < until)


def _miss(row: Row[Any]) -> Miss:
    return Miss(
        call_id=CallId(row.call_id),
        ticket_id=row.ticket_id,
        at=row.at,
        version=row.version,
        suggested=tuple(topic for topic in (row.first, row.second, row.third) if topic),
        score=row.score,
        chosen=row.chosen,
        rank=row.rank,
        has_recording=row.size is not None,
    )


def _version(row: Row[Any]) -> Version:
    return Version(
        number=row.number,
        at=row.at,
        topics=row.topics,
        lessons=row.lessons,
        held_back=row.held_back,
        marks=_marks(row, ""),
        marks_of_live=_marks(row, "live_"),
        sha256=row.sha256,
        in_force_at=row.in_force_at,
        in_force=row.in_force,
    )


def _marks(row: Row[Any], whose: str) -> Marks:
    figures = {name: row._mapping[whose + name] for name in ("first", "first_three", "calibration_error")}
    return Marks(count=row.marked_on, **figures)
