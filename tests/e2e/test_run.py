"""`hotline run` as its user meets it: open soon, one sentence when it cannot, and nothing left when it is over."""

import json
import os
import re
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.storage.passwords import Argon2Passwords
from hotline.supervision import kernel
from tests.support.patience import PATIENCE_S
from tests.support.servers import wait_until
from tests.support.stack import HOTLINE, Stack

NAMES = ("redis", "pbx", "speech", "switch", "web", "clock")


@pytest.fixture
def own() -> Iterator[Stack]:
    """A hotline of this test's own: it is going to be ended."""
    stack = Stack.prepare()
    yield stack
    stack.remove()


def family(pid: int) -> list[int]:
    """A process and everything below it."""
    return [pid, *(member for child in kernel.children_of(pid) for member in family(child))]


def gone(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return True
    return stat.rsplit(")", 1)[1].split()[0] == "Z"


def run(stack: Stack) -> "subprocess.CompletedProcess[str]":
    env = os.environ | stack.env
    return subprocess.run([*HOTLINE, "run"], env=env, capture_output=True, text=True, timeout=60)


def test_it_opens_tells_what_to_do_and_ends_without_a_trace(own: Stack) -> None:
    own.start()
    assert own.process is not None
    said = own.said.read_text(encoding="utf-8")
    for words in (own.web, "hotline call --say", "Ctrl-C", "one-time password", *NAMES):
        assert words in said
    pids = family(own.process.pid)
    assert len(pids) > len(NAMES)
    own.stop()
    wait_until(lambda: all(map(gone, pids)), "every process is gone")
    assert "Traceback" not in own.said.read_text(encoding="utf-8")
    assert "Traceback" not in own.logs(last=100_000)

    own.start()  # the same ports and folder are free again
    assert "one-time password" not in own.said.read_text(encoding="utf-8")


def test_killed_outright_it_leaves_nothing_either(own: Stack) -> None:
    own.start()
    assert own.process is not None
    pids = family(own.process.pid)
    own.process.kill()
    wait_until(lambda: all(map(gone, pids)), "every process is gone", timeout_s=30)


def test_only_one_hotline_runs_in_a_folder_and_doctor_sees_it(own: Stack) -> None:
    own.start()
    second = run(own)
    assert second.returncode == 2
    assert second.stderr.startswith("hotline: the hotline is running already in")
    assert len(second.stderr.splitlines()) == 1
    wait_until(lambda: own.hotline("doctor").returncode == 0, "each process has said that it is well")
    found = {finding["name"]: finding for finding in json.loads(own.hotline("doctor", "--json").stdout)}
    for name in NAMES[1:]:
        assert found[name]["well"], found[name]
    with urllib.request.urlopen(f"{own.web}/healthz", timeout=5) as answer:
        assert json.load(answer)["ok"]


@pytest.mark.parametrize("name", ["redis", "speech", "switch", "web", "clock", "pbx"])
def test_what_is_killed_comes_back(restarting: Stack, name: str) -> None:
    before = restarting.kill(name)
    wait_until(lambda: restarting.pid(name) not in (None, before), f"{name} is there again")
    wait_until(lambda: is_well(restarting), "all parts are well again", 45)
    assert f"{name} ended (killed by SIGKILL)" in restarting.said.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def restarting() -> Iterator[Stack]:
    """One for all that die and come back."""
    stack = Stack.prepare()
    try:
        yield stack.start()
    finally:
        print(stack.logs())
        stack.remove()


def is_well(stack: Stack) -> bool:
    try:
        with urllib.request.urlopen(f"{stack.web}/healthz", timeout=2) as answer:
            return bool(json.load(answer)["ok"])
    except (OSError, ValueError):
        return False


def test_a_taken_port_is_one_sentence_and_nothing_is_made(own: Stack) -> None:
    with socket.create_server(("127.0.0.1", own.settings.ami_port)):
        refused = run(own)
    assert refused.returncode == 2
    assert f"{own.settings.ami_port} (HOTLINE_AMI_PORT)" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert not (own.settings.runtime_dir / "secrets").exists()


def test_every_wrong_setting_is_told_at_once(own: Stack) -> None:
    own.env |= {"HOTLINE_WEB_PORT": "soon", "HOTLINE_DEMO": "perhaps"}
    refused = run(own)
    assert refused.returncode == 2
    assert "HOTLINE_WEB_PORT" in refused.stderr
    assert "HOTLINE_DEMO" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_parts_that_are_not_set_up_are_one_sentence(own: Stack) -> None:
    own.env["HOTLINE_PARTS_FILE"] = str(own.folder / "none.json")
    refused = run(own)
    assert refused.returncode == 2
    assert "is not set up on this machine: run `make setup`" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_first_administrator_is_told_though_the_start_fails(own: Stack) -> None:
    own.env["HOTLINE_PARTS_FILE"] = str(own.folder / "none.json")
    told = re.search(r"Administrator: admin, one-time password (\S+)", run(own).stdout)
    assert told
    with own.storage.reading() as tx:
        admin = tx.accounts.by_login("admin")
    assert admin and Argon2Passwords().matches(admin.password_hash, told[1])
    assert "one-time password" not in run(own).stdout  # the second start knows it no longer


def test_ctrl_c_while_it_opens_is_answered(own: Stack) -> None:
    env = os.environ | own.env
    with own.said.open("wb") as out:
        own.process = subprocess.Popen(
            [*HOTLINE, "run"], env=env, stdout=out, stderr=out, start_new_session=True
        )
    wait_until(lambda: "Starting redis" in own.said.read_text(encoding="utf-8"), "it has begun")
    pids = family(own.process.pid)
    own.process.send_signal(signal.SIGINT)
    assert own.process.wait(PATIENCE_S) == 0
    wait_until(lambda: all(map(gone, pids)), "every process is gone")
    assert "Traceback" not in own.said.read_text(encoding="utf-8")
