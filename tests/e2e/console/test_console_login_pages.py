"""Login, the one-time password and the accounts page in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from hotline.services import accounts
from hotline.storage.passwords import Argon2Passwords
from tests.support.browser import SCREEN
from tests.support.console_stage import Stage
from tests.support.patience import PATIENCE_MS

OWN = "the administrator's own"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=SCREEN)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def log_in(page: Page, stage: Stage, login: str, password: str) -> None:
    page.goto(f"{stage.address}/login")
    page.locator("#login").fill(login)
    page.locator("#password").fill(password)
    page.locator("form[aria-label] button.primary").click()


def test_the_first_login_changes_the_password_and_an_account_is_made(stage: Stage, page: Page) -> None:
    log_in(page, stage, "admin", stage.password)
    page.goto(f"{stage.address}/accounts")
    expect(page.locator("h1")).to_contain_text("修改密码")
    page.locator("#old").fill(stage.password)
    page.locator("#new").fill(OWN)
    page.locator("#again").fill(OWN)
    page.locator("button.primary").click()
    expect(page.locator("h1")).to_have_text("账号")
    page.locator("#new").click()
    page.locator("#edit-login").fill("Wang.Li")
    page.locator("#edit-name").fill("<b>王丽</b>")
    page.locator("#edit-seat").select_option("seat33")
    page.locator("#edit-form button.primary").click()
    expect(page.locator("#password-text")).not_to_be_empty()
    password = page.locator("#password-text").inner_text()
    assert len(password) >= 12
    page.locator("#password button.primary").click()
    expect(page.locator("tr[data-login='wang.li']")).to_contain_text("<b>王丽</b>")
    assert password not in page.content()

    page.locator("tr[data-login='wang.li'] button", has_text="停用").click()
    page.locator("#ask-yes").click()
    expect(page.locator("tr[data-login='wang.li']")).to_contain_text("已停用")
    page.locator("#logout button").click()
    log_in(page, stage, "wang.li", password)
    expect(page.locator(".notice.bad")).to_contain_text("账号或密码不正确")


def test_nothing_is_made_from_lists_that_have_not_come(stage: Stage, page: Page) -> None:
    with stage.storage.writing() as tx:
        made = accounts.create(tx, Argon2Passwords(), login="zhao", name="赵敏", role="admin")
    log_in(page, stage, "zhao", made.password)
    page.locator("#old").fill(made.password)
    page.locator("#new").fill(OWN)
    page.locator("#again").fill(OWN)
    page.locator("button.primary").click()
    page.wait_for_url(f"{stage.address}/accounts")

    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    for name, choice in (("accounts", "#edit-seat"), ("units", "#edit-parent"), ("keys", "#edit-unit")):
        page.route(f"**/api/{name}", hold)
        page.goto(f"{stage.address}/{name}")
        expect(page.locator("td.empty").first).to_have_text("正在加载…")
        expect(page.locator("#new")).to_be_disabled()
        held.pop().continue_()
        page.locator("#new").click()
        expect(page.locator(f"{choice} option")).not_to_have_count(0)
        page.unroute(f"**/api/{name}")


def test_the_demo_says_so_in_both_languages(stage: Stage, page: Page) -> None:
    page.goto(f"{stage.address}/login")
    expect(page.locator(".demo-strip")).to_contain_text("演示")
    page.locator("a[lang=en]").click()
    expect(page.locator(".demo-strip")).to_contain_text("Demo")
    page.locator("button[value=seat30], button[value=seat10]").first.click()
    expect(page.locator(".demo-strip")).to_contain_text("Demo")
    expect(page.locator("#state-word")).to_have_text("Offline")


def test_a_page_that_is_not_there_says_what_to_do(stage: Stage, page: Page) -> None:
    answer = page.goto(f"{stage.address}/nowhere")
    assert answer and answer.status == 404
    expect(page.locator("[role=alert]")).to_be_visible()
    expect(page.locator("a.button")).to_have_attribute("href", "/login")
