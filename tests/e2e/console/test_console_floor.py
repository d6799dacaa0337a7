"""The supervisors' page in a real browser: live, masked, listening only when asked, looks recorded."""

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from hotline.domain.ids import CallId
from tests.support.browser import SeatPage
from tests.support.console_stage import WORDS, Stage
from tests.support.console_talk import eventually


@pytest.fixture
def floor(stage: Stage, browser: Browser) -> Iterator[SeatPage]:
    page = SeatPage(browser, stage.address, "sup01")
    page.page.goto(f"{stage.address}/login")
    page.page.locator("button[name=login][value=sup01]").click()
    expect(page.page.locator("#tiles li")).to_have_count(50)
    yield page
    page.context.close()
    assert page.problems == []


@pytest.fixture
def call(stage: Stage) -> Iterator[CallId]:
    """seat20 talks, on no browser of ours."""
    pbx, stage.pbx = stage.pbx, None
    call = stage.arrive("13812345678")
    stage.hear(call)
    stage.queue(call)
    stage.ring(call, "seat20")
    stage.answer(call, "seat20")
    stage.pbx = pbx
    yield call
    stage.hang_up(call)
    stage.clear("seat20")


def test_queues_seats_and_waiting_calls_are_live(stage: Stage, floor: SeatPage) -> None:
    page = floor.page
    waiting = stage.arrive("15087654321")
    stage.hear(waiting, "有人落水", (), urgency="人身危险")
    stage.queue(waiting, "planning")
    row = page.locator("#waiting li", has_text="150****4321")
    expect(row).to_contain_text("人身危险")
    expect(page.locator("[data-queue=planning] td").nth(1)).to_have_text("1")
    stage.want("seat21", "paused", "meal")
    expect(page.locator("[data-seat=seat21]")).to_have_attribute("data-state", "paused")
    expect(page.locator("[data-seat=seat21]")).to_contain_text("用餐")
    stage.hang_up(waiting)
    expect(page.locator("#waiting")).to_contain_text("没有人在等待")
    expect(page.locator("#figure-missed b")).not_to_have_text("0")
    stage.clear("seat21")


def test_words_are_shown_on_a_click_that_is_recorded(stage: Stage, floor: SeatPage, call: CallId) -> None:
    page = floor.page
    page.locator("[data-seat=seat20]").click()
    expect(page.locator("#detail")).to_contain_text("138****5678")
    assert WORDS not in page.content()
    page.locator("#show-words").click()
    expect(page.locator("#detail .words")).to_have_text(WORDS)
    with stage.storage.reading() as tx:
        [view] = tx.views.of_call(call)
    assert view["what"] == "transcript"


def test_a_supervisor_listens_on_the_own_browser(stage: Stage, floor: SeatPage, call: CallId) -> None:
    page = floor.page
    page.locator("[data-seat=seat20]").click()
    page.locator("#listen").click()
    eventually(page, lambda: "call.listen" in stage.commands, "the switch is asked")
    stage.invite("sup01", {"X-Hotline-Purpose": "listen"})
    expect(page.locator("#listening-text")).to_contain_text("正在监听 seat20")
    assert stage.is_talking("sup01")
    page.locator("#stop-listening").click()
    expect(page.locator("#listening")).to_be_hidden()
    eventually(page, lambda: not stage.has_leg("sup01"), "the listening is over")


def test_an_invite_nobody_asked_for_is_not_answered(stage: Stage, floor: SeatPage, call: CallId) -> None:
    page = floor.page
    page.locator("[data-seat=seat20]").click()
    page.locator("#listen").click()
    eventually(page, lambda: stage.commands.count("call.listen") > 0, "the phone is registered")
    page.locator("#stop-listening").click()
    for headers in ({"X-Hotline-Purpose": "listen"}, {"X-Hotline-Call-Id": str(uuid.uuid4())}):
        stage.invite("sup01", headers)
        page.wait_for_timeout(1000)
        assert not stage.is_talking("sup01")
        stage.hang_up_leg("sup01")


def test_the_parts_and_the_age_of_the_data_are_shown(stage: Stage, floor: SeatPage) -> None:
    page = floor.page
    expect(page.locator("[data-part=database]")).to_contain_text("正常")
    stage.redis.stop()
    try:
        expect(page.locator("[data-part=redis]")).to_contain_text("无响应")
    finally:
        stage.redis.start()
    expect(page.locator("[data-part=redis]")).to_contain_text("正常")
    stage.stop_web()
    try:
        expect(page.locator("#parts .age")).to_contain_text("可能过时")
        expect(page.locator("[data-notice=down]")).to_be_visible()
    finally:
        stage.start_web()
    expect(page.locator("#parts .age")).to_contain_text("数据更新于")


def test_the_floor_fits_the_screen(stage: Stage, floor: SeatPage) -> None:
    floor.page.locator("[data-seat=seat20]").click()
    over = floor.page.evaluate(
        "[document.documentElement, document.getElementById('tiles')]"
        ".filter((e) => e.scrollHeight > e.clientHeight + 1).map((e) => e.id)"
    )
    assert over == []
