"""The clock process on a real database: each minute, alive in long work, quiet about citizens, patient."""

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest

from hotline.clock import SUPERVISE_EVERY, Clock
from hotline.storage.engine import open_engine
from hotline.storage.sql import SqlStorage
from tests.support.matters import City, at
from tests.support.watch import PAPER, acts


class Told:
    """Implements Presence."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []

    def announce(self, process: str, figures: dict[str, Any]) -> None:
        self.said.append(figures)

    def alive(self) -> dict[str, dict[str, Any]]:
        return {}


def a_clock(storage: SqlStorage, told: Told) -> Clock:
    return Clock(storage, told, PAPER["issuer"], lambda: PAPER["topic_name"])


def test_it_works_each_minute_and_says_that_it_is_alive(
    storage: SqlStorage, caplog: pytest.LogCaptureFixture
) -> None:
    city, told = City(storage), Told()
    clock = a_clock(storage, told)
    city.in_hand(what="请打13812345678，停水三天")
    with caplog.at_level(logging.INFO):
        clock.tick(at(days=3))
    assert [act for act, _ in acts(city)] == ["remind_half"]
    assert told.said[0] == {}
    assert {"busy": True} in told.said
    later: datetime = at(days=4, hours=14)
    clock.tick(later)
    assert [act for act, _ in acts(city)] == ["remind_half", "remind_late"]
    city.in_hand()
    clock.tick(later + SUPERVISE_EVERY / 2)
    assert len(acts(city)) == 2
    clock.tick(later + SUPERVISE_EVERY)
    assert len(acts(city)) == 4
    assert "remind_half 1" in caplog.text
    for secret in ("138", "停水", "人民路"):
        assert secret not in caplog.text


def test_it_waits_for_the_database_without_falling_over(
    storage: SqlStorage, caplog: pytest.LogCaptureFixture
) -> None:
    city, told = City(storage), Told()
    ticket = city.a_ticket()
    impatient = SqlStorage(open_engine(storage.engine.url.render_as_string(False), busy_ms=200))
    clock = a_clock(impatient, told)
    with city.storage.writing() as tx:
        assert tx.courses.get(ticket)
        clock.tick(at(days=3))
    assert acts(city) == []
    assert "supervise: the database does not answer" in caplog.text
    clock.tick(at(days=3) + timedelta(seconds=1))
    assert [act for act, _ in acts(city)] == ["sign_overdue", "remind_half"]
    impatient.close()
