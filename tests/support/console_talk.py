"""What a test does at a seat's page on the stage, again and again."""

import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from hotline.domain.ids import CallId
from hotline.domain.ticket import TicketFields
from tests.support.browser import SeatPage
from tests.support.console_stage import Stage
from tests.support.patience import PATIENCE_S


def ring(stage: Stage, seat: SeatPage, number: str | None = "13812345678") -> CallId:
    """A citizen who spoke of a water outage rings at seat01."""
    call = stage.arrive(number)
    stage.hear(call)
    stage.queue(call)
    stage.ring(call, "seat01")
    seat.rings()
    return call


def talk(stage: Stage, seat: SeatPage) -> CallId:
    """The same, and seat01 has answered."""
    call = ring(stage, seat)
    seat.page.keyboard.press("a")
    stage.answer(call, "seat01")
    seat.shows("talking")
    expect(seat.page.locator("#what")).to_be_enabled()
    return call


def stored(stage: Stage, call: CallId) -> TicketFields:
    """What the database has of the call's ticket."""
    with stage.storage.reading() as tx:
        ticket = tx.tickets.of_call(call)
    assert ticket
    return ticket.fields


def eventually(page: Page, true: Callable[[], object], what: str, timeout_s: float = PATIENCE_S) -> None:
    """Poll until `true()` while the page goes on living."""
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s: {what}"
        page.wait_for_timeout(50)
