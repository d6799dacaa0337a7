"""A refused row holds a citizen's number and words: no line of a log repeats them, whoever writes it."""

import asyncio
import io
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from hotline import log_lines
from hotline.domain.call import Call, CallState
from hotline.domain.ids import CallId
from hotline.log_lines import KindAndPlace, in_loop, kind_and_place
from hotline.storage.sql import SqlStorage

NUMBER = "13812345678"


def save_impossible(storage: SqlStorage) -> None:
    """A call that is over has its end: the database refuses this one, and PostgreSQL names the row."""
    call = CallId("5f0e7c1e-0000-4000-8000-000000000001")
    at = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    with storage.writing() as tx:
        tx.calls.save(Call(id=call, arrived_at=at, from_number=NUMBER, state=CallState.ENDED))


@pytest.fixture
def problem(storage: SqlStorage) -> Exception:
    with pytest.raises(Exception, match="ended") as refused:
        save_impossible(storage)
    if storage.engine.dialect.name == "postgresql":
        assert NUMBER in str(refused.value), "the driver does tell it"
    return refused.value


@contextmanager
def written() -> Iterator[io.StringIO]:
    """What the log's own handler writes."""
    page, handler = io.StringIO(), logging.StreamHandler()
    handler.setStream(page)
    handler.setFormatter(KindAndPlace(log_lines.LINE))
    logging.getLogger().addHandler(handler)
    try:
        yield page
    finally:
        logging.getLogger().removeHandler(handler)


def check(line: str) -> None:
    assert "IntegrityError at " in line and "hotline/storage/calls.py:" in line
    assert NUMBER not in line and "DETAIL" not in line and "insert into" not in line.lower()


def test_kind_and_place_are_told(problem: Exception) -> None:
    check(kind_and_place(problem))
    check(kind_and_place(ExceptionGroup("two", [problem, ValueError(NUMBER)])))


def test_a_librarys_traceback_is_its_kind_and_place(problem: Exception) -> None:
    with written() as page:
        logging.getLogger("gunicorn.error").error("Error handling request", exc_info=problem)
    check(page.getvalue())


def test_a_task_that_nobody_waited_for_is_told_alike(problem: Exception) -> None:
    async def body() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(in_loop)
        task = loop.create_future()
        task.set_exception(problem)
        loop.call_exception_handler({"message": "never retrieved", "exception": problem, "future": task})
        with pytest.raises(Exception, match="ended"):
            await task

    with written() as page:
        asyncio.run(body())
    check(page.getvalue())


def test_a_thread_that_ends_is_told_alike(storage: SqlStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", log_lines._thread_ended)
    with written() as page:
        thread = threading.Thread(target=save_impossible, args=(storage,), name="feed")
        thread.start()
        thread.join()
    check(page.getvalue())
    assert "the thread feed ended" in page.getvalue()
