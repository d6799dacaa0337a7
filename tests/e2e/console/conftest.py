"""The pages in a real Chromium, on a stage with a real Asterisk, Redis, database and web process."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser import SeatPage
from tests.support.console_stage import Stage, running_stage


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with running_stage(pbx=True) as running:
        yield running
        print((running.folder / "web.log").read_text()[-4000:])


@pytest.fixture
def seat(stage: Stage, browser: Browser, request: pytest.FixtureRequest) -> Iterator[SeatPage]:
    """A seat of this test's own, ready for calls."""
    stage.clear("seat01")
    page = SeatPage(browser, stage.address, "seat01").open().ready()
    yield page
    page.context.close()
    stage.clear("seat01")
    assert page.problems == []
