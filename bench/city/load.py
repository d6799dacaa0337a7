"""Puts rows into a database by its fastest way: one prepared statement a table, or COPY."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from sqlalchemy import text

from bench.city.memory import locked_in_memory
from bench.city.rows import NEWEST, NUMBER_KEY, Batch, Maker, Row
from hotline.calendars import shipped, sources
from hotline.domain.ticket_log import FIRST
from hotline.services import calendar, units
from hotline.settings import PACKAGE
from hotline.storage.passwords import Argon2Passwords
from hotline.storage.sql import SqlStorage, migrate
from hotline.storage.tables_search import TERMS, TERMS_AND_AGE
from hotline.topics_file import load_topics
from tests.support.servers import running_postgres

GIN = f"create index {TERMS} on ticket_search using gin ({TERMS_AND_AGE}) with (fastupdate = off)"
PREWARM = """
select sum(pg_prewarm(oid)) from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'i')
"""
TABLES = ("calls", "tickets", "ticket_log", "ticket_search")


@contextmanager
def sqlite() -> Iterator[SqlStorage]:
    """An empty city on SQLite, every commit on disk."""
    with TemporaryDirectory(prefix="hl-bench-") as folder:
        yield from _opened(f"sqlite:///{Path(folder)}/hotline.db")


@contextmanager
def postgres() -> Iterator[SqlStorage]:
    """The same on PostgreSQL, every commit on disk; with the one setting that docs/set-up.md advises."""
    with running_postgres(durable=True, settings=["shared_buffers=2GB"]) as server:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
            admin.execute("create database bench")
        yield from _opened(f"{server}/bench".replace("postgresql://", "postgresql+psycopg://"))


DATABASES = {"sqlite": sqlite, "postgres": postgres}


def _opened(url: str) -> Iterator[SqlStorage]:
    migrate(url)
    storage = SqlStorage.open(url, number_key=NUMBER_KEY)
    yield storage
    storage.close()


def furnish(storage: SqlStorage) -> dict[str, str]:
    """Calendar, units and people; returns the units' ids by their names."""
    with storage.writing() as tx:
        calendar.furnish(tx, shipped.load(), sources.statutory, NEWEST)
        topics = load_topics(PACKAGE / "topics/zhucheng.toml")
        units.furnish(tx, (topic.unit for topic in topics.topics))
        known = {unit.name: str(unit.id) for unit in tx.units.all()}
        hashed = Argon2Passwords().hash("nobody logs in here")
        alike: dict[str, Any] = {"password_hash": hashed, "must_change": False, "active": True, "epoch": 1}
        people = [("seat07", "seat", "seat07", None), ("seat08", "seat", "seat08", None)]
        people += [("boss", "supervisor", None, None)]
        people += [(f"user-{unit}", "unit", None, unit) for unit in known.values()]
        for login, role, seat, unit in people:
            tx.accounts.add(login=login, name=login, role=role, seat=seat, unit=unit, demo=False, **alike)
    return known


def fill(storage: SqlStorage, maker: Maker, count: int) -> None:
    """Add tickets; the log's head is as if each had been written by the program."""
    many = count > 200_000
    load = _into_sqlite if storage.engine.dialect.name == "sqlite" else _into_postgres
    with storage.reading() as tx:
        head = tx.log.head()
        maker.seq, maker.chain = head.seq, head.chain or FIRST
    with storage.engine.begin() as connection:
        if many and connection.dialect.name != "sqlite":
            # A million entries one by one take an hour; built at the end the index is the same.
            connection.execute(text(f"drop index {TERMS}"))
    for batch in maker.batches(0, count):
        load(storage, batch)
    with storage.engine.begin() as connection:
        values = {"seq": maker.seq, "chain": maker.chain}
        connection.execute(text("update log_head set seq = :seq, chain = :chain"), values)
        years = "insert into ticket_numbers (year, last) values (2026, 0) on conflict do nothing"
        connection.execute(text(years))
        if connection.dialect.name != "sqlite":
            keys = "select setval(pg_get_serial_sequence('tickets', 'key'), (select max(key) from tickets))"
            connection.execute(text(keys))
        if many and connection.dialect.name != "sqlite":
            connection.execute(text("set local maintenance_work_mem = '256MB'"))
            connection.execute(text("set local statement_timeout = 0"))
            connection.execute(text(GIN))
    _settle(storage)


def _settle(storage: SqlStorage) -> None:
    """As the database is after a night: PostgreSQL looked after itself, and no write-ahead log is left."""
    raw = storage.engine.raw_connection()
    try:
        cursor = raw.cursor()
        if storage.engine.dialect.name == "sqlite":
            cursor.execute("pragma wal_checkpoint(truncate)")
        else:
            raw.driver_connection.autocommit = True  # type: ignore[union-attr]
            cursor.execute("set statement_timeout = 0")
            cursor.execute("vacuum analyze")
            cursor.execute("checkpoint")
    finally:
        raw.invalidate()


@contextmanager
def held_in_memory(storage: SqlStorage) -> Iterator[None]:
    """As it is after a day of work: what is asked for has been read from the disk before, and has stayed.

    PostgreSQL keeps it in its shared buffers. SQLite leaves it to the kernel, and a virtual machine may have
    to give back what it did not touch for half a minute: so the file is locked in memory.
    """
    if storage.engine.dialect.name == "sqlite":
        with locked_in_memory(Path(str(storage.engine.url.database))):
            yield
        return
    with storage.engine.begin() as connection:
        connection.execute(text("set local statement_timeout = 0"))
        connection.execute(text("create extension if not exists pg_prewarm"))
        connection.execute(text(PREWARM))
    yield


def _into_sqlite(storage: SqlStorage, batch: Batch) -> None:
    raw = storage.engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("begin immediate")
        for table in TABLES:
            rows: list[Row] = getattr(batch, table)
            names = list(rows[0])
            marks = ", ".join("?" * len(names))
            values = [[_sqlite_value(row[name]) for name in names] for row in rows]
            cursor.executemany(f"insert into {table} ({', '.join(names)}) values ({marks})", values)
        words = [(row["ordinal"], row["terms"]) for row in batch.ticket_search]
        cursor.executemany("insert into ticket_words (rowid, terms) values (?, ?)", words)
        cursor.execute("commit")
    finally:
        raw.close()


def _sqlite_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    return int(value) if isinstance(value, bool) else value


def _into_postgres(storage: SqlStorage, batch: Batch) -> None:
    raw = storage.engine.raw_connection()
    try:
        connection: psycopg.Connection[Any] = raw.driver_connection  # type: ignore[assignment]
        with connection.cursor() as cursor:
            for table in TABLES:
                rows: list[Row] = getattr(batch, table)
                names = list(rows[0])
                with cursor.copy(f"copy {table} ({', '.join(names)}) from stdin") as copy:
                    for row in rows:
                        copy.write_row([_postgres_value(name, row[name]) for name in names])
        connection.commit()
    finally:
        raw.close()


def _postgres_value(name: str, value: object) -> object:
    if name == "terms":
        return " ".join(f"'{term}'" for term in str(value).split())
    return value


def bytes_of(storage: SqlStorage) -> int:
    """What the database takes on disk."""
    with storage.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            return Path(str(storage.engine.url.database)).stat().st_size
        return int(connection.execute(text("select pg_database_size(current_database())")).scalar_one())
