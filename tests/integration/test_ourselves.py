"""A process that we start is of this checkout, wherever somebody stood who called us."""

import subprocess
from pathlib import Path

import pytest

from hotline import ourselves


@pytest.mark.parametrize("argv", [ourselves.command("--help"), ourselves.module("hotline.setup", "--help")])
def test_in_the_folder_of_another_checkout(argv: list[str], tmp_path: Path) -> None:
    other = tmp_path / "hotline"
    other.mkdir()
    (other / "__init__.py").write_text("raise SystemExit('another one')\n")
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
