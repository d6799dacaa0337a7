"""A supervisor sees queues, waiting calls and seats live on one page, and listens to a call."""

from pathlib import Path

from playwright.sync_api import Browser

from tests.support.browser import SCREEN, SeatPage
from tests.support.patience import PATIENCE_MS
from tests.support.stack import Stack, outcome


def test_a_supervisor_sees_a_call_and_listens(
    stack: Stack, seat: SeatPage, browser: Browser, sentence: Path
) -> None:
    context = browser.new_context(viewport=SCREEN, locale="zh-CN", permissions=["microphone"])
    floor = context.new_page()
    floor.goto(f"{stack.web}/login")
    floor.locator("button[name=login][value=sup01]").click()
    floor.wait_for_selector("[data-seat=seat01][data-state=ready]")
    call = stack.calling("--wav", str(sentence), "--from", "13511110001")
    seat.rings()
    floor.wait_for_selector("[data-seat=seat01][data-state=ringing]")
    seat.answer()
    floor.wait_for_selector("[data-seat=seat01][data-state=talking]")
    floor.locator("[data-seat=seat01]").click()
    assert "13511110001" not in floor.content()
    floor.locator("#listen").click()
    floor.wait_for_selector("#listening-text:has-text('seat01')", timeout=PATIENCE_MS)
    floor.locator("#stop-listening").click()
    floor.wait_for_selector("#listening", state="hidden")
    assert seat.page.locator("body[data-phase=talking]").count() == 1
    storage = stack.storage
    with storage.reading() as tx:
        (live,) = tx.calls.live()
        views = tx.views.of_call(live.id)
    storage.close()
    assert [view["what"] for view in views] == ["listened"]
    seat.hang_up()
    assert outcome(call)[0] == 0
    context.close()
