"""A seat's call in a real browser: what is shown before the answer, the keys, the ticket, the softphone."""

import time

import pytest
from playwright.sync_api import expect

from hotline.domain.events import CommandRefused
from hotline.domain.ids import SeatId
from hotline.domain.ticket import TicketState
from tests.support.browser import SeatPage
from tests.support.console_stage import WORDS, Stage, now
from tests.support.console_talk import eventually, ring, stored, talk

SECOND = 1000


def test_before_the_answer_the_seat_sees_who_and_what_about(stage: Stage, seat: SeatPage) -> None:
    before = time.time() * 1000
    call = ring(stage, seat)
    page = seat.page
    expect(page.locator("#call-number")).to_have_text("138 1234 5678")
    expect(page.locator("#words")).to_have_text(WORDS)
    expect(page.locator("#suggestions .suggestion")).to_have_count(3)
    first = page.locator("#suggestions .suggestion").first
    assert first.locator(".because mark").all_inner_texts() == ["停水", "没有水"]
    page.wait_for_selector("html[data-suggestions-call]")
    marks = page.evaluate("({...document.documentElement.dataset})")
    assert marks["ringCall"] == marks["suggestionsCall"] == call
    assert before < float(marks["ringPainted"]) < time.time() * 1000 + 50
    assert page.evaluate("document.activeElement.id") == "answer"


def test_a_call_becomes_a_ticket(stage: Stage, seat: SeatPage) -> None:
    call = talk(stage, seat)
    seat.write("停水三天")
    page = seat.page
    expect(page.locator("#unit")).to_have_value("市水务集团")
    expect(page.locator("#draft-status")).to_contain_text("草稿已保存")
    page.locator("#caller-title").click()
    page.keyboard.press("Backspace")
    expect(page.locator("#hang-up-word")).to_have_text("再按一次挂断")
    assert stage.has_leg("seat01")
    page.keyboard.press("Backspace")
    eventually(page, lambda: not stage.has_leg("seat01"), "the leg is over")
    stage.hang_up(call)
    seat.shows("wrap_up")
    page.locator("#state-button").click()
    expect(page.locator("[data-value=ready]")).to_be_disabled()
    page.keyboard.press("Escape")
    page.locator("#what").focus()
    page.keyboard.press("Control+Enter")
    seat.shows("ready")
    expect(page.locator("#toast")).to_contain_text("已受理")
    expect(page.locator("#recent li").first).to_contain_text("停水")
    with stage.storage.reading() as tx:
        ticket = tx.tickets.of_call(call)
    assert ticket and ticket.state is TicketState.HANDED_OVER
    assert ticket.fields.what == "停水三天"


def test_every_keystroke_is_on_the_server_within_a_second(stage: Stage, seat: SeatPage) -> None:
    call = talk(stage, seat)
    page = seat.page
    page.locator("#what").focus()
    for letter in "一二三四五六七八九十":
        page.keyboard.insert_text(letter)
        page.wait_for_timeout(120)  # typing without a pause must not put the saving off
    eventually(
        page, lambda: stored(stage, call).what.startswith("一二三四五六七八九十"), "all of it is stored", 15
    )


def test_keys_never_steal_what_is_being_written(stage: Stage, seat: SeatPage) -> None:
    talk(stage, seat)
    page = seat.page
    page.locator("#what").focus()
    page.keyboard.type("a m h 1 2 3 4 ?")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    assert page.locator("#what").input_value() == "a m h 1 2 3 4"
    assert page.locator("input[name=kind]:checked").count() == 0
    assert not page.locator("#cheat-sheet").is_visible()
    expect(page.locator("#mute")).to_have_attribute("aria-pressed", "false")
    assert stage.has_leg("seat01")
    page.keyboard.press("Alt+2")
    expect(page.locator("#topic")).to_have_value("水压低")
    expect(page.locator("#what")).to_have_value("a m h 1 2 3 4")


def test_enter_answers_and_keys_mute_hold_and_choose(stage: Stage, seat: SeatPage) -> None:
    call = ring(stage, seat)
    page = seat.page
    page.keyboard.press("Enter")
    stage.answer(call, "seat01")
    seat.shows("talking")
    page.keyboard.press("m")
    expect(page.locator("#mute")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("m")
    expect(page.locator("#mute")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("h")
    expect(page.locator("#hold")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#call-word")).to_have_text("保持中")
    page.keyboard.press("h")
    expect(page.locator("#hold")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("3")
    expect(page.locator("input[value=suggestion]")).to_be_checked()
    page.keyboard.press("?")
    expect(page.locator("#cheat-sheet")).to_be_visible()


def test_a_topic_is_found_by_the_letters_of_its_pinyin(stage: Stage, seat: SeatPage) -> None:
    talk(stage, seat)
    for typed in ("ts", "tsh", "tingshui", "停水"):
        seat.page.locator("#topic").fill(typed)
        expect(seat.page.locator("#topic ~ .choices li").first).to_contain_text("停水")
    seat.page.keyboard.press("Enter")
    expect(seat.page.locator("#unit")).to_have_value("市水务集团")
    seat.page.locator("#topic").fill("没有这个")
    seat.page.locator("#what").focus()
    expect(seat.page.locator("#topic")).to_have_value("停水")


def test_a_suggestion_taken_before_the_answer_is_kept_once_answered(stage: Stage, seat: SeatPage) -> None:
    call = ring(stage, seat)
    seat.page.locator("#suggestions .suggestion").nth(1).click()
    expect(seat.page.locator("#topic")).to_have_value("水压低")
    seat.page.wait_for_timeout(1 * SECOND)
    with stage.storage.reading() as tx:
        assert tx.tickets.of_call(call) is None  # it may still go to another seat
    seat.page.keyboard.press("a")
    stage.answer(call, "seat01")
    eventually(seat.page, lambda: stored(stage, call).topic == "water_pressure", "it is stored")


def test_a_call_this_phone_no_longer_has_is_hung_up_through_the_server(stage: Stage, seat: SeatPage) -> None:
    talk(stage, seat)
    seat.page.on("dialog", lambda dialog: dialog.accept())
    seat.page.reload()
    seat.shows("talking")
    expect(seat.page.locator("#leg-problem")).to_contain_text("不在本机")
    seat.hang_up()
    eventually(seat.page, lambda: "call.hang_up" in stage.commands, "the switch is asked")


def test_what_is_missing_is_said_at_its_field(stage: Stage, seat: SeatPage) -> None:
    talk(stage, seat)
    seat.page.locator("#place").fill("人民路")
    seat.save()
    expect(seat.page.locator(".field.wrong")).to_have_count(4)
    expect(seat.page.locator("[data-field=what] .field-problem")).to_have_text("请填写此项。")
    seat.write("停水")
    expect(seat.page.locator(".field.wrong")).to_have_count(0)


def test_clearing_can_be_undone(stage: Stage, seat: SeatPage) -> None:
    talk(stage, seat)
    seat.write("停水三天")
    seat.page.locator("#clear").click()
    expect(seat.page.locator("#what")).to_have_value("")
    seat.page.locator("#undo").click()
    expect(seat.page.locator("#what")).to_have_value("停水三天")
    expect(seat.page.locator("#topic")).to_have_value("停水")


def test_the_language_changes_without_ending_the_call(stage: Stage, seat: SeatPage) -> None:
    talk(stage, seat)
    seat.write("停水三天")
    seat.page.locator("#language").click()
    expect(seat.page.locator("#state-word")).to_have_text("Talking")
    expect(seat.page.locator("#topic")).to_have_value("Water outage")
    expect(seat.page.locator("#what")).to_have_value("停水三天")
    assert stage.has_leg("seat01")


def test_a_caller_with_an_open_ticket_is_shown_with_it(stage: Stage, seat: SeatPage) -> None:
    first = talk(stage, seat)
    seat.write("第一次")
    seat.save()
    seat.hang_up()
    stage.hang_up(first)
    seat.shows("ready")
    ring(stage, seat)
    expect(seat.page.locator("#open-tickets li").first).to_contain_text("停水")
    expect(seat.page.locator("#open-tickets li").first).to_contain_text("24:00 前办结")
    expect(seat.page.locator("#call-history")).to_contain_text("本月第")


def test_a_withheld_number_and_an_urgent_call(stage: Stage, seat: SeatPage) -> None:
    call = stage.arrive(None, "96616")
    stage.hear(call, "煤气味很大", (), urgency="燃气泄漏")
    stage.ring(call, "seat01")
    seat.rings()
    expect(seat.page.locator("#call-number")).to_have_text("未显示号码")
    expect(seat.page.locator("#urgent")).to_have_text("紧急：燃气泄漏")
    expect(seat.page.locator("#call-line")).to_contain_text("96616")
    expect(seat.page.locator("#suggestions")).to_contain_text("请直接选择")


HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


def test_what_a_stranger_says_or_writes_is_only_text(stage: Stage, seat: SeatPage) -> None:
    complaints: list[str] = []
    seat.page.on("console", lambda message: complaints.append(message.text))
    call = stage.arrive()
    stage.hear(call, HOSTILE, ())
    stage.ring(call, "seat01")
    seat.rings()
    expect(seat.page.locator("#words")).to_have_text(HOSTILE)
    seat.page.keyboard.press("a")
    stage.answer(call, "seat01")
    seat.shows("talking")
    for field in ("what", "place", "unit", "citizen_name"):
        seat.page.locator(f"#{field}").fill(HOSTILE)
    expect(seat.page.locator("#draft-status")).to_contain_text("草稿已保存")
    seat.page.keyboard.press("Escape")
    seat.page.locator("#caller-title").click()
    seat.page.keyboard.press("2")
    seat.page.locator("#topic").fill("停水")
    seat.page.keyboard.press("Enter")
    seat.page.locator("#unit").fill(HOSTILE)
    seat.save()
    expect(seat.page.locator("#draft-status")).to_contain_text("已受理")
    assert seat.page.locator("main img, main script").count() == 0
    assert seat.page.title() != "owned"
    assert not [text for text in complaints if "Content Security Policy" in text]


@pytest.mark.parametrize("header", ["<script>alert(1)</script>", "\"';--", "1" * 60])
def test_a_hostile_caller_id_in_the_invite_is_no_number(stage: Stage, seat: SeatPage, header: str) -> None:
    stage.invite("seat01", {"X-Hotline-Call-Id": "not-a-call", "X-Hotline-From": header})
    seat.rings()
    expect(seat.page.locator("#call-number")).to_have_text("未显示号码")


def test_a_refused_command_is_told_in_the_seats_language(stage: Stage, seat: SeatPage) -> None:
    said = {"save_first": "请先保存工单", "": "what nobody translated"}
    for reason, told in said.items():
        refused = CommandRefused(
            at=now(), command_id="1", seat=SeatId("seat01"), note="what nobody translated", reason=reason
        )
        with stage.storage.writing() as tx:
            tx.outbox.add([refused])
        expect(seat.page.locator("#toast")).to_contain_text(f"没有执行：{told}")


def test_a_whole_call_is_seen_without_scrolling(stage: Stage, seat: SeatPage) -> None:
    talk(stage, seat)
    seat.write("停水三天")
    for height in (768, 640):  # the monitor, and what a browser's bars leave of it
        seat.page.set_viewport_size({"width": 1366, "height": height})
        over = seat.page.evaluate(
            "[document.documentElement, ...document.querySelectorAll('.desk > .panel')]"
            ".filter((e) => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)"
            ".map((e) => e.className)"
        )
        assert over == []
        assert seat.page.locator("#save").is_visible()
        assert seat.page.locator("#hang-up").is_visible()


def test_a_listening_invite_is_not_answered_by_a_seat(stage: Stage, seat: SeatPage) -> None:
    stage.invite("seat01", {"X-Hotline-Purpose": "listen"})
    seat.rings()
    seat.page.wait_for_timeout(1 * SECOND)
    assert not stage.is_talking("seat01")
