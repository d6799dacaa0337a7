"""The AGI scripts as programs of their own: standard input and output, a real Redis, exit codes."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from hotline.domain.heard import Heard, Reason
from hotline.domain.ids import CallId, QueueId
from hotline.live.channel import connect
from tests.support.patience import PATIENCE_S
from tests.support.servers import running_redis

ROOT = Path(__file__).parents[2]
CALL = CallId("4bb68cf6-9cc0-4b22-922b-efad6dc16114")
BEGIN = "agi_request: x\nagi_callerid: 13800000001\n\n"
ID = f"200 result=1 ({CALL})\n"
SET = "200 result=1\n"
BARE = {"PATH": "/usr/bin:/bin"}  # whoever starts Asterisk: nothing of this checkout's
NO_REDIS = {"HOTLINE_REDIS_URL": "redis://127.0.0.1:1/0"}


def run(script: str, said: str, redis_url: str) -> "subprocess.CompletedProcess[str]":
    """The script with everything Asterisk will say already there, as a pipe allows."""
    return subprocess.run(
        [str(ROOT / "agi_scripts" / script)],
        input=said,
        capture_output=True,
        text=True,
        env=BARE | {"HOTLINE_REDIS_URL": redis_url},
        timeout=PATIENCE_S,
        cwd="/",
    )


def test_greet_and_route_as_programs() -> None:
    with running_redis() as server:
        connect(server.url).set("hotline:alive:speech", "{}")
        greeted = run("greet.py", BEGIN + ID + SET, server.url)
        assert (greeted.returncode, greeted.stderr) == (0, "")
        assert greeted.stdout == 'GET VARIABLE "HOTLINE_CALL_ID"\nSET VARIABLE "HOTLINE_EXPECTED" "1"\n'
        client = connect(server.url)
        assert client.get(f"hotline:expect:{CALL}")
        heard = Heard(
            call_id=CALL,
            words="",
            final=True,
            reason=Reason.KEY,
            at=1.0,
            heard_ms=1,
            queue=QueueId("planning"),
        )
        client.set(f"hotline:heard:{CALL}", heard.to_json())
        routed = run("route.py", BEGIN + ID + SET, server.url)
        assert (routed.returncode, routed.stderr) == (0, "")
        assert routed.stdout.splitlines()[1:] == ['SET VARIABLE "HOTLINE_QUEUE" "planning"']


def test_without_redis_it_ends_with_one_line_and_sets_nothing() -> None:
    done = run("greet.py", BEGIN + ID + SET, NO_REDIS["HOTLINE_REDIS_URL"])
    assert done.returncode == 1
    assert done.stdout == 'GET VARIABLE "HOTLINE_CALL_ID"\n'
    assert done.stderr == "AGI ended: Redis does not answer\n"


@pytest.mark.parametrize("said", ["", "agi_request: x\n", BEGIN, BEGIN + "HANGUP\n"])
def test_a_caller_who_is_gone_is_no_failure(said: str) -> None:
    done = run("route.py", said, NO_REDIS["HOTLINE_REDIS_URL"])
    assert (done.returncode, done.stderr) == (0, "")


def test_a_stranger_is_told_in_one_line() -> None:
    done = run("route.py", "GET / HTTP/1.1\r\n\r\n", NO_REDIS["HOTLINE_REDIS_URL"])
    assert (done.returncode, done.stderr) == (1, "AGI ended: this is not AGI\n")


@pytest.mark.parametrize("gone", ["stdin", "stdout"])
def test_a_pipe_that_is_closed_is_no_failure(gone: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    given = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE} | {gone: writing}
    process = subprocess.Popen(
        [str(ROOT / "agi_scripts/route.py")], env=BARE | NO_REDIS, stderr=subprocess.PIPE, text=True, **given
    )
    os.close(writing)
    _, complaint = process.communicate(BEGIN + ID if gone == "stdout" else None, PATIENCE_S)
    assert (process.returncode, complaint) == (0, "")


def test_what_nobody_thought_of_is_one_line_without_the_callers_words(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT / 'agi_scripts')!r})\nimport as_program\n"
        "def main(agi, desk):\n    raise KeyError(agi.env['agi_callerid'])\nas_program.run(main)\n"
    )
    done = subprocess.run(
        ["/usr/bin/env", "python3", str(script)],
        input=BEGIN,
        capture_output=True,
        text=True,
        env=BARE | NO_REDIS,
    )
    assert done.returncode == 1
    # The deepest place in our own code: this script is none of it.
    assert re.fullmatch(r"AGI failed: KeyError at hotline/telephony/agi_plain\.py:\d+\n", done.stderr), (
        done.stderr
    )


@pytest.mark.parametrize("script", ["greet.py", "route.py"])
def test_asterisk_can_start_them(script: str) -> None:
    path = ROOT / "agi_scripts" / script
    assert os.access(path, os.X_OK)
    assert path.read_text().startswith("#!/usr/bin/env python3\n")
