"""When a process counts as frozen, and how patient its restarts are; time is passed in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.supervision import child
from hotline.supervision.child import Child, Spec
from hotline.supervision.keeper import FROZEN_AFTER_S, Keeper


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    spec = Spec(
        name="switch", argv=["sleep", "300"], log=tmp_path / "switch.log", ready=lambda: True, heartbeat=True
    )
    keeper = Keeper(spec, started=lambda _: None, gone=lambda _: None)
    keeper.start(0.0)
    yield keeper
    if keeper.child:
        keeper.child.kill()


def test_who_speaks_lives(keeper: Keeper) -> None:
    for second in range(0, 100, 2):
        assert keeper.hear(1000.0 + second, True, float(second)) is None
    assert keeper.child is not None


def test_who_falls_silent_is_ended_and_started_again(keeper: Keeper) -> None:
    assert keeper.child is not None
    before = keeper.child.pid
    assert keeper.hear(1000.0, True, 0.0) is None
    assert keeper.hear(None, True, FROZEN_AFTER_S - 1) is None
    said = keeper.hear(None, True, FROZEN_AFTER_S)
    assert said is not None
    assert "silent" in said
    assert keeper.child is None
    keeper.tend(FROZEN_AFTER_S + 1)
    assert keeper.child is not None
    assert keeper.child.pid != before
    assert keeper.restarts == 1


def test_a_sign_that_does_not_change_is_silence(keeper: Keeper) -> None:
    keeper.hear(1000.0, True, 0.0)
    assert keeper.hear(1000.0, True, FROZEN_AFTER_S) is not None


def test_without_redis_nobody_is_called_frozen(keeper: Keeper) -> None:
    keeper.hear(1000.0, True, 0.0)
    for second in range(0, 200, 2):
        assert keeper.hear(None, False, float(second)) is None
    assert keeper.hear(None, True, 199.0) is None  # Redis is back; now it has its time again
    assert keeper.hear(None, True, 198.0 + FROZEN_AFTER_S) is not None


def test_who_never_spoke_is_left_alone(keeper: Keeper) -> None:
    assert keeper.hear(None, True, 10_000.0) is None


def test_a_jump_of_the_clock_is_no_silence(keeper: Keeper) -> None:
    keeper.hear(1000.0, True, 0.0)
    assert keeper.hear(1000.0 - 86_400, True, FROZEN_AFTER_S - 1) is None
    assert keeper.hear(1000.0 + 86_400, True, FROZEN_AFTER_S + 5) is None


def test_pauses_grow_to_a_limit_and_a_healthy_hour_forgets_them(keeper: Keeper) -> None:
    now, said = 0.0, ""
    for _ in range(10):
        assert keeper.child is not None
        keeper.child.kill()
        said = keeper.tend(now) or ""
        now += 31
        keeper.tend(now)
    assert "in 30 s, time 10" in said
    keeper.tend(now + 3600)
    assert keeper.child is not None
    keeper.child.kill()
    assert "in 0.5 s" in (keeper.tend(now + 3601) or "")


def test_a_long_log_is_turned_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "LOG_LIMIT_BYTES", 10)
    log = tmp_path / "web.log"
    child.turn_over(log)  # none yet
    log.write_text("more than ten bytes\n", encoding="utf-8")
    child.turn_over(log)
    assert log.read_text(encoding="utf-8") == ""
    assert (tmp_path / "web.log.1").read_text(encoding="utf-8") == "more than ten bytes\n"
    assert (tmp_path / "web.log.1").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("written", "last"),
    [
        (b"", ""),
        (b"one\ntwo\n\n", "two"),
        (b"\xff\xfe broken\n", "\ufffd\ufffd broken"),
        (b"x" * 9000, "x" * 300),
        (
            b"  File x\nredis.exceptions.ConnectionError: refused\n[ERROR] Worker failed\n",
            "redis.exceptions.ConnectionError: refused",
        ),
        (b"hotline: HOTLINE_X: wrong\nbye\n", "hotline: HOTLINE_X: wrong"),
    ],
)
def test_the_last_words_of_a_log(tmp_path: Path, written: bytes, last: str) -> None:
    (tmp_path / "a.log").write_bytes(written)
    assert child.last_words(tmp_path / "a.log") == last


def test_a_log_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert child.last_words(tmp_path / "none.log") == ""


def test_a_child_tells_how_it_ended(tmp_path: Path) -> None:
    for script, how in (("exit 3", "exit code 3"), ("kill -9 $$", "killed by SIGKILL")):
        ended = Child(Spec(name="x", argv=["sh", "-c", script], log=tmp_path / "x.log", ready=lambda: True))
        assert ended.wait(10)
        assert ended.ended() == how
