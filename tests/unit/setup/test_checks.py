"""Full disks, folders nobody may write, and two set-ups at once."""

import subprocess
import sys
from pathlib import Path

import pytest

from hotline.setup import checks, places
from hotline.setup.narrate import SetupFailed

HOLD = (
    "import sys; sys.path.insert(0, sys.argv[2])\n"
    "from pathlib import Path\n"
    "from hotline.setup import checks\n"
    "with checks.alone(Path(sys.argv[1])):\n"
    "    print('held', flush=True); sys.stdin.read()\n"
)


def test_a_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    checks.folder(tmp_path / "a" / "b", "")
    assert list((tmp_path / "a" / "b").iterdir()) == []


@pytest.mark.parametrize("place", ["/proc/hotline", "/dev/null/hotline"])
def test_a_folder_that_cannot_be_written_is_named(place: str) -> None:
    with pytest.raises(SetupFailed, match=rf"{place} cannot be written \(.*\): try elsewhere\."):
        checks.folder(Path(place), "try elsewhere")


def test_a_full_disk_is_said_with_figures(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match=r"disk is full: .* GB free and set-up needs 1000000000.0 GB"):
        checks.disk(tmp_path, needed=10**18)
    checks.disk(tmp_path, needed=1)


def test_the_second_set_up_waits_and_says_for_whom(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = tmp_path / "lock"
    with holder(lock) as first:
        with pytest.raises(SetupFailed, match=f"process {first.pid}"), checks.alone(lock, wait_s=0.3):
            raise AssertionError("it was not alone")
        assert f"Another set-up is running (process {first.pid})" in capsys.readouterr().out
        first.kill()
        first.wait()
        with checks.alone(lock, wait_s=5):  # a killed one holds nothing
            assert lock.exists()


def holder(lock: Path) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock), str(places.ROOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process
