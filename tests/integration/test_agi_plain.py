"""The AGI scripts as programs of their own: standard input and output, a real Redis, exit codes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hotline.domain.heard import Heard, Reason
from hotline.domain.ids import CallId, QueueId
from hotline.live.channel import connect
from tests.support.servers import running_redis

ROOT = Path(__file__).parents[2]
CALL = CallId("4bb68cf6-9cc0-4b22-922b-efad6dc16114")
BEGIN = "agi_request: x\nagi_callerid: 13800000001\n\n"
ID = f"200 result=1 ({CALL})\n"
SET = "200 result=1\n"


def run(script: str, said: str, redis_url: str) -> "subprocess.CompletedProcess[str]":
    """The script with everything Asterisk will say already there, as a pipe allows."""
    env = os.environ | {"HOTLINE_REDIS_URL": redis_url, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, str(ROOT / "agi_scripts" / script)],
        input=said,
        capture_output=True,
        text=True,
        env=env,
        timeout=20,
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
    done = run("greet.py", BEGIN + ID + SET, "redis://127.0.0.1:1/0")
    assert done.returncode == 1
    assert done.stdout == 'GET VARIABLE "HOTLINE_CALL_ID"\n'
    assert done.stderr == "AGI ended: Redis does not answer\n"


@pytest.mark.parametrize("said", ["", "agi_request: x\n", BEGIN, BEGIN + "HANGUP\n"])
def test_a_caller_who_is_gone_is_no_failure(said: str) -> None:
    done = run("route.py", said, "redis://127.0.0.1:1/0")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_stranger_is_told_in_one_line() -> None:
    done = run("route.py", "GET / HTTP/1.1\r\n\r\n", "redis://127.0.0.1:1/0")
    assert (done.returncode, done.stderr) == (1, "AGI ended: this is not AGI\n")


@pytest.mark.parametrize("script", ["greet.py", "route.py"])
def test_asterisk_can_start_them(script: str) -> None:
    path = ROOT / "agi_scripts" / script
    assert os.access(path, os.X_OK)
    assert path.read_text().startswith("#!/usr/bin/env python3\n")
