"""`hotline calendar` as a person uses it: shown first, applied when asked, refused in one line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hotline.calendars import shipped
from hotline.cli import main


@pytest.fixture
def hotline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A runtime folder after the first start."""
    monkeypatch.setenv("HOTLINE_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.delenv("HOTLINE_DATABASE_URL", raising=False)
    runner = CliRunner()
    assert runner.invoke(main, ["prepare"]).exit_code == 0
    return runner


def run(hotline: CliRunner, *words: str) -> Result:
    result = hotline.invoke(main, ["calendar", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def a_file(folder: Path, **days: bool) -> str:
    """2027 as it might be published: `_01_02=False` is a make-up day."""
    off = {f"2027-{m}": True for m in ("01-01", "05-01", "10-01", "10-02", "10-03")}
    off |= {f"2027{key.replace('_', '-')}": value for key, value in days.items()}
    entries = [{"name": "节", "date": day, "isOffDay": value} for day, value in off.items()]
    path = folder / "2027.json"
    path.write_text(json.dumps({"year": 2027, "papers": ["公告"], "days": entries}), encoding="utf-8")
    return str(path)


def test_a_shipped_year_is_shown(hotline: CliRunner) -> None:
    lines = run(hotline, "show", "2026").output.splitlines()
    assert lines[0] == "2026  published"
    assert "  2026-02-14 Sat  worked  春节" in lines
    assert "  2026-02-16 Mon  off     春节" in lines
    assert len(lines) == 2 + len(shipped.load()[2].days)


def test_a_year_to_come_is_provisional_until_its_arrangement_is_imported(
    hotline: CliRunner, tmp_path: Path
) -> None:
    assert run(hotline, "show", "2027").output.startswith("2027  provisional")
    file = a_file(tmp_path, _01_02=False)
    shown = run(hotline, "import", file)
    assert "  2027-01-02 Sat  worked  节" in shown.output
    assert "  2027-02-08 Mon  usual" in shown.output
    assert "0 of 0 open deadlines move" in shown.output
    assert shown.output.endswith("nothing is changed yet: add --apply\n")
    assert run(hotline, "show", "2027").output.startswith("2027  provisional")
    assert run(hotline, "import", file, "--apply").output.endswith("done: 0 open deadlines moved\n")
    assert run(hotline, "show", "2027").output.startswith("2027  published\nfrom 公告\n")
    again = run(hotline, "import", file, "--apply")
    assert again.output == "2027: the table says this already, nothing changes\n"


def test_a_day_is_edited(hotline: CliRunner) -> None:
    assert "2026-07-01 Wed  off     防汛" in run(hotline, "set", "2026-07-01", "off", "--name", "防汛").output
    assert "防汛" not in run(hotline, "show", "2026").output
    run(hotline, "set", "2026-07-01", "off", "--name", "防汛", "--apply")
    assert "2026-07-01 Wed  off     防汛" in run(hotline, "show", "2026").output
    assert "2026-07-01 Wed  usual" in run(hotline, "set", "2026-07-01", "usual", "--apply").output
    assert "防汛" not in run(hotline, "show", "2026").output


def test_the_library_knows_what_is_shipped(hotline: CliRunner) -> None:
    assert run(hotline, "take", "2026").output == "2026: the table says this already, nothing changes\n"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["show", "2150"], "nothing is known of 2150"),
        (["import", "/no/such/file.json"], "cannot be read"),
        (["take", "2099"], "chinesecalendar knows"),
        (["set", "2026-07-01", "off"], "needs a name"),
        (["set", "1890-07-01", "off", "--name", "x"], "from 2000 to 2100"),
    ],
)
def test_what_cannot_be_is_one_line(hotline: CliRunner, words: list[str], why: str) -> None:
    result = run(hotline, *words, *(["--apply"] if words[0] != "show" else []))
    assert result.exit_code == 2
    assert why in result.output and result.output.count("\n") == 1


def test_a_file_that_contradicts_itself_changes_nothing(hotline: CliRunner, tmp_path: Path) -> None:
    before = run(hotline, "show", "2027").output
    file = a_file(tmp_path)
    whole = json.loads(Path(file).read_text(encoding="utf-8"))
    whole["days"].append({"name": "节", "date": "2027-05-01", "isOffDay": False})
    Path(file).write_text(json.dumps(whole), encoding="utf-8")
    result = run(hotline, "import", file, "--apply")
    assert (result.exit_code, result.output) == (
        2,
        f"hotline: {file}: 2027-05-01 is there twice, off and worked\n",
    )
    assert run(hotline, "show", "2027").output == before
