"""`hotline doctor` tells what is well, what is not and what to do, and says so to scripts too."""

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hotline import ourselves
from hotline.live.channel import connect
from hotline.settings import SHIPPED_MODEL
from hotline.setup import places
from hotline.speech.models_store import Choice, ModelStore
from hotline.supervision import state
from tests.support.servers import RedisServer, own_environment


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return own_environment(tmp_path / "run")


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


def test_a_taken_sip_port_is_named_too(env: dict[str, str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", int(env["HOTLINE_SIP_PORT"])))
        assert "end that or set HOTLINE_SIP_PORT" in doctor(env).stdout


def test_a_database_that_does_not_answer(env: dict[str, str]) -> None:
    found = findings({**env, "HOTLINE_DATABASE_URL": "postgresql://hotline:pass-word@127.0.0.1:1/hotline"})
    assert not found["database"]["well"]
    assert "refused: start it or set HOTLINE_DATABASE_URL" in found["database"]["advice"].replace("\n", " ")
    assert "pass-word" not in json.dumps(found)


def test_a_postgres_that_answers(env: dict[str, str], postgres_server: str) -> None:
    found = findings({**env, "HOTLINE_DATABASE_URL": f"{postgres_server}/postgres"})
    assert found["database"]["well"], found["database"]


@pytest.mark.parametrize(("offset", "well"), [(None, True), (0, False), (4096 * 3, False)])
def test_a_damaged_database(env: dict[str, str], migrated_file: Path, offset: int | None, well: bool) -> None:
    folder = Path(env["HOTLINE_RUNTIME_DIR"])
    folder.mkdir()
    data = bytearray(migrated_file.read_bytes())
    if offset is not None:
        data[offset : offset + 2_000] = b"x" * 2_000
    (folder / "hotline.db").write_bytes(data)
    found = findings(env)["database"]
    assert found["well"] is well
    assert well or "put a copy of it in its place" in found["advice"]


def test_the_model_is_the_one_that_was_chosen(env: dict[str, str], tmp_path: Path) -> None:
    store = ModelStore(Path(env["HOTLINE_RUNTIME_DIR"]) / "models", SHIPPED_MODEL)
    store.choose(Choice(Path(shutil.copytree(SHIPPED_MODEL, tmp_path / "better"))))
    assert (findings(env)["model"]["version"], findings(env)["model"]["well"]) == ("better", True)
    (tmp_path / "better/am/final.mdl").unlink()
    assert "`hotline model use` another" in findings(env)["model"]["advice"]
    store.pointer.write_text("{")
    assert "in-use.json does not say which" in findings(env)["model"]["advice"]
    given = findings({**env, "HOTLINE_SPEECH_MODEL": str(SHIPPED_MODEL)})["model"]
    assert given["well"] and given["version"] == SHIPPED_MODEL.name


def test_processes_that_run_and_do_not_work(env: dict[str, str], own_redis: RedisServer) -> None:
    folder = Path(env["HOTLINE_RUNTIME_DIR"])
    folder.mkdir()
    names = ("redis", "pbx", "speech", "switch", "web", "clock")
    there = {name: state.ProcessState(pid=os.getpid(), restarts=0, last_end="") for name in names}
    state.write(folder, state.State(supervisor=os.getpid(), processes=there))
    redis = connect(own_redis.url)

    def ill(**told: dict[str, Any]) -> dict[str, str]:
        redis.flushall()
        for name, figures in told.items():
            redis.set(f"hotline:alive:{name}", json.dumps(figures))
        found = findings({**env, "HOTLINE_REDIS_URL": own_redis.url})
        return {name: found[name]["advice"] for name in names if not found[name]["well"]}

    well: dict[str, dict[str, Any]] = {"speech": {}, "switch": {"pbx": True}, "web": {}, "clock": {}}
    assert ill(**well) == {}
    frozen = ill(**{name: told for name, told in well.items() if name != "web"})
    assert list(frozen) == ["web"] and "says nothing" in frozen["web"]
    refused = ill(**well | {"switch": {"pbx": False}})
    assert list(refused) == ["pbx"] and "not logged in at Asterisk" in refused["pbx"]
    for key in ("problem", "model_problem"):
        deaf = ill(**well | {"speech": {key: "speech model x does not load"}})
        assert deaf == {"speech": "speech model x does not load: `hotline model use` another"}
    own_redis.stop()
    found = findings({**env, "HOTLINE_REDIS_URL": own_redis.url})
    assert [name for name in names if not found[name]["well"]] == ["redis"]
