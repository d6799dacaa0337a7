"""The Flask app on a real database, without a window and without a wire."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from hotline import bootstrap
from hotline.services import accounts
from hotline.settings import Settings
from hotline.storage.passwords import Argon2Passwords
from hotline.storage.sql import SqlStorage
from hotline.topics_file import load_topics
from seat_console import create_app
from tests.fakes.console_parts import ConsoleParts, QuietBell, Somebody, log_in

PASSWORD = "the administrator's own"


def settings_in(folder: Path, demo: bool) -> Settings:
    return Settings.from_env({"HOTLINE_RUNTIME_DIR": str(folder), "HOTLINE_DEMO": "1" if demo else "0"})


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A runtime folder after the first start, the administrator with a password of his own."""
    folder = tmp_path_factory.mktemp("first")
    settings = settings_in(folder, demo=True)
    login = bootstrap.prepare(settings)
    assert login
    storage = SqlStorage.open(settings.database_url)
    with storage.writing() as tx:
        account = tx.accounts.by_login(login.login)
        assert account
        accounts.change_password(tx, Argon2Passwords(), account.id, login.password, PASSWORD)
    storage.close()
    return folder


@pytest.fixture
def parts(first_start: Path, tmp_path: Path) -> Iterator[ConsoleParts]:
    folder = tmp_path / "run"
    shutil.copytree(first_start, folder)
    settings, bell = settings_in(folder, demo=True), QuietBell()
    storage = SqlStorage.open(settings.database_url, on_commit=bell.ring, number_key=settings.number_secret)
    yield ConsoleParts(
        settings=settings, storage=storage, topics=load_topics(settings.topics_file), bell=bell
    )
    storage.close()


@pytest.fixture
def app(parts: ConsoleParts) -> Flask:
    return create_app(parts)


@pytest.fixture
def plain_app(parts: ConsoleParts) -> Flask:
    """The same without the demo."""
    parts.settings = settings_in(parts.settings.runtime_dir, demo=False)
    return create_app(parts)


@pytest.fixture
def admin(app: Flask) -> Somebody:
    return log_in(app, "admin", PASSWORD)
