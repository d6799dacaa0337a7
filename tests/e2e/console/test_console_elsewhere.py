"""A seat on another machine: the pages and Asterisk's WebSocket behind one address of a proxy."""

from playwright.sync_api import Browser, expect

from hotline.services import accounts
from hotline.storage.passwords import Argon2Passwords
from tests.support.browser import SeatPage
from tests.support.console_stage import running_stage
from tests.support.console_talk import ring
from tests.support.front import running_front
from tests.support.pbx import free_port

PASSWORD = "a long enough one"


def test_a_seat_behind_a_proxy_takes_a_call(browser: Browser) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with (
        running_stage(pbx=True, demo=False, HOTLINE_PUBLIC_URL=address) as stage,
        running_front(port, stage.settings.web_port, stage.settings.pbx_http_port),
    ):
        with stage.storage.writing() as tx:
            hashes = Argon2Passwords()
            new = accounts.create(tx, hashes, login="wang", name="王芳", role="seat", seat="seat01")
            account = tx.accounts.by_login("wang")
            assert account
            accounts.change_password(tx, hashes, account.id, new.password, PASSWORD)
        seat = SeatPage(browser, address)
        page = seat.page
        page.goto(f"{address}/login")
        page.locator("input[name=login]").fill("wang")
        page.locator("input[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("body[data-line=registered]")
        page.locator("#go-ready").click()
        call = ring(stage, seat)
        page.keyboard.press("a")
        stage.answer(call, "seat01")
        seat.shows("talking")
        expect(page.locator("#call-number")).to_have_text("138 1234 5678")
        seat.hang_up()
        seat.context.close()
        assert seat.problems == []
