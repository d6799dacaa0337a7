"""Searching the tickets in the database, and keeping what they are found by up to date with each save."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Connection, Row, select

from hotline.domain.ids import TicketId, TicketKey
from hotline.domain.search_terms import number_hash, ordinal_of, terms_of
from hotline.services.ports_search import Found, Wanted
from hotline.storage.citizen_numbers import NUMBER, number_of, with_number
from hotline.storage.tables_search import ticket_search
from hotline.storage.tables_tickets import ticket_parts, tickets
from hotline.storage.ticket_index import SearchTerms

if TYPE_CHECKING:
    from hotline.storage.sql import SqlStorage

_SHOWN = (
    *("key", "id", "state", "kind", "topic", "place", "what", "unit", "citizen_name", "confidential"),
    *(
        "accepted_at",
        "due_at",
        "reply_text",
        "satisfaction",
        "returns",
        "asked_extension",
        "round",
        "callback_due",
    ),
)
AT_ONCE = 500


class SqlTicketIndex:
    """Implements TicketIndex."""

    def __init__(self, connection: Connection, number_key: str | None = None) -> None:
        self._db = connection
        self._number_key = number_key
        self._terms = SearchTerms(connection)

    def put(self, key: TicketKey) -> None:
        """Write what the ticket is found by, as it stands now in this transaction; a draft is not found."""
        columns = [tickets.c[name] for name in (*_SHOWN, "again_of", "call_id", "part_numbers")]
        query = select(NUMBER, *columns).select_from(with_number(tickets))
        row = self._db.execute(query.where(tickets.c.key == key, tickets.c.id.is_not(None))).first()
        if row is None or row.accepted_at is None:
            return
        assisting = self._assisting([key]).get(key, frozenset()) if row.part_numbers else frozenset()
        texts = (row.what, row.citizen_name, row.reply_text)
        terms = terms_of(texts, row.place, row.state, row.kind, row.topic, row.unit, assisting)
        self._terms.put(key, ordinal_of(row.accepted_at, key), terms, self._hashed(key, row))

    def _hashed(self, key: TicketKey, row: Row[Any]) -> str | None:
        """Who has no key leaves what is stored: it was reckoned by somebody who has one."""
        if self._number_key is None:
            return self._terms.number_hash(key)
        number = self._number(row)
        return number_hash(self._number_key, number) if number else None

    def missing(self, limit: int) -> list[TicketKey]:
        """Accepted tickets that were never indexed: those of a database from before the index."""
        indexed = select(ticket_search.c.key).where(ticket_search.c.key == tickets.c.key).exists()
        query = select(tickets.c.key).where(tickets.c.accepted_at.is_not(None), ~indexed)
        return list(self._db.execute(query.order_by(tickets.c.key).limit(limit)).scalars())

    def unhashed(self, after: TicketKey, limit: int) -> list[TicketKey]:
        """Indexed tickets with a number by which nobody finds them; without a key there is no help."""
        if self._number_key is None:
            return []
        joined = ticket_search.join(tickets, tickets.c.key == ticket_search.c.key)
        known = NUMBER.is_not(None) | (tickets.c.call_id.is_(None) & tickets.c.again_of.is_not(None))
        query = select(ticket_search.c.key).select_from(with_number(joined))
        query = query.where(ticket_search.c.number_hash.is_(None), ticket_search.c.key > after, known)
        return list(self._db.execute(query.order_by(ticket_search.c.key).limit(limit)).scalars())

    def candidates(self, wanted: Wanted, limit: int) -> list[int]:
        hashed = None
        if wanted.number is not None:
            if self._number_key is None:
                return []
            hashed = number_hash(self._number_key, wanted.number)
        return self._terms.candidates(wanted, hashed, limit)

    def load(self, ordinals: Iterable[int]) -> list[Found]:
        return self._in_order(ticket_search.c.ordinal, list(ordinals))

    def of_keys(self, keys: Iterable[TicketKey]) -> list[Found]:
        return self._in_order(tickets.c.key, list(keys))

    def _in_order(self, column: Column[int], wanted: Sequence[int]) -> list[Found]:
        found = dict[int, Found]()
        for start in range(0, len(wanted), AT_ONCE):
            rows = self._rows(column.in_(wanted[start : start + AT_ONCE]))
            assisting = self._assisting([row.key for row in rows])
            for row in rows:
                known = _found(row, assisting.get(row.key, frozenset()), self._number(row))
                found[row._mapping[column.name]] = known
        return [found[each] for each in wanted if each in found]

    def by_id(self, ticket_id: TicketId) -> Found | None:
        for row in self._rows(tickets.c.id == ticket_id):
            assisting = self._assisting([row.key]).get(row.key, frozenset())
            return _found(row, assisting, self._number(row))
        return None

    def ends(self) -> tuple[int, int]:
        return self._terms.newest_and_oldest()

    def _rows(self, rule: Any) -> Sequence[Row[Any]]:
        columns = [tickets.c[name] for name in (*_SHOWN, "due_provisional", "again_of", "call_id")]
        joined = ticket_search.join(tickets, tickets.c.key == ticket_search.c.key)
        query = select(ticket_search.c.ordinal, NUMBER, *columns).select_from(with_number(joined))
        return self._db.execute(query.where(rule)).all()

    def _number(self, row: Row[Any]) -> str | None:
        """The citizen's; of a matter that is done again, that of the one it began with."""
        if row.number or row.call_id or not row.again_of:
            return str(row.number) if row.number else None
        return number_of(self._db, tickets.c.id == row.again_of)

    def _assisting(self, keys: Sequence[TicketKey]) -> dict[TicketKey, frozenset[str]]:
        query = select(ticket_parts.c.ticket, ticket_parts.c.unit).where(ticket_parts.c.ticket.in_(keys))
        units: dict[TicketKey, frozenset[str]] = {}
        for key, unit in self._db.execute(query):
            units[key] = units.get(key, frozenset()) | {unit}
        return units


def index_missing(storage: "SqlStorage") -> int:
    """Index what a database from before the index holds, and numbers of which it knows nothing; returns how
    many tickets that were.
    """
    done, after = 0, TicketKey(0)
    while True:
        with storage.writing() as tx:
            new = tx.search.missing(AT_ONCE)
            keys = new or tx.search.unhashed(after, AT_ONCE)
            for key in keys:
                tx.search.put(key)
        if not keys:
            return done
        done, after = done + len(keys), after if new else keys[-1]


def _found(row: Row[Any], assisting: frozenset[str], number: str | None) -> Found:
    values = {name: row._mapping[name] for name in _SHOWN}
    return Found(
        **values,
        ordinal=row.ordinal,
        due_provisional=bool(row.due_provisional),
        assisting=assisting,
        number=number,
    )
