"""An extension was granted: a seat finds the citizen on its list, tells him of the new date, and it is gone."""

from datetime import UTC, datetime

from playwright.sync_api import expect

from hotline.domain.ticket_moves import Action
from hotline.topics_file import load_topics
from tests.support.browser import SeatPage
from tests.support.console_stage import Stage
from tests.support.deadline_city import DeadlineCity


def test_a_seat_tells_a_citizen_of_his_new_date(stage: Stage, seat: SeatPage) -> None:
    now = datetime.now(UTC)
    city = DeadlineCity(stage.storage, load_topics(stage.settings.topics_file), stage.settings, now)
    ticket = city.asks()
    with stage.storage.reading() as tx:
        before = tx.courses.get(ticket)
    city.do(city.boss, ticket, Action.GRANT_EXTENSION, now)
    with stage.storage.reading() as tx:
        after = tx.courses.get(ticket)
    assert before and after
    page = seat.page
    page.reload()
    row = page.locator("#callbacks .callback-row").filter(has_text=ticket)
    expect(row).to_contain_text(f"原定 {before.deadline.day:%m-%d}，改为 {after.deadline.day:%m-%d}")
    row.click()
    expect(page.locator("#callback-title")).to_have_text(f"告知延期 {ticket}")
    expect(page.locator("#callback-facts")).to_contain_text("配件须从外地调运")
    expect(page.locator("#callback-questions")).to_be_hidden()
    page.locator("#callback-save").click()
    expect(page.locator("#toast")).to_contain_text("请选怎样告知的")
    page.locator("#callback-ways input[value=message]").check()
    page.locator("#callback-save").click()
    expect(page.locator("#toast")).to_contain_text("已告知新期限")
    expect(row).to_have_count(0)
    with stage.storage.reading() as tx:
        entry = tx.log.of(after.key)[-1]
    assert (entry.who, entry.action, dict(entry.detail)["how"]) == ("seat01", "tell_new_date", "message")
