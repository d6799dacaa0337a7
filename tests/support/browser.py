"""Seats and supervisors in a real Chromium, driven as a person would: by what the page shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from hotline.setup import parts
from tests.support.patience import PATIENCE_MS, PATIENCE_S

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
expect.set_options(timeout=PATIENCE_MS)
SCREEN = {"width": 1366, "height": 768}


@contextmanager
def running_chromium(microphone: Path | None = None) -> Iterator[Browser]:
    """A headless Chromium whose microphone hears `microphone` (a WAV, repeated), else a beep each second."""
    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={microphone}"] if microphone else FLAGS
    with sync_playwright() as playwright:
        executable = parts.find("chromium").executable
        browser = playwright.chromium.launch(executable_path=executable, args=flags, headless=True)
        try:
            yield browser
        finally:
            browser.close()


class SeatPage:
    """One seat's console in a browser window of its own."""

    def __init__(self, browser: Browser, web: str, login: str = "seat01", lang: str = "zh") -> None:
        self.context: BrowserContext = browser.new_context(
            viewport=SCREEN, locale="zh-CN" if lang == "zh" else "en-GB", permissions=["microphone"]
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.web, self.login = web, login
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))

    def open(self) -> "SeatPage":
        """Log in by the demo's one click."""
        self.page.goto(f"{self.web}/login")
        self.page.locator(f"button[name=login][value={self.login}]").click()
        self.page.wait_for_selector("body[data-phase]:not([data-phase=loading])")
        return self

    def shows(self, state: str, timeout_s: float = PATIENCE_S) -> None:
        """Wait until the seat's state is `state`."""
        self.page.wait_for_selector(f"#state-button[data-state={state}]", timeout=timeout_s * 1000)

    def go(self, state: str, reason: str = "") -> None:
        """Choose a state from the menu."""
        self.page.locator("#state-button").click()
        value = f"{state}:{reason}" if reason else state
        self.page.locator(f"#state-menu [data-value='{value}']").click()

    def ready(self) -> "SeatPage":
        """Go ready, once the phone is registered."""
        self.page.wait_for_selector("body[data-line=registered]")
        self.go("ready")
        self.shows("ready")
        return self

    def rings(self, timeout_s: float = PATIENCE_S) -> None:
        """Wait until the ring is on the screen."""
        self.page.wait_for_selector("#answer:visible", timeout=timeout_s * 1000)

    def answer(self) -> None:
        """Answer by the key."""
        self.page.keyboard.press("a")
        self.shows("talking")

    def hang_up(self) -> None:
        """Hang up by click."""
        self.page.locator("#hang-up").click()

    def write(self, what: str) -> None:
        """Fill in a ticket: a complaint, on the first suggestion or else the first topic."""
        self.page.keyboard.press("2")
        if self.page.locator("#suggestions li button").count():
            self.page.locator("#suggestions li button").first.click()
        else:
            self.page.locator("#topic").fill("停水")
            self.page.keyboard.press("Enter")
        self.page.locator("#what").fill(what)

    def save(self) -> None:
        """Save the ticket by click."""
        self.page.locator("#save").click()

    def finish(self) -> None:
        """Leave the seat free for the next test: hang up, save what is to be saved, go offline."""
        try:
            self._finish()
        finally:
            self.context.close()

    def _finish(self) -> None:
        page = self.page
        if page.locator("#hang-up:visible:enabled").count():
            self.hang_up()
        page.wait_for_selector("#state-button:not([data-state=talking]):not([data-state=ringing])")
        if page.locator("#save:visible:enabled").count():
            if not page.locator("#what").input_value():
                self.write("测试结束")
            self.save()
        page.wait_for_selector("#state-button:not([data-state=wrap_up])")
        self.go("offline")
        self.shows("offline")
