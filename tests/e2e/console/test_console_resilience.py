"""What a seat sees and keeps when a part is away: the server, Redis, Asterisk, the microphone, its own page."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from hotline.domain.ids import CallId
from hotline.domain.ticket import TicketFields
from hotline.services import tickets
from tests.support.browser import SeatPage
from tests.support.console_stage import Stage, now
from tests.support.console_talk import eventually, ring, stored, talk

_WITHOUT_SEAT = re.compile("坐席已转到别处使用|这个坐席正在别处使用")


@pytest.fixture
def with_web(stage: Stage) -> Iterator[None]:
    """Whatever the test did to the web process and to Redis is mended afterwards."""
    yield
    if stage.redis.process is None:
        stage.redis.start()
    if stage.web is None:
        stage.start_web()


def write_elsewhere(stage: Stage, call: CallId, what: str) -> None:
    """Another window of the same account saved the draft."""
    with stage.storage.writing() as tx:
        account, ticket = tx.accounts.by_login("seat01"), tx.tickets.of_call(call)
        assert account and ticket
        tickets.write_draft(tx, account, call, ticket.version, TicketFields(what=what), now())


def test_a_reload_loses_no_text(stage: Stage, seat: SeatPage) -> None:
    call = talk(stage, seat)
    seat.write("停水三天")
    seat.page.locator("#what").focus()
    seat.page.keyboard.press("End")
    seat.page.keyboard.insert_text("，急")
    seat.page.on("dialog", lambda dialog: dialog.accept())
    seat.page.reload()
    expect(seat.page.locator("#what")).to_have_value("停水三天，急")
    eventually(seat.page, lambda: stored(stage, call).what == "停水三天，急", "it is on the server too")


def test_leaving_with_a_call_is_asked_about(stage: Stage, seat: SeatPage) -> None:
    talk(stage, seat)
    asked: list[str] = []
    seat.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    seat.page.locator("#what").fill("停水")
    seat.page.evaluate("setTimeout(() => location.assign('/login'))")
    eventually(seat.page, lambda: asked, "the browser asks")
    assert asked == ["beforeunload"]
    assert stage.has_leg("seat01")


def test_with_the_server_away_the_text_stays_here_and_goes_there_later(
    stage: Stage, seat: SeatPage, with_web: None
) -> None:
    call = talk(stage, seat)
    stage.stop_web()
    expect(seat.page.locator("[data-notice=down]")).to_be_visible()
    seat.page.locator("#what").fill("服务器断开时写的")
    expect(seat.page.locator("#draft-status")).to_contain_text("内容留在本机")
    assert seat.page.evaluate(f"JSON.parse(sessionStorage['draft:{call}']).fields.what") == "服务器断开时写的"
    expect(seat.page.locator("#state-button")).to_be_disabled()
    expect(seat.page.locator("#hang-up")).to_be_enabled()
    stage.start_web()
    eventually(
        seat.page,
        lambda: stored(stage, call).what == "服务器断开时写的",
        "the text reached the server",
        30,
    )
    expect(seat.page.locator("[data-notice=down]")).to_have_count(0)
    expect(seat.page.locator("#draft-status")).to_contain_text("草稿已保存")


def test_with_the_server_away_a_call_is_still_answered_and_hung_up(
    stage: Stage, seat: SeatPage, with_web: None
) -> None:
    stage.stop_web()
    expect(seat.page.locator("[data-notice=down]")).to_be_visible()
    call = CallId("11111111-2222-4333-8444-555555555555")
    stage.invite("seat01", {"X-Hotline-Call-Id": call, "X-Hotline-From": "13800001111"})
    seat.rings()
    expect(seat.page.locator("#call-number")).to_have_text("138 0000 1111")
    seat.page.keyboard.press("a")
    eventually(seat.page, lambda: stage.is_talking("seat01"), "they talk")
    seat.page.locator("#what").fill("没有服务器也写下来")
    expect(seat.page.locator("#draft-status")).to_contain_text("内容留在本机")
    seat.page.locator("#hang-up").click()
    eventually(seat.page, lambda: not stage.has_leg("seat01"), "it is over")
    expect(seat.page.locator("#what")).to_have_value("没有服务器也写下来")
    kept = json.loads(seat.page.evaluate(f"sessionStorage['draft:{call}']"))
    assert kept["fields"]["what"] == "没有服务器也写下来"


def test_two_windows_that_wrote_differently_are_both_shown(stage: Stage, seat: SeatPage) -> None:
    call = talk(stage, seat)
    seat.page.locator("#what").fill("我的")
    expect(seat.page.locator("#draft-status")).to_contain_text("草稿已保存")
    write_elsewhere(stage, call, "另一个窗口的")
    seat.page.locator("#what").fill("我的，改过")
    expect(seat.page.locator("#conflict")).to_contain_text("另一个窗口的")
    assert stored(stage, call).what == "另一个窗口的"
    seat.page.locator("#conflict button.primary").click()
    eventually(seat.page, lambda: stored(stage, call).what == "我的，改过", "mine won")
    write_elsewhere(stage, call, "又一次")
    seat.page.locator("#what").fill("我的，再改")
    seat.page.locator("#conflict button:not(.primary)").click()
    expect(seat.page.locator("#what")).to_have_value("又一次")
    expect(seat.page.locator("#conflict")).to_be_hidden()


def test_without_redis_a_command_is_refused_in_words_and_calls_still_come(
    stage: Stage, seat: SeatPage, with_web: None
) -> None:
    stage.redis.stop()
    seat.go("paused", "rest")
    expect(seat.page.locator("#toast")).to_contain_text("稍后再试")
    seat.shows("ready")
    expect(seat.page.locator("[data-notice=part_down]")).to_contain_text("实时通道")
    call = ring(stage, seat)
    expect(seat.page.locator("#call-number")).to_have_text("138 1234 5678")
    seat.page.keyboard.press("a")
    stage.answer(call, "seat01")
    seat.shows("talking")


def test_the_softphone_finds_asterisk_again(stage: Stage, seat: SeatPage) -> None:
    assert stage.pbx
    stage.pbx.stop()
    try:
        expect(seat.page.locator("[data-notice=phone_away]")).to_be_visible()
    finally:
        stage.pbx.start()
    seat.page.wait_for_selector("body[data-line=registered]")
    expect(seat.page.locator("[data-notice=phone_away]")).to_have_count(0)
    call = ring(stage, seat)
    seat.page.keyboard.press("a")
    stage.answer(call, "seat01")


def test_a_forbidden_microphone_is_explained_and_the_call_keeps_ringing(
    stage: Stage, browser: Browser
) -> None:
    seat = SeatPage(browser, stage.address, "seat02")
    seat.context.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
    )
    seat.open()
    seat.page.wait_for_selector("body[data-line=registered]")
    seat.page.locator("#go-ready").click()
    expect(seat.page.locator("[data-notice=mic_denied]")).to_contain_text("允许麦克风")
    stage.invite("seat02", {"X-Hotline-Call-Id": "x", "X-Hotline-From": "13800001111"})
    seat.rings()
    seat.page.keyboard.press("a")
    expect(seat.page.locator("#leg-problem")).to_contain_text("麦克风")
    expect(seat.page.locator("#answer")).to_be_enabled()
    assert stage.has_leg("seat02")
    seat.context.close()


def test_a_second_page_says_so_and_may_take_over(stage: Stage, seat: SeatPage, browser: Browser) -> None:
    second = SeatPage(browser, stage.address, "seat01").open()
    expect(second.page.locator("#blocked-word")).to_have_text("这个坐席正在别处使用")
    assert second.page.evaluate("document.body.dataset.line") == "off"
    second.page.locator("#blocked-action").click()
    second.page.wait_for_selector("body[data-line=registered]")
    expect(seat.page.locator("#blocked-word")).to_have_text("坐席已转到别处使用")
    assert seat.page.evaluate("document.body.dataset.line") == "off"
    call = ring(stage, second)
    second.page.keyboard.press("a")
    stage.answer(call, "seat01")
    second.shows("talking")
    assert not seat.page.locator("#answer").is_visible()
    second.context.close()


def test_a_seat_taken_over_in_a_call_talks_to_its_end(stage: Stage, seat: SeatPage, browser: Browser) -> None:
    call = talk(stage, seat)
    second = SeatPage(browser, stage.address, "seat01").open()
    second.page.locator("#blocked-action").click()
    second.page.wait_for_selector("body[data-line=registered]")
    expect(seat.page.locator("[data-notice=seat_elsewhere]")).to_contain_text("本次通话在本页继续")
    assert stage.is_talking("seat01")
    seat.page.locator("#hang-up").click()
    expect(seat.page.locator("#blocked-word")).to_have_text("坐席已转到别处使用")
    stage.hang_up(call)
    second.shows("wrap_up")
    second.write("停水")
    second.save()
    second.shows("ready")
    ring(stage, second)
    second.context.close()


def test_a_session_that_ended_says_so_and_keeps_the_text(stage: Stage, seat: SeatPage) -> None:
    call = talk(stage, seat)
    with stage.storage.writing() as tx:
        account = tx.accounts.by_login("seat01")
        assert account
        tx.accounts.update(account.id, epoch=account.epoch + 1)
    expect(seat.page.locator("[data-notice=signed_out]")).to_be_visible()
    seat.page.locator("#what").fill("还在写")
    expect(seat.page.locator("#draft-status")).to_contain_text("内容留在本机")
    assert stage.has_leg("seat01")
    # The cookie is the browser's: logging in again in a second tab is enough.
    second = seat.context.new_page()
    second.goto(f"{stage.address}/login")
    second.locator("button[name=login][value=seat01]").click()
    # The page with the call and the unsaved words takes its seat back, before the other has it or after.
    expect(second.locator("#blocked-word")).to_have_text(_WITHOUT_SEAT)
    eventually(seat.page, lambda: stored(stage, call).what == "还在写", "it is stored", 20)
    expect(seat.page.locator("[data-notice=signed_out]")).to_have_count(0)
    seat.page.wait_for_selector("body[data-line=registered]")
    assert stage.is_talking("seat01")
