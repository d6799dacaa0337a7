"""Handling units' pages on a telephone's width, and what the administrator changes under their eyes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from hotline.domain.calendar import SHANGHAI
from hotline.domain.ids import TicketId
from hotline.topics_file import load_topics
from tests.support import files, handed_over
from tests.support.browser import SCREEN
from tests.support.console_stage import Stage, running_stage
from tests.support.patience import PATIENCE_MS

PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with running_stage() as running:
        yield running
        print((running.folder / "web.log").read_text()[-4000:])


def accept(stage: Stage, **more: object) -> TicketId:
    topics = load_topics(stage.settings.topics_file)
    return handed_over.accept(stage.storage, topics, **more)  # type: ignore[arg-type]


@pytest.fixture
def phone(stage: Stage, browser: Browser) -> Iterator[Page]:
    """The water company's worker on the way."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    log_in(page, stage)
    yield page
    context.close()
    assert problems == []


def log_in(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.address}/login")
    page.locator("button[name=login][value=unit01]").click()
    page.wait_for_selector("#figures button")


def end_sessions(stage: Stage, login: str) -> None:
    """On the server: a cookie that is taken away comes back with an answer that is on its way."""
    with stage.storage.writing() as tx:
        account = tx.accounts.by_login(login)
        assert account
        tx.accounts.update(account.id, epoch=account.epoch + 1)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_new_work_comes_by_itself_and_nothing_typed_is_lost(
    stage: Stage, phone: Page, tmp_path: Path
) -> None:
    expect(phone.locator("#rows .empty")).to_be_visible()
    ticket = accept(stage)
    phone.locator(f"[data-ticket='{ticket}']").click()
    phone.locator("[data-verb=sign]").click()
    expect(phone.locator("[data-verb=reply]")).to_be_enabled()
    assert fits(phone)
    phone.locator("[data-verb=reply]").click()
    phone.locator("#f-text").fill("水管已修好，<b>十点</b>恢复供水。")
    end_sessions(stage, "unit01")  # while he writes
    phone.locator("#act-send").click()
    expect(phone.locator("#act-problem")).to_contain_text("重新登录")
    log_in(phone, stage)
    phone.locator(f"[data-ticket='{ticket}']").click()
    phone.locator("[data-verb=reply]").click()
    expect(phone.locator("#f-text")).to_have_value("水管已修好，<b>十点</b>恢复供水。")
    picture, program = tmp_path / "现场.png", tmp_path / "tool.exe"
    picture.write_bytes(files.png())
    program.write_bytes(files.PROGRAM)
    phone.locator("#file").set_input_files([picture, program])
    expect(phone.locator("#file-rows a")).to_have_text("现场.png")
    expect(phone.locator("#file-rows .problem")).to_contain_text("程序")
    phone.locator("#file-rows button", has_text="知道了").click()
    # One more look: both in one go, for a slow machine would let the seconds for it pass.
    phone.evaluate("for (const name of ['act-send', 'undo']) document.getElementById(name).click()")
    expect(phone.locator("#f-text")).to_have_value("水管已修好，<b>十点</b>恢复供水。")
    phone.locator("#act-send").click()
    expect(phone.locator("#matter .tag").last).to_have_text("已回复")
    expect(phone.locator("#sent-rows a")).to_have_text("现场.png")
    expect(phone.locator("#matter")).to_contain_text("<b>十点</b>")
    assert fits(phone)
    assert phone.evaluate("Object.keys(localStorage).length") == 0
    phone.goto(f"{stage.address}/work")
    expect(phone.locator("#rows .empty")).to_be_visible()


def test_a_changed_calendar_moves_the_deadlines_on_open_pages(
    stage: Stage, browser: Browser, phone: Page
) -> None:
    ticket = accept(stage)
    row = phone.locator(f"[data-ticket='{ticket}']")
    row.wait_for()
    before = row.inner_text()
    context = browser.new_context(viewport=SCREEN, locale="zh-CN")  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{stage.address}/login")
    page.locator("#login").fill("admin")
    page.locator("#password").fill(stage.password)
    page.locator("form[aria-label] button.primary").click()
    page.locator("#old").fill(stage.password)
    page.locator("#new").fill("the administrator's own")
    page.locator("#again").fill("the administrator's own")
    page.locator("button.primary").click()
    first = datetime.now(SHANGHAI).date() + timedelta(days=1)
    with stage.storage.reading() as tx:
        table = tx.calendar.load()
    day = next(d for d in (first + timedelta(days=n) for n in range(30)) if table.is_working(d))
    page.goto(f"{stage.address}/calendar?year={day.year}")
    page.locator(f"[data-day='{day}']").click()
    page.locator("input[value=off]").check()
    page.locator("#day-name").fill("暴雪停工")
    page.locator("#day-add").click()
    page.locator("#preview-days").click()
    expect(page.locator("#preview .sum")).to_contain_text("张未办结工单的期限会变动")
    page.locator("#apply").click()
    expect(page.locator(f"[data-day='{day}']")).to_have_class("day num off")
    phone.wait_for_function(
        "([id, text]) => document.querySelector(`[data-ticket='${id}']`).innerText !== text",
        arg=[ticket, before],
    )
    context.close()
