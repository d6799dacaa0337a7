"""`hotline categoriser evaluate` as its user meets it: a program, a file, figures or one sentence."""

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline import bootstrap, ourselves
from hotline.cli import main
from hotline.settings import Settings
from tests.support.choices import keep_enough
from tests.support.messages import as_file, labelled
from tests.support.small_topics import small_topics_text

FIGURES = {"macro_f1", "accuracy", "top3", "ece", "ms_single", "train_s"}


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = ourselves.command("categoriser", "evaluate")
    return subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, timeout=100)


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    path = tmp_path / "messages.tsv"
    path.write_bytes(as_file(*labelled(90)))
    return path


def test_folds_give_figures_of_ours_the_reference_and_damage(messages: Path) -> None:
    done = run("--train", messages, "--folds", "3", "--damage", "0.2", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["messages"], result["labels"], result["folds"]) == (90, 3, 3)
    for kind in ("ours", "reference", "damaged"):
        assert set(result[kind]) == FIGURES
        assert 0.8 <= result[kind]["macro_f1"] <= 1
        assert 0 <= result[kind]["ece"] <= 1


def test_another_file_is_tried_and_lines_are_for_people(messages: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.tsv"
    other.write_bytes(as_file(*labelled(30, seed=9)) + "燃气\t燃气灶打不着火\n".encode())
    done = run("--train", messages, "--test", other, "--first-chars", "20")
    assert done.returncode == 0, done.stderr
    assert "31 messages tried, 4 labels" in done.stdout
    assert "macro-F1" in done.stdout and "reference" in done.stdout


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "holds no messages"),
        ("停水了".encode(), "line 1 has no tab"),
        ("水\t停水了\n水\t没水了\n".encode() * 9, "one label only"),
        ("水\t停水了\n".encode() * 9 + "路\t灯坏了\n".encode(), "too few of: 路 (1)"),
        (("水\t" + "停" * 350_000).encode(), "line 1 is longer"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "line 1 is not UTF-8"),
        (("水\t停\n" * 5 + "路\tabc\n" * 5).encode(), None),
        (("水\t😀a\n" * 5 + "路\t!b\n" * 5).encode(), None),
        (("水\t停水\n" * 4 + "水\t\n" + "路\t路灯\n" * 4 + "路\t😀。\n").encode(), None),
        (("水\t\n" * 5 + "路\t\n" * 5).encode(), "no words in common"),
        (("水\t停水\n" * 9 + "水\n").encode(), "line 10 has no tab"),
    ],
)
def test_hostile_files_are_one_sentence_or_figures(tmp_path: Path, raw: bytes, sentence: str | None) -> None:
    path = tmp_path / "messages.tsv"
    path.write_bytes(raw)
    done = CliRunner().invoke(
        main, ["categoriser", "evaluate", "--train", str(path), "--damage", "0.2", "--json"]
    )
    if sentence is None:
        assert done.exit_code == 0, done.stderr
        assert json.loads(done.stdout)["messages"] == 10
    else:
        assert done.exit_code == 2
        assert sentence in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_missing_file_and_options_that_contradict_are_one_sentence(messages: Path, tmp_path: Path) -> None:
    missing = run("--train", tmp_path / "none.tsv")
    assert missing.returncode == 2
    assert "No such file" in missing.stderr
    both = run("--train", messages, "--test", messages, "--folds", "3")
    assert both.returncode == 2
    assert "choose one" in both.stderr


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hotline that was prepared, with a small topics file of its own."""
    topics = tmp_path / "topics.toml"
    topics.write_text(small_topics_text(), encoding="utf-8")
    monkeypatch.setenv("HOTLINE_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("HOTLINE_TOPICS_FILE", str(topics))
    bootstrap.prepare(Settings.from_env())
    return topics


def said(*arguments: str) -> str:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output + done.stderr
    return done.stdout


@pytest.mark.usefixtures("city")
def test_versions_are_made_chosen_and_rolled_back() -> None:
    assert "no version yet" in said("categoriser", "versions")
    assert "there is no version yet" in said("categoriser", "train", "--if-due")
    assert said("categoriser", "train", "--if-due") == "nothing new to learn\n"
    assert "only kept: 8 held back are too few" in said("categoriser", "versions")
    storage = bootstrap.open_hotline(Settings.from_env()).storage
    keep_enough(storage)
    told = said("categoriser", "train")
    assert "version 2: learned from" in told and told.endswith("in force now\n")
    assert said("categoriser", "train").endswith("in force now\n")
    listed = json.loads(said("categoriser", "versions", "--json"))
    assert [(each["number"], each["in_force"]) for each in listed] == [(1, False), (2, False), (3, True)]
    assert [bool(each["only_kept"]) for each in listed] == [True, False, False]
    assert said("categoriser", "versions").splitlines()[-1].startswith("*    3 ")
    assert said("categoriser", "rollback").startswith(
        "version 2 is in force; a later training takes its place"
    )
    assert "only kept: rolled back" in said("categoriser", "versions")
    assert said("categoriser", "use", "1").startswith("version 1 is in force; ")
    assert said("categoriser", "use", "0").startswith("the topics file alone is in force; ")
    for arguments, sentence in ((("use", "7"), "no version 7"), (("rollback",), "nothing to roll back")):
        done = CliRunner().invoke(main, ["categoriser", *arguments])
        assert done.exit_code == 2 and sentence in done.stderr and done.stderr.count("\n") == 1


def test_a_topics_file_is_checked_before_it_is_put_in_its_place(city: Path, tmp_path: Path) -> None:
    assert said("topics", "check") == "right: 4 topics in 2 categories, 8 words, 12 examples\n"
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(small_topics_text().replace('id = "lamp"', 'id = "water"'), encoding="utf-8")
    for path, sentence in (
        (wrong, "the id 'water' is there twice"),
        (tmp_path / "none.toml", "cannot be read"),
    ):
        done = CliRunner().invoke(main, ["topics", "check", str(path)])
        assert done.exit_code == 2 and sentence in done.stderr and done.stderr.count("\n") == 1
    wrong.replace(city)
    assert "nothing new" not in said("categoriser", "train"), (
        "with a wrong file the one of before is learned from"
    )
