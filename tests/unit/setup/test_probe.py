"""A part is taken only when it starts, says its version, and is new enough."""

from dataclasses import replace
from pathlib import Path

import pytest

from hotline.setup import probe
from hotline.setup.recipes import RECIPES, Folder, Recipe, Use, wanted

TOOL = Recipe(
    name="tool", commands=("tool",), package="tool", use=Use.RUN, minimum=(20,), inside="usr/bin/tool"
)


def put(folder: Path, name: str, script: str) -> Path:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("Asterisk 22.10.1~dfsg+~cs6.15.60671435-1", "22.10.1"),
        ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", "7.0.15"),
        (" SIPp v3.6.1-TLS-PCAP.", "3.6.1"),
        ("eSpeak NG text-to-speech: 1.51  Data at: /usr/lib", "1.51"),
        ("Chromium 156.0.8078.73 built on Debian 12", "156.0.8078.73"),
        ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15.18"),
        ("no number at all", None),
        ("", None),
    ],
)
def test_versions_are_found_in_what_programs_print(tmp_path: Path, said: str, version: str | None) -> None:
    assert probe.version_of(put(tmp_path, "tool", f"echo '{said}'"), ("--version",)) == version


def test_a_version_on_stderr_with_an_error_code_counts(tmp_path: Path) -> None:
    assert probe.version_of(put(tmp_path, "tool", "echo v3.6.1 >&2; exit 99"), ("-v",)) == "3.6.1"


def test_a_program_that_hangs_has_no_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_ASK_LIMIT_S", 0.2)
    assert probe.version_of(put(tmp_path, "tool", "exec sleep 60"), ()) is None


def test_a_file_that_is_no_program_has_no_version(tmp_path: Path) -> None:
    (tmp_path / "tool").write_bytes(b"\x7fELF broken")
    (tmp_path / "tool").chmod(0o755)
    assert probe.version_of(tmp_path / "tool", ()) is None


@pytest.mark.parametrize(
    ("version", "minimum", "enough"),
    [("22.10.1", (20,), True), ("20", (20,), True), ("18.9", (20,), False), ("1.51", (1, 49), True)],
)
def test_versions_are_compared_by_number(version: str, minimum: tuple[int, ...], enough: bool) -> None:
    assert probe.new_enough(version, minimum) is enough


def test_what_is_on_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = put(tmp_path, "tool", "echo 22.1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert probe.on_machine(TOOL) == (program, "22.1")


def test_what_is_too_old_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "tool", "echo 18.1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert probe.on_machine(TOOL) is None


def test_a_program_without_the_folders_we_use_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "tool", "echo 22.1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    modules = tmp_path / "usr/lib/tool"
    modules.mkdir(parents=True)
    (modules / "one.so").touch()
    recipe = replace(TOOL, folders=(Folder("modules_dir", ("usr/lib/*/one.so",), ("two.so",)),))
    assert probe.on_machine(recipe, root=tmp_path) is None
    (modules / "two.so").touch()
    assert probe.on_machine(recipe, root=tmp_path) is not None
    assert probe.folders(recipe, tmp_path) == {"modules_dir": str(modules)}


def test_a_part_may_be_a_file(tmp_path: Path) -> None:
    recipe = replace(TOOL, commands=(), minimum=(), elsewhere="usr/share/*.ttc")
    assert probe.on_machine(recipe, root=tmp_path) is None
    (tmp_path / "usr/share").mkdir(parents=True)
    (tmp_path / "usr/share/font.ttc").touch()
    assert probe.on_machine(recipe, root=tmp_path) == (tmp_path / "usr/share/font.ttc", "present")


def test_running_needs_less_than_testing() -> None:
    run, tests = ({recipe.name for recipe in wanted(with_tests)} for with_tests in (False, True))
    assert {"asterisk", "redis"} <= run < tests
    assert len({recipe.key for recipe in RECIPES}) == len(RECIPES)
