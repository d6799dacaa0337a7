"""What tickets are found by: kept with each save, asked newest first, the same answers on both databases."""

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection, Select, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from hotline.services.ports_search import Wanted
from hotline.storage.tables_search import AGE, TERMS_AND_AGE, ticket_search

# PostgreSQL walks through this many of the newest tickets first (a span). Where they hold a good part of what
# is wanted it walks on; else the index of terms is asked for the quarters of a year that seem to hold the
# rest, and at last for all. So a frequent term is found among tickets in a row, and few of a rarer one are
# fetched.
NEWEST = 1_000
GOOD_PART = 1 / 3
LONGER = 3  # times further than it seems to need: terms come in bursts
RARE = 100  # spans for a term of which the newest have none
MOST_AGES = 8
_TRIES = 1_024
_columns = ticket_search.c
_MATCH = text(
    "select rowid from ticket_words where ticket_words match :match and rowid >= :low and rowid < :high"
    " order by rowid desc limit :most"
)
_ADD_WORDS = text("insert into ticket_words (rowid, terms) values (:ordinal, :terms)")
_DROP_WORDS = text(
    "insert into ticket_words (ticket_words, rowid, terms) values ('delete', :ordinal, :terms)"
)


class SearchTerms:
    """The index's own rows; `put` is part of every transaction that writes a ticket."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._sqlite = connection.dialect.name == "sqlite"

    def put(self, key: int, ordinal: int, terms: Iterable[str], hashed: str | None) -> None:
        """Write what the ticket `key` is found by; nothing is written when that is as before."""
        sorted_terms = sorted(set(terms))
        digest = hashlib.sha256(" ".join((hashed or "", *sorted_terms)).encode()).hexdigest()[:16]
        query = select(_columns.ordinal, _columns.digest, _columns.terms)
        before = self._db.execute(query.where(_columns.key == key)).first()
        if before is None:
            self._add(key, ordinal, sorted_terms, {"number_hash": hashed, "digest": digest})
        elif before.digest != digest:
            self._replace(
                before.ordinal, before.terms, sorted_terms, {"number_hash": hashed, "digest": digest}
            )

    def number_hash(self, key: int) -> str | None:
        """As it is stored."""
        return self._db.execute(select(_columns.number_hash).where(_columns.key == key)).scalar()

    def _add(self, key: int, ordinal: int, terms: list[str], values: dict[str, str | None]) -> None:
        insert = sqlite.insert if self._sqlite else postgresql.insert
        for free in range(ordinal, ordinal + _TRIES):
            query = insert(ticket_search).values(ordinal=free, key=key, terms=self._stored(terms), **values)
            if self._db.execute(query.on_conflict_do_nothing(index_elements=["ordinal"])).rowcount:
                break
        else:
            raise AssertionError("more tickets were accepted at one moment than the index has room for")
        if self._sqlite:
            self._db.execute(_ADD_WORDS, {"ordinal": free, "terms": " ".join(terms)})

    def _replace(self, ordinal: int, old: str, terms: list[str], values: dict[str, str | None]) -> None:
        if self._sqlite:
            self._db.execute(_DROP_WORDS, {"ordinal": ordinal, "terms": old})
            self._db.execute(_ADD_WORDS, {"ordinal": ordinal, "terms": " ".join(terms)})
        query = update(ticket_search).where(_columns.ordinal == ordinal)
        self._db.execute(query.values(terms=self._stored(terms), **values))

    def _stored(self, terms: list[str]) -> object:
        return " ".join(terms) if self._sqlite else func.array_to_tsvector(terms)

    def candidates(self, wanted: Wanted, hashed: str | None, limit: int) -> list[int]:
        """See TicketIndex; `hashed` stands for the number that is wanted."""
        if wanted.number is not None:
            return self._ordinals(_range(wanted).where(_columns.number_hash == hashed).limit(limit))
        if not wanted.groups:
            return self._ordinals(_range(wanted).limit(limit))
        if self._sqlite:
            values = {"match": _fts5(wanted.groups), "low": wanted.low, "high": wanted.high, "most": limit}
            return list(self._db.execute(_MATCH, values).scalars())
        return self._in_stages(wanted, limit)

    def _in_stages(self, wanted: Wanted, limit: int) -> list[int]:
        # The planner takes words for independent: it would fetch 8,000 tickets of a place for the newest 50,
        # or walk a million for a rare word. Which of the two is done is said here.
        self._let_planner(enable_bitmapscan="off")
        near, span = self._near(wanted)
        low = max(wanted.low, near)
        found = self._walked(wanted, low, wanted.high, limit)
        further = _spans_left(len(found), limit) * span
        if low > wanted.low and limit > len(found) >= GOOD_PART * limit:
            high, low = low, max(wanted.low, near - further)
            found += self._walked(wanted, low, high, limit - len(found))
        self._let_planner(enable_bitmapscan="on", enable_indexscan="off", enable_seqscan="off")
        newest_age = low // AGE
        oldest_age = max((low - further) // AGE, newest_age - MOST_AGES + 1, 0)
        for until, ages in ((oldest_age * AGE, range(oldest_age, newest_age + 1)), (0, ())):
            if len(found) < limit and low > wanted.low:
                high, low = low, max(wanted.low, until)
                found += self._fetched(wanted, low, high, limit - len(found), ages)
        self._let_planner(enable_indexscan="on", enable_seqscan="on")
        return found

    def _near(self, wanted: Wanted) -> tuple[int, int]:
        """Where the newest end, and how much of the index's order they span."""
        below = select(_columns.ordinal).where(_columns.ordinal < wanted.high)
        newest_first = below.order_by(_columns.ordinal.desc()).limit(1)
        ends = select(newest_first.scalar_subquery(), newest_first.offset(NEWEST).scalar_subquery())
        top, near = (each or 0 for each in self._db.execute(ends).one())
        return near, top - near

    def _walked(self, wanted: Wanted, low: int, high: int, limit: int) -> list[int]:
        query = _range(Wanted(low=low, high=high)).where(text("terms @@ cast(:terms as tsquery)"))
        return self._ordinals(query.limit(limit), {"terms": _tsquery(wanted.groups)})

    def _fetched(self, wanted: Wanted, low: int, high: int, limit: int, ages: Iterable[int]) -> list[int]:
        query = _range(Wanted(low=low, high=high)).where(text(f"{TERMS_AND_AGE} @@ cast(:terms as tsquery)"))
        of_ages = [f"_a{age}" for age in ages]
        terms = _tsquery([*wanted.groups, of_ages] if of_ages else wanted.groups)
        return self._ordinals(query.limit(limit), {"terms": terms})

    def _let_planner(self, **settings: str) -> None:
        self._db.execute(select(*(func.set_config(name, value, True) for name, value in settings.items())))

    def _ordinals(self, query: Select[int], values: dict[str, str] | None = None) -> list[int]:
        return list(self._db.execute(query, values or {}).scalars())

    def newest_and_oldest(self) -> tuple[int, int]:
        """The ends of the index; (0, 0) when it is empty."""
        newest, oldest = self._db.execute(
            select(func.max(_columns.ordinal), func.min(_columns.ordinal))
        ).one()
        return newest or 0, oldest or 0


def _spans_left(found: int, limit: int) -> int:
    """In how many more spans the rest is, as far as the first one tells."""
    return -(-LONGER * (limit - found) // found) if found else RARE


def _range(wanted: Wanted) -> Select[int]:
    query = select(_columns.ordinal).where(_columns.ordinal >= wanted.low, _columns.ordinal < wanted.high)
    return query.order_by(_columns.ordinal.desc())


def _fts5(groups: Iterable[Iterable[str]]) -> str:
    """`("a" OR "b") AND ("c")`; every term is quoted, so nothing of it is syntax."""
    return " AND ".join(
        "(" + " OR ".join('"' + t.replace('"', '""') + '"' for t in group) + ")" for group in groups
    )


def _tsquery(groups: Iterable[Iterable[str]]) -> str:
    """The same for PostgreSQL."""
    return " & ".join("(" + " | ".join(_lexeme(term) for term in group) + ")" for group in groups)


def _lexeme(term: str) -> str:
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"
