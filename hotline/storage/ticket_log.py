"""The tickets' log in the database: only added to, chained for each ticket and over all of them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from hotline.domain.ids import TicketKey
from hotline.domain.ticket_log import FIRST, Entry, chained, linked
from hotline.domain.ticket_moves import Action
from hotline.services.ports_courses import LoggedEntry, LogHead, Unreadable
from hotline.storage.engine import among
from hotline.storage.tables_tickets import log_head, ticket_log, tickets

AT_ONCE = 2_000  # rows in one statement
MANY = 50  # rows from which copying is quicker
_NEWEST_FIRST = ticket_log.c.number.desc()
_COLUMNS = tuple(column.name for column in ticket_log.columns)


class SqlTicketLog:
    """Implements TicketLog. The head's row is locked from the first entry written to the commit.

    Who writes a ticket has locked it: its last entry, once read, is the last until this transaction adds one.
    """

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self.changed: set[TicketKey] = set()  # by this transaction, in what they are found by
        self._last: dict[TicketKey, Entry | None] = {}

    def of(self, ticket: TicketKey) -> list[Entry]:
        query = select(ticket_log).where(ticket_log.c.ticket == ticket).order_by(ticket_log.c.number)
        before, found = FIRST, []
        for row in self._db.execute(query):
            found.append(_entry(row, before))
            before = row.hash
        return found

    def last(self, ticket: TicketKey) -> Entry | None:
        if ticket not in self._last:
            query = select(ticket_log).where(ticket_log.c.ticket == ticket).order_by(_NEWEST_FIRST).limit(1)
            row = self._db.execute(query).first()
            self._last[ticket] = _entry(row, "") if row else None
        return self._last[ticket]

    def ends_of(self, keys: Sequence[TicketKey]) -> dict[TicketKey, tuple[int, str]]:
        """Number and hash of the last entry of each of these tickets that has one."""
        newest = func.max(ticket_log.c.number).label("newest")
        each = select(ticket_log.c.ticket, newest).where(among(self._db, ticket_log.c.ticket, keys))
        ends = each.group_by(ticket_log.c.ticket).subquery()
        same = (ticket_log.c.ticket == ends.c.ticket) & (ticket_log.c.number == ends.c.newest)
        query = select(ticket_log.c.ticket, ticket_log.c.number, ticket_log.c.hash).join(ends, same)
        return {TicketKey(key): (number, last) for key, number, last in self._db.execute(query)}

    def add(
        self, ticket: TicketKey, at: datetime, who: str, action: str, origin: str, target: str,
        detail: Mapping[str, object],
    ) -> Entry:  # fmt: skip
        said = tuple((name, str(value)) for name, value in detail.items())
        entry = Entry(
            ticket=ticket, number=0, at=at, who=who, action=action, origin=origin, target=target,
            detail=said, before="",
        )  # fmt: skip
        last = self.last(ticket)
        added = chained([last] if last else [], entry)
        self.write([added])
        return added

    def write(self, entries: Sequence[Entry]) -> None:
        self.changed.update(entry.ticket for entry in entries if entry.action != Action.MOVE_DEADLINE)
        self._last.update((entry.ticket, entry) for entry in entries)
        if not entries:
            return
        mine = log_head.c.id == 1
        head = self._db.execute(select(log_head.c.seq, log_head.c.chain).where(mine).with_for_update()).one()
        rows = _Rows(head.seq, head.chain, entries)
        if len(entries) > MANY and self._db.dialect.name == "postgresql":
            self._copy(rows)
        else:
            each = iter(rows)
            while some := list(islice(each, AT_ONCE)):
                self._db.execute(insert(ticket_log), some)
        self._db.execute(update(log_head).where(mine).values(seq=rows.seq, chain=rows.chain))

    def _copy(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """The same by COPY, several times as fast: a changed calendar writes a hundred thousand.

        In one statement: while the database writes the first, the next ones are chained.
        """
        cursor: Any = self._db.connection.cursor()  # psycopg's: SQLAlchemy has no word for it
        with cursor, cursor.copy(f"copy ticket_log ({', '.join(_COLUMNS)}) from stdin") as copy:
            for row in rows:
                copy.write_row([_plain(row[name]) for name in _COLUMNS])

    def head(self) -> LogHead:
        seq, chain = self._db.execute(select(log_head.c.seq, log_head.c.chain)).one()
        return LogHead(seq=seq, chain=chain)

    def stream(self, after: int = 0) -> Iterator[LoggedEntry]:
        limit = AT_ONCE
        while True:
            query = select(ticket_log).where(ticket_log.c.id > after).order_by(ticket_log.c.id).limit(limit)
            try:
                rows = self._db.execute(query).all()
            except (ValueError, TypeError):  # a time or a detail that is none
                if limit == 1:
                    raise Unreadable(after) from None
                limit = 1  # up to the one that is meant
                continue
            for row in rows:
                yield LoggedEntry(seq=row.id, chain=row.chain, entry=_entry(row, ""))
            if len(rows) < limit:
                return
            after = rows[-1].id

    def states(self) -> Iterator[tuple[TicketKey, str]]:
        after = 0
        while True:
            query = (
                select(tickets.c.key, tickets.c.state).where(tickets.c.key > after).order_by(tickets.c.key)
            )
            rows = self._db.execute(query.limit(AT_ONCE)).all()
            for key, state in rows:
                yield TicketKey(key), state
            if len(rows) < AT_ONCE:
                return
            after = rows[-1][0]

    def name_of(self, ticket: TicketKey) -> str | None:
        row = self._db.execute(select(tickets.c.id).where(tickets.c.key == ticket)).first()
        return (row.id or "draft") if row else None


class _Rows:
    """Rows of entries that are added, each chained to the one before it; `seq` and `chain` are the end."""

    def __init__(self, seq: int, chain: str, entries: Sequence[Entry]) -> None:
        self.seq, self.chain = seq, chain
        self._entries = entries

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for entry in self._entries:
            self.seq, self.chain = self.seq + 1, linked(self.chain, entry.hash)
            yield {"id": self.seq, "chain": self.chain, **_values(entry)}


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict) else str(value) if isinstance(value, str) else value


def _values(entry: Entry) -> dict[str, Any]:
    names = ("ticket", "number", "at", "who", "action", "origin", "target", "hash")
    return {name: getattr(entry, name) for name in names} | {"detail": dict(entry.detail)}


def _entry(row: Row[Any], before: str) -> Entry:
    return Entry(
        ticket=TicketKey(row.ticket),
        number=row.number,
        at=row.at,
        who=row.who,
        action=row.action,
        origin=row.origin,
        target=row.target,
        detail=_detail(row.detail),
        before=before,
        hash=row.hash,
    )


def _detail(stored: object) -> tuple[tuple[str, str], ...]:
    """Whatever somebody made of it, so that the audit can say that it is wrong."""
    return tuple(stored.items()) if isinstance(stored, dict) else (("", repr(stored)),)
