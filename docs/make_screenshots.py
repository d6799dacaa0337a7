"""Takes the pictures of the README from the running thing: `python -m docs.make_screenshots`."""

from pathlib import Path

from hotline.settings import CHECKOUT
from tests.support.browser import SeatPage, running_chromium
from tests.support.stack import Stack

IMAGES = CHECKOUT / "docs" / "images"


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    stack = Stack.prepare()
    try:
        stack.start()
        with running_chromium() as browser:
            seat = SeatPage(browser, stack.web).open().ready()
            call = stack.calling("--say", "人民路停水了", "--from", "13800000001")
            seat.rings()
            seat.page.wait_for_selector("html[data-suggestions-painted]")
            _take(seat, "seat-ringing")
            seat.answer()
            seat.write("人民路自来水停水，已经三天，沿街居民和商户都没有水，希望尽快恢复供水。")
            seat.page.locator("#place").fill("人民路")
            seat.page.keyboard.press("Escape")
            seat.page.wait_for_selector("#draft-status[data-status=saved]")
            _take(seat, "seat-talking")
            floor = browser.new_context(viewport={"width": 1600, "height": 900}, locale="zh-CN").new_page()
            floor.goto(f"{stack.web}/login")
            floor.locator("button[name=login][value=sup01]").click()
            floor.wait_for_selector("[data-seat=seat01][data-state=talking]")
            floor.screenshot(path=IMAGES / "floor.png")
            seat.hang_up()
            call.wait(30)
            seat.finish()
    finally:
        stack.remove()


def _take(seat: SeatPage, name: str) -> None:
    seat.page.screenshot(path=Path(IMAGES) / f"{name}.png")


if __name__ == "__main__":
    main()
