"""`hotline audit` as a person uses it: whole or the first broken entry, and the hash to be written down."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from hotline.cli import main
from hotline.storage.append_only import permit_changes
from hotline.storage.sql import SqlStorage
from tests.support.matters import City


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SqlStorage:
    """What `hotline` works on here."""
    monkeypatch.setenv("HOTLINE_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("HOTLINE_DATABASE_URL", f"sqlite:///{tmp_path}/hotline.db")
    assert CliRunner().invoke(main, ["prepare"]).exit_code == 0
    return SqlStorage.open(f"sqlite:///{tmp_path}/hotline.db")


def run(*words: str) -> Result:
    result = CliRunner().invoke(main, ["audit", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_whole_then_broken_then_against_what_was_written_down(storage: SqlStorage, tmp_path: Path) -> None:
    assert run("verify").output == "whole: 0 entries of 0 tickets, 0 anchors\n"
    assert run("head").exit_code == 0 and not (tmp_path / "log/audit.anchor").exists()
    City(storage, empty=False).a_ticket()
    written = run("head").output.strip()
    assert written.startswith("2 ") and len(written) == 66
    result = run("verify")
    assert (result.exit_code, result.output) == (0, f"whole: 2 entries of 1 tickets, 1 anchors\n{written}\n")
    with storage.engine.begin() as connection:
        permit_changes(connection)
        connection.execute(text("update ticket_log set who = 'nobody' where id = 2"))
    result = run("verify")
    assert result.exit_code == 1
    assert result.output == "broken: entry 2 (ticket T-2026-000001, number 2): it is not what was written\n"
    assert run("verify", "--written-down", f"3 {'a' * 64}").exit_code == 1


@pytest.mark.parametrize("kept", ["", "1", "x y", "1 abc", "-1 " + "a" * 64, "9" * 5000])
def test_what_nobody_wrote_down_is_refused_in_a_line(storage: SqlStorage, kept: str) -> None:
    result = run("verify", "--written-down", kept or " ")
    assert result.exit_code == 2 and result.stderr.count("\n") == 1


def test_an_anchor_file_somebody_wrote_in_is_a_clear_line(storage: SqlStorage, tmp_path: Path) -> None:
    (tmp_path / "log/audit.anchor").write_text("hello\n")
    result = run("verify")
    assert result.exit_code == 2 and "audit.anchor, line 1" in result.stderr
