"""The first start on a disk that is full or in a folder that is wrong: one sentence, and the next start mends it."""

import resource
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline import ourselves
from hotline.cli import main
from hotline.secrets import NAMES, ensure_secrets, read_secret
from hotline.supervision import ground
from tests.support.servers import own_environment


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return own_environment(tmp_path / "run")


def hotline(
    command: str, env: dict[str, str], before: Callable[[], None] | None = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ourselves.command(command), env=env, capture_output=True, text=True, preexec_fn=before
    )


def no_byte_more() -> None:
    """Files can be made and not written, as on a disk that is full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def test_a_disk_without_room_is_one_sentence(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ground, "LEAST_FREE_BYTES", 10**18)
    done = CliRunner().invoke(main, ["run"], env=env)
    assert done.exit_code == 2
    assert done.stderr.startswith("hotline: the disk is full: ") and done.stderr.count("\n") == 1
    assert not (Path(env["HOTLINE_RUNTIME_DIR"]) / "secrets").exists()


def test_secrets_that_could_not_be_written_are_made_at_the_next_start(env: dict[str, str]) -> None:
    refused = hotline("prepare", env, before=no_byte_more)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    folder = Path(env["HOTLINE_RUNTIME_DIR"]) / "secrets"
    assert str(folder) in refused.stderr
    assert list(folder.iterdir()) == []
    assert "one-time password" in hotline("prepare", env).stdout
    assert all(len(read_secret(name, folder)) >= 16 for name in NAMES)


def test_an_empty_secret_is_made_again_and_no_other(tmp_path: Path) -> None:
    ensure_secrets(tmp_path)
    before = {name: read_secret(name, tmp_path) for name in NAMES}
    (tmp_path / "sip").write_text("")
    ensure_secrets(tmp_path)
    after = {name: read_secret(name, tmp_path) for name in NAMES}
    assert [name for name in NAMES if after[name] != before[name]] == ["sip"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(NAMES)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in tmp_path.iterdir())


@pytest.mark.parametrize("name", ["log", "redis"])
def test_a_file_where_a_folder_should_be_is_one_sentence(env: dict[str, str], name: str) -> None:
    runtime = Path(env["HOTLINE_RUNTIME_DIR"])
    runtime.mkdir()
    (runtime / name).write_text("")
    refused = hotline("run", env)
    assert (refused.returncode, refused.stderr) == (2, f"hotline: {runtime / name}: File exists\n")
