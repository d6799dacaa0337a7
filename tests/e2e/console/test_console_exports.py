"""The lists of tickets and of the deadlines taken home in a real Chromium: the file has what the page lists."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from hotline.topics_file import load_topics
from tests.support.browser import SeatPage
from tests.support.console_stage import Stage, running_stage
from tests.support.deadline_city import DeadlineCity

LATE, OPEN = 3, 55  # more than a page of the list holds


@pytest.fixture(scope="module")
def city() -> Iterator[tuple[Stage, DeadlineCity]]:
    with running_stage() as stage:
        topics = load_topics(stage.settings.topics_file)
        city = DeadlineCity(stage.storage, topics, stage.settings, datetime.now(UTC))
        for n in range(OPEN):
            city.ticket(40 + n if n < LATE else 0.1, n % 3)
        city.asks(), city.returned_twice()
        yield stage, city
        print((stage.folder / "web.log").read_text()[-4000:])


@pytest.fixture
def boss(city: tuple[Stage, DeadlineCity], browser: Browser) -> Iterator[SeatPage]:
    page = SeatPage(browser, city[0].address, "sup01")
    page.page.goto(f"{city[0].address}/login")
    page.page.locator("button[name=login][value=sup01]").click()
    page.page.wait_for_url("**/floor")
    yield page
    page.context.close()
    assert page.problems == []


def taken(page: Page, format_: str, folder: Path) -> list[str]:
    """The tickets in the file of the list as it is shown."""
    page.locator(f"button[data-format={format_}]").click()
    with page.expect_download() as downloading:
        page.locator("#download").click()
    path = folder / "list.csv"
    downloading.value.save_as(path)
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    return [row[0] for row in rows[1:]]


def listed(page: Page) -> list[str | None]:
    return [row.get_attribute("data-ticket") for row in page.locator("tr[data-ticket]").all()]


def test_the_list_of_tickets_as_it_is_filtered(
    city: tuple[Stage, DeadlineCity], boss: SeatPage, tmp_path: Path
) -> None:
    page = boss.page
    page.goto(f"{city[0].address}/tickets")
    rows = page.locator("tr[data-ticket]")
    expect(rows).to_have_count(50)
    whole = taken(page, "csv", tmp_path)
    page.locator("#more").click()
    expect(rows).to_have_count(OPEN + 2)
    assert whole == listed(page)

    page.locator("#due").select_option("overdue")
    expect(rows).to_have_count(LATE)
    expect(page.locator("#download")).to_have_count(0)  # what was made is not of this list
    assert taken(page, "csv", tmp_path) == listed(page)
    page.locator("#state").select_option("closed")
    expect(page.locator("#rows .empty")).to_be_visible()
    expect(page.locator("button[data-format=csv]")).to_be_disabled()


def test_the_tickets_that_a_figure_counts(
    city: tuple[Stage, DeadlineCity], boss: SeatPage, tmp_path: Path
) -> None:
    page = boss.page
    page.goto(f"{city[0].address}/deadlines")
    rows = page.locator("tr[data-ticket]")
    for figure, count in (("overdue", LATE), ("returned", 1)):
        page.locator(f"[data-figure={figure}]").click()
        expect(rows).to_have_count(count)
        assert taken(page, "csv", tmp_path) == listed(page)
    page.locator("[data-figure=register]").click()
    expect(page.locator("#export")).to_be_hidden()
    page.locator("[data-figure=overdue]").click()
    expect(page.locator("button[data-format=csv]")).to_be_enabled()
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide
