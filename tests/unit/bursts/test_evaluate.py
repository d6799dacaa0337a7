"""`hotline bursts`: reading, putting together, and how well that goes where the truth is known."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline.bursts.evaluate import figures
from hotline.bursts.messages import MAX_LINE, parse_messages
from hotline.cli import main
from hotline.domain.errors import Invalid

LINES = (
    "a\t2026-11-20 08:00:00\t人民路停水了\n"
    "b\t2026-11-20 08:20:00\t你好我们人民路这边自来水停了\n"
    "c\t2026-11-20 08:30:00\t舜王街道的路灯不亮\n"
    "d\t2026/11/20 9:05\t人民路一直没有水什么时候来水\n"
)


def run(*args: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["bursts", *args])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "m.tsv").write_text(LINES.replace("2026/11/20 9:05", "2026/11/20 09:05"), encoding="utf-8")
    return tmp_path / "m.tsv"


def test_each_message_gets_the_id_of_the_first_of_its_matter(file: Path) -> None:
    code, out, _ = run("evaluate", str(file))
    assert code == 0
    assert dict(line.split("\t") for line in out.splitlines()) == {"a": "a", "b": "a", "c": "c", "d": "a"}


def test_order_in_the_file_does_not_matter_nor_how_times_are_written(tmp_path: Path) -> None:
    shuffled = tmp_path / "s.tsv"
    shuffled.write_text(
        "id\ttime\ttext\nd\t1763600700\t人民路一直没有水\nc\t2025-11-20T00:30:00Z\t舜王街道的路灯不亮\n"
        "a\t2025-11-20 08:00\t人民路停水了\n",
        encoding="utf-8",
    )
    code, out, _ = run("evaluate", str(shuffled))
    assert code == 0 and out == "d\ta\nc\tc\na\ta\n"


def test_made_messages_are_put_together_well(tmp_path: Path) -> None:
    made, lines = tmp_path / "made.tsv", tmp_path / "groups.tsv"
    assert run("make", str(made), "--seed", "77", "--matters", "25", "--alone", "200")[0] == 0
    code, out, _ = run("evaluate", str(made), "--json", "--output", str(lines))
    told = json.loads(out)
    assert code == 0 and len(lines.read_text().splitlines()) == told["messages"]
    assert told["pair_precision"] > 0.7 and told["pair_recall"] > 0.6 and told["bcubed_f1"] > 0.85


def test_precision_and_recall_by_hand() -> None:
    told = figures(["1", "1", "1", "2"], ["x", "x", "y", "y"])
    assert told["pair_precision"] == round(1 / 3, 4) and told["pair_recall"] == 0.5
    assert figures(["1", "2"], ["x", "y"])["pair_f1"] == 1.0


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "holds no messages"),
        (b"id\ttime\ttext\n", "holds no messages"),
        (b"a\t2026-11-20 08:00\n", "line 1 has fewer than three columns"),
        (b"a\t2026-11-20\tx\nb\tyesterday\tx\n", "line 2 has no time"),
        (b"a\t2026-11-20\tx\nb\t1e300\tx\n", "line 2 has no time"),
        (b"a\t2026-11-20\tx\nb\tnan\tx\n", "line 2 has no time"),
        (b"a\t2026-11-20\tx\na\t2026-11-20\tx\n", "line 2 has an id that was there before"),
        (b"\t2026-11-20\tx\n", "line 1 has no id"),
        (b"a\t2026-11-20\t\xff\n", "line 1 is not UTF-8 at byte 14"),
        (b"a\t2026-11-20\t" + b"x" * MAX_LINE, "is longer than"),
    ],
)
def test_a_wrong_file_is_one_sentence(raw: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        parse_messages(raw, "m.tsv")


def test_no_file_is_one_sentence(tmp_path: Path) -> None:
    code, out, err = run("evaluate", str(tmp_path / "none.tsv"))
    assert (code, out) == (2, "") and err.count("\n") == 1


@pytest.mark.parametrize("text", ["", "😀😀", "abc XYZ 123", "\x00", "路" * 5000, "你好"])
def test_odd_texts_stand_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / "odd.tsv"
    file.write_text(f"a\t2026-11-20\t人民路停水了\nb\t2026-11-20\t{text}\n", encoding="utf-8")
    code, out, _ = run("evaluate", str(file))
    assert code == 0 and out == "a\ta\nb\tb\n"
