"""What the clock did, in the database: what it looks at, and what happened once."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from hotline.domain.calendar import Deadline
from hotline.domain.errors import Conflict
from hotline.domain.ids import TicketId, TicketKey
from hotline.domain.notices import NoticeKind
from hotline.domain.on_time import Counted, Share, total
from hotline.domain.supervision import Act, Due, Watched
from hotline.domain.ticket import TicketState
from hotline.domain.ticket_parts import Part
from hotline.services.ports_supervision import Candidate, Listed, Looked
from hotline.storage.courses import part_of
from hotline.storage.engine import locked
from hotline.storage.jobs import Job, jobs_of, units_of_jobs
from hotline.storage.supervision_lists import (
    chosen,
    done_at,
    due_within,
    is_open,
    ordered,
    waits_since,
)
from hotline.storage.tables_supervision import notices, supervision_acts, watched_tickets
from hotline.storage.tables_tickets import ticket_log, ticket_parts, tickets

AT_ONCE, KEYS_AT_ONCE = 500, 10_000  # ids in one statement, keys in one answer
_WATCHED = (
    "key", "id", "version", "state", "unit", "leader", "accepted_at", "due_at", "due_provisional", "extended",
    "returns", "passed_on", "handed_over_at", "sign_due", "returned_at", "asked_extension", "asked_at",
    "requests", "callback_due",
)  # fmt: skip
_COLUMNS = tuple(tickets.c[name] for name in _WATCHED)


class SqlSupervisionStore:
    """Implements SupervisionStore."""

    def __init__(self, connection: Connection, lock: bool = False) -> None:
        self._db = connection
        self._lock = lock

    def to_look_at(self, now: datetime, revision: int, limit: int) -> list[Candidate]:
        seen = watched_tickets
        rule = or_(
            seen.c.ticket.is_(None),
            seen.c.version != tickets.c.version,
            seen.c.revision != revision,
            seen.c.next_at <= now,
        )
        query = select(*_COLUMNS).join(seen, seen.c.ticket == tickets.c.key, isouter=True)
        query = query.where(is_open() & rule).order_by(tickets.c.open_due, tickets.c.key).limit(limit)
        return self._candidates(query)

    def one(self, ticket_id: TicketId) -> Candidate | None:
        query = select(*_COLUMNS).where((tickets.c.id == ticket_id) & is_open())
        return next(iter(self._candidates(locked(query, self._lock))), None)

    def _candidates(self, query: Select[Any]) -> list[Candidate]:
        rows = self._db.execute(query).all()
        keys = [row.key for row in rows]
        done, limits = self._done(keys), self._limits(keys)
        parts, jobs = self._parts(keys), jobs_of(self._db, rows)
        return [
            _candidate(
                row,
                done.get(row.key, set()),
                limits.get(row.key, {}),
                jobs[row.id],
                parts.get(row.key, ()),
            )
            for row in rows
        ]

    def _done(self, keys: Sequence[int]) -> dict[int, set[tuple[Act, int]]]:
        found: dict[int, set[tuple[Act, int]]] = {}
        acts = supervision_acts
        query = select(acts.c.ticket, acts.c.act, acts.c.round).where(acts.c.ticket.in_(keys))
        for ticket, act, round_ in self._db.execute(query):
            found.setdefault(ticket, set()).add((Act(act), round_))
        return found

    def _limits(self, keys: Sequence[int]) -> dict[int, dict[int, Deadline]]:
        """Of the newest edition of each round."""
        found: dict[int, dict[int, Deadline]] = {}
        rule = notices.c.ticket.in_(keys) & (notices.c.kind == NoticeKind.SUPERVISION)
        columns = (notices.c.ticket, notices.c.round, notices.c.limit_at, notices.c.limit_provisional)
        for ticket, round_, at, provisional in self._db.execute(
            select(*columns).where(rule).order_by(notices.c.edition)
        ):
            found.setdefault(ticket, {})[round_] = Deadline(at=at, provisional=provisional)
        return found

    def _parts(self, keys: Sequence[int]) -> dict[int, tuple[Part, ...]]:
        """Those without an answer."""
        found: dict[int, tuple[Part, ...]] = {}
        rule = ticket_parts.c.ticket.in_(keys) & ticket_parts.c.answered_at.is_(None)
        for row in self._db.execute(select(ticket_parts).where(rule)):
            found[row.ticket] = (*found.get(row.ticket, ()), part_of(row))
        return found

    def looked(self, seen: Iterable[Looked], revision: int) -> None:
        rows = [
            {"ticket": each.key, "version": each.version, "revision": revision, "next_at": each.next_at}
            for each in sorted(seen, key=lambda each: each.key)
        ]
        if not rows:
            return
        dialect = sqlite if self._db.dialect.name == "sqlite" else postgresql
        statement = dialect.insert(watched_tickets)
        newer = {name: statement.excluded[name] for name in ("version", "revision", "next_at")}
        self._db.execute(statement.on_conflict_do_update(index_elements=["ticket"], set_=newer), rows)

    def add_act(self, key: TicketKey, due: Due, at: datetime) -> None:
        values = {"ticket": key, "act": due.act, "round": due.round, "due_at": due.at, "at": at}
        try:
            with self._db.begin_nested():
                self._db.execute(insert(supervision_acts).values(**values))
        except IntegrityError:
            raise Conflict(f"{due.act} happened already") from None

    def listed(self, what: str, now: datetime, limit: int, unit: str | None = None) -> list[Listed]:
        query = _of_figure(self._listing(), what, now, unit).limit(limit)
        return [_listed(row) for row in self._db.execute(query)]

    def keys(self, what: str, now: datetime, unit: str | None = None) -> Iterator[TicketKey]:
        query = _of_figure(select(tickets.c.key), what, now, unit)
        return (
            TicketKey(key) for (key,) in self._db.execute(query.execution_options(yield_per=KEYS_AT_ONCE))
        )

    def keys_of(self, ids: Sequence[TicketId]) -> list[TicketKey]:
        return [TicketKey(row.key) for row in self._by_id(select(tickets.c.key), ids)]

    def count(self, what: str, now: datetime) -> int:
        query = select(func.count()).select_from(tickets).where(chosen(what, now))
        return int(self._db.execute(query).scalar_one())

    def of_ids(self, ids: Sequence[TicketId]) -> list[Listed]:
        return [_listed(row) for row in self._by_id(self._listing(), ids)]

    def _by_id(self, query: Select[Any], ids: Sequence[TicketId]) -> Iterator[Row[Any]]:
        for start in range(0, len(ids), AT_ONCE):
            some = query.where(tickets.c.id.in_(ids[start : start + AT_ONCE]))
            yield from self._db.execute(some.order_by(tickets.c.due_at, tickets.c.id))

    def _listing(self) -> Select[Any]:
        names = (
            "id", "version", "state", "kind", "topic", "unit", "due_at", "due_provisional", "accepted_at",
            "working_days", "returns", "asked_extension", "extended", "callback_due",
        )  # fmt: skip
        since, done = waits_since().label("waits_since"), done_at().label("done_at")
        return select(*(tickets.c[name] for name in names), since, done)

    def due_in(self, first: datetime, last: datetime) -> list[tuple[TicketId, Counted]]:
        columns = (
            tickets.c.id,
            tickets.c.unit,
            tickets.c.due_at,
            tickets.c.due_provisional,
            tickets.c.extended,
        )
        query = select(*columns, done_at()).where(due_within(first, last))
        rows = self._db.execute(query.order_by(tickets.c.due_at, tickets.c.id)).all()
        jobs = units_of_jobs(self._db, due_within(first, last))
        return [
            (
                TicketId(id_),
                Counted(
                    unit=jobs.get(id_, unit),
                    deadline=Deadline(at=due, provisional=provisional),
                    done_at=done,
                    extended=extended > 0,
                ),
            )
            for id_, unit, due, provisional, extended, done in rows
        ]

    def shares(self, first: datetime, last: datetime) -> dict[str, Share]:
        # `Counted.in_time` for 5,000 tickets in one statement: the page is looked at all day.
        in_time = func.sum(case((done_at() < tickets.c.due_at, 1), else_=0))
        extended = func.sum(case((tickets.c.extended > 0, 1), else_=0))
        query = select(tickets.c.unit, func.count(), in_time, extended).where(due_within(first, last))
        rows = self._db.execute(query.group_by(tickets.c.unit))
        found = {unit: Share(due=due, in_time=done, extended=more) for unit, due, done, more in rows}
        return self._by_job(found, first, last)

    def _by_job(self, shares: dict[str, Share], first: datetime, last: datetime) -> dict[str, Share]:
        """Who was merged is counted under the unit that has the job, not the one that had him before."""
        mine = due_within(first, last) & tickets.c.leader.is_not(None)
        units = units_of_jobs(self._db, due_within(first, last))
        query = select(tickets.c.id, tickets.c.unit, tickets.c.due_at, tickets.c.extended, done_at())
        for id_, before, due, extended, done in self._db.execute(query.where(mine)).all():
            one = Share(due=1, in_time=int(done is not None and done < due), extended=int(extended > 0))
            shares[before] = shares[before] - one
            shares[units[id_]] = total([shares.get(units[id_], Share()), one])
        return {unit: share for unit, share in shares.items() if share.due}

    def last_reason(self, ids: Sequence[TicketId], action: str) -> dict[TicketId, str]:
        query = select(tickets.c.id, ticket_log.c.detail).join(
            ticket_log, ticket_log.c.ticket == tickets.c.key
        )
        query = query.where(tickets.c.id.in_(ids) & (ticket_log.c.action == action)).order_by(
            ticket_log.c.number
        )
        rows = self._db.execute(query)
        return {TicketId(id_): str(detail.get("reason", "")) for id_, detail in rows}


def _candidate(
    row: Row[Any],
    done: set[tuple[Act, int]],
    limits: dict[int, Deadline],
    job: Job,
    parts: tuple[Part, ...],
) -> Candidate:
    watched = Watched(
        state=TicketState(row.state),
        unit=job.unit,
        accepted_at=row.accepted_at,
        deadline=Deadline(at=row.due_at, provisional=row.due_provisional),
        extended=row.extended,
        returns=row.returns,
        hand_over=job.hand_over,
        handed_over_at=job.handed_over_at,
        sign_due=job.sign_due,
        returned_at=row.returned_at,
        asked_at=row.asked_at if row.asked_extension else None,
        requests=row.requests,
        callback_due=row.callback_due,
        limits=limits,
        parts=parts,
    )
    key, id_ = TicketKey(row.key), TicketId(row.id)
    return Candidate(key=key, ticket_id=id_, version=row.version, watched=watched, done=frozenset(done))


def _of_figure(query: Select[Any], what: str, now: datetime, unit: str | None) -> Select[Any]:
    """Those that it counts, the most urgent first; of one unit when that is named."""
    query = query.where(chosen(what, now)).order_by(*ordered(what))
    return query if unit is None else query.where(tickets.c.unit == unit)


def _listed(row: Row[Any]) -> Listed:
    values = dict(row._mapping)
    id_, due, provisional = values.pop("id"), values.pop("due_at"), values.pop("due_provisional")
    return Listed(ticket_id=TicketId(id_), due=due, provisional=provisional, **values)
