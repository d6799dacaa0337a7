"""`hotline doctor` tells what is well, what is not and what to do, and says so to scripts too."""

import json
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hotline import ourselves
from hotline.setup import places
from tests.support.servers import free_port

PORTS = ("WEB", "PBX_HTTP", "AMI", "AGI", "AUDIOSOCKET", "REDIS")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    ports = {f"HOTLINE_{name}_PORT": str(free_port()) for name in PORTS}
    return {**os.environ, **ports, "HOTLINE_RUNTIME_DIR": str(tmp_path / "run")}


def doctor(env: dict[str, str], *options: str) -> "subprocess.CompletedProcess[str]":
    command = ourselves.command("doctor", *options)
    return subprocess.run(command, env=env, cwd=places.ROOT, capture_output=True, text=True, timeout=60)


def findings(env: dict[str, str]) -> dict[str, dict[str, Any]]:
    return {finding["name"]: finding for finding in json.loads(doctor(env, "--json").stdout)}


def test_every_part_is_listed_with_version_and_origin(env: dict[str, str]) -> None:
    found = findings(env)
    for name in ("python", "asterisk", "redis", "espeak", "vosk"):
        assert found[name]["well"], found[name]
        assert found[name]["version"][0].isdigit()
        assert found[name]["source"]
    assert found["running"]["version"] == "no"
    assert {"packages", "model", "disk", "database", "chromium", "sipp", "postgres"} <= found.keys()


def test_a_missing_part_says_what_to_do(env: dict[str, str], tmp_path: Path) -> None:
    done = doctor({**env, "HOTLINE_PARTS_FILE": str(tmp_path / "none.json")})
    assert done.returncode == 1
    assert "xx asterisk" in done.stdout
    assert "run make setup" in done.stdout
    assert "-- chromium" in done.stdout  # only the tests need it


def test_a_part_that_no_longer_starts_is_not_well(env: dict[str, str], tmp_path: Path) -> None:
    listed = json.loads(places.parts_file().read_text(encoding="utf-8"))
    broken = tmp_path / "redis-server"
    broken.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    listed["redis"]["executable"] = str(broken)
    (tmp_path / "parts.json").write_text(json.dumps(listed), encoding="utf-8")
    found = findings({**env, "HOTLINE_PARTS_FILE": str(tmp_path / "parts.json")})
    assert found["redis"]["version"] == "does not start"
    assert not found["redis"]["well"]


def test_a_taken_port_is_named_with_its_setting(env: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(env["HOTLINE_WEB_PORT"]))):
        done = doctor(env)
    assert done.returncode == 1
    assert "end that or set HOTLINE_WEB_PORT" in done.stdout


def test_wrong_settings_are_a_finding_not_a_crash(env: dict[str, str]) -> None:
    done = doctor({**env, "HOTLINE_WEB_PORT": "none", "HOTLINE_SIP_HOST": "x"})
    assert done.returncode == 1
    assert "HOTLINE_WEB_PORT" in done.stdout
    assert "HOTLINE_SIP_HOST" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("text", ["", "{", "[]", '{"supervisor": 1}', '{"supervisor": "x", "processes": {}}'])
def test_a_broken_state_file_means_not_running(env: dict[str, str], text: str) -> None:
    folder = Path(env["HOTLINE_RUNTIME_DIR"])
    folder.mkdir()
    (folder / "processes.json").write_text(text, encoding="utf-8")
    assert findings(env)["running"]["version"] == "no"
