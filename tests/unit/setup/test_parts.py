"""The list of parts: written whole, read with suspicion."""

from pathlib import Path

import pytest

from hotline.setup import parts, places
from hotline.setup.narrate import SetupFailed
from hotline.setup.parts import Part


@pytest.fixture(autouse=True)
def own_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(places, "ROOT", tmp_path)
    monkeypatch.setenv("HOTLINE_PARTS_FILE", str(tmp_path / "deep" / "parts.json"))
    return tmp_path / "deep" / "parts.json"


def made(executable: str, **extra: str) -> Part:
    return Part(name="redis", version="7.0", source="path", executable=executable, recipe="r1", extra=extra)


def test_what_was_saved_is_found(tmp_path: Path) -> None:
    (tmp_path / "redis").touch()
    part = made(str(tmp_path / "redis"), data_dir=str(tmp_path))
    parts.save({"redis": part})
    assert parts.find("redis") == part


def test_a_part_that_is_not_there_is_said_in_a_sentence() -> None:
    with pytest.raises(SetupFailed, match="asterisk is not set up on this machine: run `make setup`"):
        parts.find("asterisk")


@pytest.mark.parametrize("missing", ["executable", "extra"])
def test_a_part_that_was_removed_is_said_in_a_sentence(tmp_path: Path, missing: str) -> None:
    (tmp_path / "redis").touch()
    executable = str(tmp_path / ("gone" if missing == "executable" else "redis"))
    extra = {"data_dir": str(tmp_path / "gone")} if missing == "extra" else {}
    parts.save({"redis": made(executable, **extra)})
    with pytest.raises(SetupFailed, match="is gone: run `make setup` again"):
        parts.find("redis")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "17", '{"redis": 1}', '{"redis": {"name": "redis"}}', '{"r": {"odd": 1}}']
)
def test_a_broken_list_is_no_list(own_list: Path, text: str) -> None:
    own_list.parent.mkdir()
    own_list.write_text(text, encoding="utf-8")
    assert parts.load() == {}


def test_bytes_that_are_no_text_are_no_list(own_list: Path) -> None:
    own_list.parent.mkdir()
    own_list.write_bytes(b"\xff\xfe{}")
    assert parts.load() == {}


def test_the_environment_names_the_wrapped_driver_only_where_there_is_one() -> None:
    assert parts.environment() == {}
    wrapper = places.wrappers_dir() / places.PLAYWRIGHT_NODE
    wrapper.parent.mkdir(parents=True)
    wrapper.touch()
    assert parts.environment() == {"PLAYWRIGHT_NODEJS_PATH": str(wrapper)}
