"""The page of deadlines in a real browser: a figure opens its tickets, and each is decided there."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from hotline.topics_file import load_topics
from tests.support.browser import SeatPage
from tests.support.console_stage import Stage
from tests.support.deadline_city import DeadlineCity


@pytest.fixture
def boss(stage: Stage, browser: Browser) -> Iterator[SeatPage]:
    page = SeatPage(browser, stage.address, "sup01")
    page.page.goto(f"{stage.address}/login")
    page.page.locator("button[name=login][value=sup01]").click()
    expect(page.page.locator("#tiles li")).to_have_count(50)
    yield page
    page.context.close()
    assert page.problems == []


def is_wider_than_its_window(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def test_a_supervisor_decides_issues_and_prints(stage: Stage, boss: SeatPage) -> None:
    city = DeadlineCity(
        stage.storage, load_topics(stage.settings.topics_file), stage.settings, datetime.now(UTC)
    )
    asked, returned, late = city.asks(), city.returned_twice(), city.in_hand(40, 2)
    city.run_clock()
    page = boss.page
    page.locator("a[href='/deadlines']").click()
    row = page.locator(f"[data-ticket='{returned}']")
    row.locator("[data-act=force]").click()
    page.locator("#act-yes").click()
    expect(page.locator("#act-problem")).to_contain_text("承办单位")
    page.locator("#field-unit").select_option(city.units[3])
    page.locator("#field-decision").fill("按职责分工办理")
    page.locator("#act-yes").click()
    expect(page.locator("[data-figure=arbitration] b")).to_have_text("0")
    page.locator("[data-figure=extensions]").click()
    page.locator(f"[data-ticket='{asked}'] [data-act=grant_extension]").click()
    page.locator("#field-reason").fill("配件在途，情况属实")
    page.locator("#act-yes").click()
    expect(page.locator("#toast")).to_contain_text(asked)
    expect(page.locator("[data-figure=extensions] b")).to_have_text("0")
    page.locator("[data-figure=overdue]").click()
    row = page.locator(f"[data-ticket='{late}']")
    number = row.locator(".paper").inner_text()
    row.locator("[data-act=reissue]").click()
    page.locator("#field-reason").fill("单位名称有误")
    page.locator("#act-yes").click()
    expect(row.locator(".paper")).not_to_have_text(number)
    printed = page.context.request.get(f"{stage.address}{row.locator('.paper').get_attribute('href')}")
    assert printed.body().startswith(b"%PDF-")
    page.locator("#share .number").last.click()
    due = int(page.locator("#share .number").last.inner_text())
    expect(page.locator(".tickets-table tbody tr")).to_have_count(due)
    done = city.done(1)
    page.reload()
    said = page.locator("#answers tr").first.locator("button")
    expect(said).to_have_text(["1", "100.0%", "100.0%", "100.0%"])
    said.last.click()
    expect(page.locator(".tickets-table tbody tr")).to_have_attribute("data-ticket", done)
    assert not is_wider_than_its_window(page)
    page.set_viewport_size({"width": 420, "height": 768})
    page.locator("[data-figure=overdue]").click()
    expect(page.locator("#list-title")).to_be_in_viewport()
    assert not is_wider_than_its_window(page), "nor on a telephone"
