"""The lock files pin everything, by hash, and name no server."""

import re
import tomllib
from pathlib import Path

import pytest

from hotline.setup import lock, places, python_env
from hotline.setup.narrate import SetupFailed

LOCKS = ("requirements-build.txt", "requirements.txt", "requirements-dev.txt")


def pinned(name: str) -> dict[str, str]:
    text = (places.ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ \\;]+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_is_a_pin_a_hash_or_a_comment(name: str) -> None:
    text = (places.ROOT / name).read_text(encoding="utf-8")
    lock.refuse_addresses(name, text)
    for line in text.splitlines():
        assert re.match(r"(\s*#|    --hash=sha256:[0-9a-f]{64}( \\)?$|[a-z0-9._-]+==)", line), line


@pytest.mark.parametrize("text", ["--index-url x", "six @ https://files.invalid/six.whl"])
def test_a_server_in_a_lock_is_refused(text: str) -> None:
    with pytest.raises(SetupFailed, match="names a server"):
        lock.refuse_addresses("requirements.txt", text)


def test_what_the_project_asks_for_is_pinned() -> None:
    project = tomllib.loads((places.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    run, dev = pinned("requirements.txt"), pinned("requirements-dev.txt")
    for wanted in project["dependencies"]:
        assert _name(wanted) in run, wanted
    for wanted in project["optional-dependencies"]["dev"]:
        assert _name(wanted) in dev, wanted
    assert run.items() <= dev.items(), "tests run on the versions users get"


def test_python_3_11_2_of_debian_12_is_served() -> None:
    """redis needs async-timeout below 3.11.3 only: a lock made on a newer Python would not hold it."""
    assert "async-timeout" in pinned("requirements.txt")


def test_an_environments_stamp_follows_its_lock(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("six==1\n", encoding="utf-8")
    before = python_env.stamp(tmp_path / "a.txt")
    (tmp_path / "a.txt").write_text("six==2\n", encoding="utf-8")
    assert python_env.stamp(tmp_path / "a.txt") != before


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=~! ]", requirement)[0].lower()
