"""Opens the database: SQLite in WAL mode, every commit on disk, or PostgreSQL; nobody waits for ever."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Select,
    any_,
    create_engine,
    event,
    literal,
)
from sqlalchemy.engine import make_url

BUSY_MS = 5_000
WRITING = "hotline_writing"
MAPPED = (
    2**31
)  # bytes of the file that are read as memory: searches among a million tickets take a third of the time
# A failing statement's values are numbers and words of citizens, and its message goes to a log.
# While somebody holds a lock the other threads must still find a connection, or be told soon.
_ALIKE: dict[str, Any] = {"hide_parameters": True, "pool_size": 20, "pool_timeout": 5}


def open_engine(url: str, busy_ms: int = BUSY_MS) -> Engine:
    """An engine for `url`; a lock held longer than `busy_ms` makes an OperationalError."""
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": busy_ms / 1000}, max_overflow=40, **_ALIKE)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    options = f"-c lock_timeout={busy_ms} -c statement_timeout={busy_ms * 6} -c timezone=UTC"
    connect = {"options": options, "connect_timeout": 5}
    return create_engine(url, pool_pre_ping=True, connect_args=connect, **_ALIKE)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by us, not by the driver's guess
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA mmap_size={MAPPED}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING, False)
    # A writer takes its lock at once: a lock taken in the middle cannot be waited for.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def among(db: Connection, column: ColumnElement[int], keys: Sequence[int]) -> ColumnElement[bool]:
    """Whether `column` is one of thousands: for PostgreSQL they are one value, which it reads much faster."""
    if db.dialect.name == "sqlite":
        return column.in_(keys)
    return column == any_(literal(list(keys), ARRAY(BigInteger)))


def locked(query: Select[Any], lock: bool) -> Select[Any]:
    """The same rows, held until the commit when we mean to write them (a no-op on SQLite)."""
    return query.with_for_update() if lock else query
