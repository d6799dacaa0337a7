"""The Flask app on a real database, without a window and without a wire.

On SQLite, and with TEST_CONSOLE_ON=postgresql (`make test-postgres`) on PostgreSQL.
"""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from hotline import bootstrap
from hotline.services import accounts
from hotline.settings import Settings
from hotline.storage.sql import SqlStorage
from seat_console import create_app
from tests.fakes.console_parts import ConsoleParts, QuietBell, Somebody, log_in
from tests.integration.conftest import create_database, url_of
from tests.support import quick

PASSWORD = "the administrator's own"


ON_POSTGRES = os.environ.get("TEST_CONSOLE_ON", "sqlite") == "postgresql"
FIRST = "first_start"


def settings_in(folder: Path, demo: bool, url: str) -> Settings:
    env = {"HOTLINE_RUNTIME_DIR": str(folder), "HOTLINE_DEMO": "1" if demo else "0"}
    return Settings.from_env(env | {"HOTLINE_DATABASE_URL": url})


@pytest.fixture(scope="session")
def first_start(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A runtime folder after the first start, the administrator with a password of his own."""
    folder = tmp_path_factory.mktemp("first")
    settings = settings_in(folder, True, _database(request, folder, FIRST, ""))
    login = bootstrap.prepare(settings)
    assert login
    storage = SqlStorage.open(settings.database_url)
    with storage.writing() as tx:
        account = tx.accounts.by_login(login.login)
        assert account
        accounts.change_password(tx, quick.PASSWORDS, account.id, login.password, PASSWORD)
    storage.close()
    return folder


def _database(request: pytest.FixtureRequest, folder: Path, name: str, how: str) -> str:
    """The address of the database in `folder`, or of one made on the PostgreSQL of this run."""
    if not ON_POSTGRES:
        return f"sqlite:///{folder}/hotline.db"
    server: str = request.getfixturevalue("postgres_server")
    create_database(server, name, how)
    return url_of(server, name)


@pytest.fixture
def parts(request: pytest.FixtureRequest, first_start: Path, tmp_path: Path) -> Iterator[ConsoleParts]:
    folder = tmp_path / "run"
    shutil.copytree(first_start, folder)
    url = _database(request, folder, f"c{uuid.uuid4().hex}", f"template {FIRST}")
    settings, bell = settings_in(folder, True, url), QuietBell()
    storage = SqlStorage.open(settings.database_url, on_commit=bell.ring, number_key=settings.number_secret)
    yield ConsoleParts(settings=settings, storage=storage, topics=quick.shipped_topics(), bell=bell)
    storage.close()


@pytest.fixture
def app(parts: ConsoleParts) -> Flask:
    return create_app(parts)


@pytest.fixture
def plain_app(parts: ConsoleParts) -> Flask:
    """The same without the demo."""
    parts.settings = settings_in(parts.settings.runtime_dir, False, parts.settings.database_url)
    return create_app(parts)


@pytest.fixture
def admin(app: Flask) -> Somebody:
    return log_in(app, "admin", PASSWORD)
