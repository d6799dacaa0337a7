"""Real servers shared by a test run, and a fresh database for each test on each of the two."""

import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hotline.storage.sql import SqlStorage, migrate
from tests.support.servers import RedisServer, running_postgres, running_redis


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis the test may stop or freeze."""
    with running_redis() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy: the migrations take longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "hotline.db"
    migrate(f"sqlite:///{path}")
    with sqlite3.connect(path) as database:
        database.execute("pragma wal_checkpoint(truncate)")
    database.close()
    return path


@pytest.fixture(scope="session")
def migrated_template(postgres_server: str) -> str:
    """A migrated PostgreSQL database to copy."""
    create_database(postgres_server, "template_hotline", "")
    migrate(url_of(postgres_server, "template_hotline"))
    return "template template_hotline"


def create_database(server: str, name: str, how: str) -> None:
    """`how`: "", or `template NAME`."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f'create database "{name}" {how}')


def url_of(server: str, name: str) -> str:
    """As SQLAlchemy wants it."""
    return f"{server}/{name}".replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database: a migrated copy where the test asks for `storage`, else an empty one.

    PostgreSQL is started only when a test asks for it.
    """
    migrated = "storage" in request.fixturenames
    if request.param == "sqlite":
        if migrated:
            shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "hotline.db")
        return f"sqlite:///{tmp_path}/hotline.db"
    server: str = request.getfixturevalue("postgres_server")
    name = f"t{uuid.uuid4().hex}"
    create_database(server, name, request.getfixturevalue("migrated_template") if migrated else "")
    return url_of(server, name)


@pytest.fixture
def storage(database_url: str) -> Iterator[SqlStorage]:
    opened = SqlStorage.open(database_url)
    yield opened
    opened.close()
