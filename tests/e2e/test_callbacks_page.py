"""A seat calls back, in Chromium on the whole hotline: who gave up waiting, and whom a unit has replied to."""

from playwright.sync_api import expect

from hotline.domain.ids import TicketId
from tests.support.browser import SeatPage
from tests.support.citizen_phone import citizen_phone
from tests.support.patience import PATIENCE_MS
from tests.support.replied import replied_ticket
from tests.support.servers import wait_until
from tests.support.stack import Stack, outcome

NUMBER, OTHER = "13900000077", "13900000088"


def a_replied_ticket(stack: Stack) -> TicketId:
    storage = stack.storage
    with storage.writing() as tx:
        ticket = replied_ticket(tx, OTHER)
    storage.close()
    return ticket


def test_a_seat_calls_back_who_was_missed_and_who_was_replied_to(stack: Stack, seat: SeatPage) -> None:
    seat.go("paused", "rest")
    call = stack.calling("--from", NUMBER, "--hang-up", "queue+1", "--expect", "missed", "--say", "停水")
    assert outcome(call)[1]["outcome"] in ("missed", "abandoned")
    ticket = a_replied_ticket(stack)
    page = seat.page
    page.reload()
    seat.shows("paused")
    expect(page.locator("#callbacks .callback-row")).to_have_count(2, timeout=PATIENCE_MS)
    assert NUMBER not in page.content() and OTHER not in page.content()
    with citizen_phone(stack.settings.trunk_out, NUMBER) as phone:
        page.get_by_text("未接来电", exact=True).click()
        page.locator("#callback-dial").click()
        expect(page.locator("#callback-line")).to_have_text("通话中，正在录音", timeout=PATIENCE_MS)
        assert "12341" in phone.shown[-1]
        seat.write("人民路停水三天")
        expect(page.locator("#draft-status[data-status=saved]")).to_be_visible()
        phone.hang_up()
        expect(page.locator("#callback-line")).to_have_text("通话已结束", timeout=PATIENCE_MS)
        assert NUMBER not in page.content()
        page.locator("#save").click()
        expect(page.locator("#toast")).to_contain_text("已受理")
        seat.shows("ready")

        page.locator("#callbacks").get_by_text(ticket).click()
        expect(page.locator("#callback-facts")).to_contain_text("主管道已修复")
        page.locator("#callback-dial").click()
        expect(page.locator("#callback-line")).to_have_text("通话中，正在录音", timeout=PATIENCE_MS)
        for name, value in (("responded", "yes"), ("solved", "no"), ("satisfaction", "not")):
            page.locator(f"input[name={name}][value={value}]").check()
        page.locator("#callback-words").fill("又停了")
        page.locator("#callback-hang-up").click()
        expect(page.locator("#callback-line")).to_have_text("通话已结束", timeout=PATIENCE_MS)
        page.locator("#callback-save").click()
        expect(page.locator("#toast")).to_contain_text("已转为重办工单")
        seat.shows("ready")
    with stack.storage.reading() as tx:
        course = tx.courses.get(ticket)
        assert course and course.state == "closed" and course.again_as
        dials = tx.callbacks.of_ticket(course.key)
        assert [(dial.seat, dial.result) for dial in dials] == [("seat01", "answered")]
        sound = stack.settings.recordings_dir / f"{dials[0].id}.wav"
    wait_until(lambda: sound.exists() and sound.stat().st_size > 4_000, "both voices are recorded")
    shown = seat.context.new_page()
    shown.goto(f"{stack.web}/tickets/{ticket}")
    source = shown.locator("#told-rows audio").get_attribute("src")
    assert source and shown.request.get(f"{stack.web}{source}").body() == sound.read_bytes()
    expect(page.locator("#callbacks .callback-row")).to_have_count(0, timeout=PATIENCE_MS)
