"""The search page in a real Chromium: asked by words, filtered, gone on from, taken home as a file."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from hotline.domain.actors import Actor, Role
from hotline.domain.ticket import TicketFields
from hotline.services import intake
from hotline.settings import PACKAGE
from hotline.topics_file import load_topics
from tests.support.console_stage import Stage, running_stage
from tests.support.patience import PATIENCE_MS

CLERK = Actor(account=None, name="letters", role=Role.SUPERVISOR)
TICKETS = 60


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with running_stage() as running:
        topics = load_topics(PACKAGE / "topics/zhucheng.toml")
        with running.storage.writing() as tx:
            units = [str(unit.id) for unit in tx.units.all() if unit.is_open]
            for n in range(TICKETS):
                fields = TicketFields(
                    kind="help" if n % 10 == 0 else "complaint", topic=topics.topics[0].id, unit=units[n % 3],
                    place="人民路" if n % 2 else "密州街道", what=f"小区停水{n}天，=1+1 <b>希望</b>尽快恢复",
                )  # fmt: skip
                intake.accept(tx, CLERK, fields, topics, datetime.now(UTC) - timedelta(minutes=TICKETS - n))
        yield running
        print((running.folder / "web.log").read_text()[-4000:])


@pytest.fixture
def page(stage: Stage, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_MS)
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(f"{stage.address}/login")
    opened.locator("button[name=login][value=sup01]").click()
    opened.wait_for_url("**/floor")
    opened.goto(f"{stage.address}/search")
    yield opened
    context.close()
    assert problems == []


def test_from_a_word_to_a_file(page: Page, tmp_path: Path) -> None:
    rows = page.locator("tr[data-ticket]")
    expect(rows).to_have_count(50)
    page.locator("#more button").click()
    expect(rows).to_have_count(TICKETS)
    expect(rows.first.locator(".what")).to_contain_text("<b>希望</b>")  # words stay words

    page.keyboard.press("/")
    page.keyboard.type("停水 希望")
    page.keyboard.press("Enter")
    page.locator("#place").fill("人民路")
    page.locator("#place").press("Enter")
    page.locator("#kind").select_option("complaint")
    expect(rows).to_have_count(TICKETS // 2)
    assert "停水" not in page.url

    page.locator("button[data-format=csv]").click()
    page.locator("#download").wait_for()
    with page.expect_download() as downloading:
        page.locator("#download").click()
    path = tmp_path / "list.csv"
    downloading.value.save_as(path)
    written = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    assert [row[0] for row in written[1:]] == [row.get_attribute("data-ticket") for row in rows.all()]

    rows.first.locator("a").click()
    page.wait_for_url("**/tickets/T-*")
    page.go_back()
    expect(page.locator("#words")).to_have_value("停水 希望")
    expect(rows).to_have_count(TICKETS // 2)


def test_what_is_being_typed_outlives_the_other_language(page: Page) -> None:
    page.locator("#words").fill("停水")
    page.locator("#language").click()
    expect(page.locator("h1")).to_have_text("Search")
    expect(page.locator("#words")).to_have_value("停水")


def test_what_cannot_be_looked_for_is_said_at_the_field(page: Page) -> None:
    page.locator("#words").fill("水")
    page.locator("#words").press("Enter")
    expect(page.locator("#problem")).to_have_text("关键词至少两个字。")
    expect(page.locator("#words")).to_have_attribute("aria-invalid", "true")
    page.locator("#words").fill("没有这样的词")
    page.locator("#words").press("Enter")
    expect(page.locator("#rows .empty")).to_contain_text("没有符合条件")
    expect(page.locator("button[data-format=csv]")).to_be_disabled()
