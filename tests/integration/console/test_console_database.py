"""What the pages say and log when the database refuses or is locked."""

import logging
import threading
from datetime import UTC, datetime

import pytest
from flask import Flask

from hotline.domain.call import Call, CallState
from hotline.domain.errors import Unavailable
from hotline.domain.ids import CallId
from hotline.storage.engine import open_engine
from hotline.storage.sql import SqlStorage
from tests.fakes.console_parts import ConsoleParts, log_in
from tests.support.patience import PATIENCE_S

CALL = CallId("5f0e7c1e-0000-4000-8000-000000000001")
NOW, NUMBER = datetime(2026, 11, 22, 1, 0, tzinfo=UTC), "13812345678"


def test_a_refused_statement_tells_no_log_what_was_in_it(
    app: Flask, parts: ConsoleParts, caplog: pytest.LogCaptureFixture
) -> None:
    somebody = log_in(app, "seat01")
    assert somebody.get("/api/snapshot").status_code == 200

    class Refusing:
        def as_view(self) -> list[object]:
            call = Call(id=CALL, arrived_at=NOW, from_number=NUMBER, state=CallState.ENDED)
            with parts.storage.writing() as tx:
                tx.calls.save(call)  # without its end: PostgreSQL names the whole row
            return []

    parts.topics = Refusing()  # type: ignore[assignment]
    with caplog.at_level(logging.DEBUG):
        assert somebody.get("/api/snapshot").status_code == 500
    assert "/api/snapshot failed: IntegrityError at " in caplog.text
    assert "hotline/storage/calls.py:" in caplog.text
    assert NUMBER not in caplog.text


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
