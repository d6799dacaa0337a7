"""Real servers shared by a test run, and a fresh database for each test on each of the two."""

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


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database; PostgreSQL is started only when a test asks for it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/hotline.db"
    server: str = request.getfixturevalue("postgres_server")
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f'create database "{name}"')
    return f"{server}/{name}".replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture
def storage(database_url: str) -> Iterator[SqlStorage]:
    migrate(database_url)
    opened = SqlStorage.open(database_url)
    yield opened
    opened.close()
