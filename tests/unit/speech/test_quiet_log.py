"""Ten thousand strangers do not fill the log."""

import logging

import pytest

from hotline.speech.quiet_log import QuietLog


def test_a_few_lines_then_their_number(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    quiet = QuietLog(logging.getLogger("door"), lambda: now)
    for _ in range(1_000):
        quiet.warning("127.0.0.1", "no UUID")
    assert caplog.messages == ["127.0.0.1: no UUID"] * 5
    caplog.clear()
    now = 11.0
    quiet.warning("127.0.0.1", "no UUID")
    assert caplog.messages == ["127.0.0.1: 995 more lines were left out", "127.0.0.1: no UUID"]


def test_each_source_has_its_own_and_old_ones_are_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    quiet = QuietLog(logging.getLogger("door"), lambda: 0.0)
    for number in range(5_000):
        quiet.warning(f"source {number}", "no UUID")
    assert len(caplog.messages) == 5_000
    assert len(quiet._sources) == 256
