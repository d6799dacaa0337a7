"""The whole hotline, shared by a module's tests, and its Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from hotline.speech.synth_voice import say_to_wav
from tests.support.browser import SeatPage, running_chromium
from tests.support.stack import Stack


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    running = Stack.prepare()
    try:
        yield running.start()
    finally:
        print(running.logs())
        running.remove()


@pytest.fixture(scope="module")  # Playwright keeps an event loop running, so no other test may start one
def browser() -> Iterator[Browser]:
    with running_chromium() as chromium:
        yield chromium


@pytest.fixture
def seat(stack: Stack, browser: Browser) -> Iterator[SeatPage]:
    """Seat 1, ready for a call; offline again afterwards, with nothing left to write."""
    page = SeatPage(browser, stack.web).open().ready()
    yield page
    page.finish()
    assert page.problems == []


@pytest.fixture(scope="session")
def sentence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`人民路停水了` as a WAV."""
    path = tmp_path_factory.mktemp("voice") / "water.wav"
    say_to_wav("人民路停水了", path)
    return path
