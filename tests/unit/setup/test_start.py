"""Set-up starts on any Python that lies on a machine, with nothing installed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from hotline.setup import main, narrate, places

PACKAGE = places.ROOT / "hotline" / "setup"


def test_an_old_python_can_read_the_entry() -> None:
    source = (PACKAGE / "__main__.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 4))


def test_an_old_python_is_told_so_in_one_sentence() -> None:
    script = (
        "import sys, runpy; sys.version_info = (3, 9, 2, 'final', 0);"
        "runpy.run_module('hotline.setup', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=places.ROOT, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 1
    assert done.stderr.startswith("set-up: Python 3.11 or newer is needed")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "module", sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__main__")
)
def test_every_module_needs_the_standard_library_only(module: str) -> None:
    script = f"import sys; sys.path.insert(0, {str(places.ROOT)!r}); import hotline.setup.{module}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (narrate.SetupFailed("It is the weather."), "set-up: It is the weather."),
        (OSError(28, "No space left on device", "/cache/x"), "set-up: No space left on device (/cache/x)."),
    ],
)
def test_failures_are_one_sentence_without_traceback(
    failure: Exception, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> None:
        raise failure

    monkeypatch.setattr(main, "_set_up", fails)
    assert main.main([]) == 1
    assert capsys.readouterr().out == said + "\n"


def test_ctrl_c_is_an_answer_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "_set_up", stopped)
    assert main.main(["--tests"]) == 130
    assert "stopped" in capsys.readouterr().out


def test_a_step_is_one_line_with_its_result_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    with narrate.step("Asterisk") as now:
        now.note = "22.10, unpacked"
    with pytest.raises(ValueError, match="no"), narrate.step("Redis"):
        raise ValueError("no")
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["  ok Asterisk: 22.10, unpacked (0.0 s)", "  xx Redis (0.0 s)"]


def test_the_cache_is_where_the_user_keeps_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/tmp/somewhere")
    assert places.cache_dir() == Path("/var/tmp/somewhere/hotline")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored")
    assert places.cache_dir() == Path.home() / ".cache" / "hotline"
