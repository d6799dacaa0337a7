"""What the pages say and log when the database refuses or is locked."""

import logging
import threading

import pytest
from flask import Flask
from sqlalchemy import text

from hotline.domain.errors import Unavailable
from hotline.storage.engine import open_engine
from hotline.storage.sql import SqlStorage
from tests.fakes.console_parts import ConsoleParts, log_in
from tests.support.patience import PATIENCE_S


def test_a_refused_statement_tells_no_log_what_was_in_it(
    app: Flask, parts: ConsoleParts, caplog: pytest.LogCaptureFixture
) -> None:
    somebody = log_in(app, "seat01")
    assert somebody.get("/api/snapshot").status_code == 200

    class Refusing:
        def as_view(self) -> list[object]:
            with parts.storage.engine.connect() as connection:
                connection.execute(
                    text("insert into no_such_table values (:number)"), {"number": "13812345678"}
                )
            return []

    parts.topics = Refusing()  # type: ignore[assignment]
    with caplog.at_level(logging.DEBUG):
        assert somebody.get("/api/snapshot").status_code in (500, 503)
    assert "no_such_table" in caplog.text
    assert "13812345678" not in caplog.text


def test_while_the_database_is_locked_reading_goes_on_and_writing_says_so(
    parts: ConsoleParts,
) -> None:
    impatient = SqlStorage(open_engine(parts.settings.database_url, busy_ms=200))
    with parts.storage.writing() as mine:
        mine.tickets.next_id(2026)
        with impatient.reading() as tx:
            assert tx.accounts.by_login("seat01")
        with pytest.raises(Unavailable), impatient.writing() as theirs:
            theirs.tickets.next_id(2026)
    impatient.close()


def test_more_threads_than_connections_are_told_and_none_waits_for_ever(parts: ConsoleParts) -> None:
    let_go, told = threading.Event(), []

    def hold() -> None:
        try:
            with parts.storage.reading() as tx:
                tx.outbox.newest()
                let_go.wait(PATIENCE_S)
        except Unavailable as problem:
            told.append(str(problem))
            let_go.set()

    threads = [threading.Thread(target=hold) for _ in range(61)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert set(told) == {"all connections to the database are busy"}
