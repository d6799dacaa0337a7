"""Programs that fail, hang, flood and lie: each ends as one sentence and leaves nothing running."""

import os
import time
from pathlib import Path

import pytest

from hotline.setup import commands, places
from hotline.setup.commands import CommandFailed


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(places, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("output", "cause"),
    [
        ("E: You don't have enough free space in /x/.", "the disk is full"),
        ("E: Write error - write (28: No space left on device)", "the disk is full"),
        ("Err:1 http://x.invalid Temporary failure resolving 'x.invalid'", "cannot be reached"),
        ("E: Failed to fetch: Could not connect to 127.0.0.1:9", "cannot be reached"),
        ("NewConnectionError('<pip…>: Failed to establish')", "cannot be reached"),
        ("W: GPG error: NO_PUBKEY 0E98404D386FA1D9", "keyring is too old"),
        ("E: The repository 'http://x testing' is not signed.", "not what was signed"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "not what was signed"),
        ("E: Unable to locate package asterisk", "no such package"),
        ("E: Could not get lock /var/lib/dpkg/lock-frontend", "another program is installing"),
        ("first\nlast words\n\n", "last words"),
        ("", "it said nothing"),
        ("x" * 100_000, "x" * 200),
    ],
)
def test_the_cause_is_said_in_words(output: str, cause: str) -> None:
    assert cause in commands.cause_of(output)


def test_a_failure_is_one_sentence_that_names_the_log(own_folder: Path) -> None:
    with pytest.raises(CommandFailed) as failed:
        commands.run(["sh", "-c", "echo no luck; exit 3"], doing="Trying", limit_s=5)
    assert str(failed.value) == f"Trying failed: no luck (details: {places.log_file()})."
    assert "no luck" in places.log_file().read_text(encoding="utf-8")


def test_a_program_that_is_not_there_is_a_failure_too() -> None:
    with pytest.raises(CommandFailed, match="No such file"):
        commands.run(["/nowhere/at/all"], doing="Starting", limit_s=5)


def test_what_breaks_is_tried_again(tmp_path: Path) -> None:
    script = f"echo x >> {tmp_path}/tries; test $(wc -l < {tmp_path}/tries) -ge 3"
    commands.run(["sh", "-c", script], doing="Downloading", limit_s=5, tries=3)
    assert (tmp_path / "tries").read_text(encoding="utf-8") == "x\n" * 3


def test_it_is_tried_only_so_often(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed):
        commands.run(["sh", "-c", f"echo x >> {tmp_path}/tries; false"], doing="D", limit_s=5, tries=2)
    assert (tmp_path / "tries").read_text(encoding="utf-8") == "x\n" * 2


def test_a_program_that_hangs_is_ended_with_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell's job in the background does not hear what it is asked."""
    monkeypatch.setattr(commands, "_PATIENCE_S", 0.2)
    pid_file = tmp_path / "pid"
    script = f"sleep 60 & echo $! > {pid_file}; wait"
    with pytest.raises(CommandFailed, match=r"cannot be reached|timed out"):
        commands.run(["sh", "-c", script], doing="Waiting", limit_s=0.5)
    assert _gone(int(pid_file.read_text(encoding="utf-8")))


def test_one_that_ignores_being_asked_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_PATIENCE_S", 0.2)
    with pytest.raises(CommandFailed):
        commands.run(["sh", "-c", "trap '' INT TERM; while :; do sleep 0.1; done"], doing="W", limit_s=0.3)


def test_a_flood_and_foreign_bytes_do_no_harm() -> None:
    output = commands.run(
        ["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' 'x'; printf '\\377\\376'"], doing="F", limit_s=20
    )
    assert len(output) >= 3_000_000


def test_a_full_disk_under_the_log_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "log_file", lambda: Path("/dev/full"))
    assert commands.run(["echo", "fine"], doing="Saying", limit_s=5) == "fine\n"


def _gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        os.sched_yield()
    return False
