"""`hotline model` as its user meets it: what is broken is named, and mended by the same commands."""

import hashlib
import io
import json
import struct
import wave
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hotline.cli import main
from hotline.settings import SHIPPED_MODEL
from hotline.speech.models_store import ModelStore
from hotline.speech.synth_voice import say, say_to_wav
from hotline.telephony import g711
from tests.integration.test_models_fetch import NAME, Host, archive, host
from tests.support.servers import RedisServer

__all__ = ["host"]  # the fixture


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelStore:
    monkeypatch.setenv("HOTLINE_RUNTIME_DIR", str(tmp_path / "run"))
    return ModelStore(tmp_path / "run/models", SHIPPED_MODEL)


def model(*words: str) -> Result:
    return CliRunner().invoke(main, ["model", *words])


def test_a_broken_pointer_is_told_and_mended(
    store: ModelStore, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_REDIS_URL", shared_redis.url)
    store.folder.mkdir(parents=True)
    store.pointer.write_text("{")
    listed = model("list")
    assert (listed.exit_code, f"* {SHIPPED_MODEL.name}" in listed.stdout) == (0, True)
    assert "in-use.json does not say which model to use" in listed.stderr
    used = model("use", SHIPPED_MODEL.name)
    assert used.exit_code == 0, used.output
    assert store.chosen().path == SHIPPED_MODEL
    assert model("list").stderr == ""


def shipped_files() -> dict[str, bytes]:
    files = [file for file in SHIPPED_MODEL.rglob("*") if file.is_file()]
    return {str(file.relative_to(SHIPPED_MODEL)): file.read_bytes() for file in files}


def test_fetching_and_listing(store: ModelStore, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Host.body = archive(shipped_files())
    monkeypatch.setattr("hotline.cli_model._store", lambda: ModelStore(store.folder, SHIPPED_MODEL, host))
    fetched = model("fetch", NAME)
    assert fetched.exit_code == 0, fetched.output
    assert f"`hotline model use {NAME}` puts it to use" in fetched.stdout
    row = next(line for line in model("list").stdout.splitlines() if NAME in line)
    assert row.startswith("  ") and " here " in row
    unknown = model("fetch", "nothing")
    assert (unknown.exit_code, unknown.stderr.count("\n")) == (2, 1)


def test_fetching_one_that_does_not_load(
    store: ModelStore, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.cli_model._store", lambda: ModelStore(store.folder, SHIPPED_MODEL, host))
    good = shipped_files()
    for files in (good, good | {"am/final.mdl": good["am/final.mdl"][:5_000]}):
        Host.body = archive(files)
        Host.md5 = hashlib.md5(Host.body).hexdigest()
        fetched = model("fetch", NAME)
    assert fetched.exit_code == 2 and fetched.stderr.endswith("; nothing was changed\n")
    assert f"model {NAME} does not load" in fetched.stderr
    assert (store.folder / NAME / "am/final.mdl").read_bytes() == good["am/final.mdl"]


def wav(samples: bytes, kind: int, bits: int) -> bytes:
    form = struct.pack("<HHIIHH", kind, 1, 8_000, 8_000 * bits // 8, bits // 8, bits)
    chunks = b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def test_any_wav_is_heard(store: ModelStore, tmp_path: Path) -> None:
    sentence, folder = say("人民路停水了"), tmp_path / "clips"
    folder.mkdir()
    kinds = {
        "mu.wav": wav(g711.encode(sentence, g711.PCMU), 7, 8),
        "a.WAV": wav(g711.encode(sentence, g711.PCMA), 6, 8),
        "eight.wav": wav(bytes((sample >> 8) + 128 for sample in sentence), 1, 8),
        "more.Wav": wav(b"".join((s << 8).to_bytes(3, "little", signed=True) for s in sentence), 1, 24),
    }
    for name, data in kinds.items():
        (folder / name).write_bytes(data)
        (folder / name).with_suffix(".txt").write_text("人民路停水了", encoding="utf-8")
    heard = model("test", str(folder), "--json")
    assert heard.exit_code == 0, heard.output
    figures = json.loads(heard.stdout)
    assert (figures["clips"], figures["refused"]) == (4, [])
    assert figures["cer"] < 30


def test_a_bad_clip_is_named_and_the_others_are_heard(store: ModelStore, tmp_path: Path) -> None:
    for name in ("good", "no sound", "not read"):
        say_to_wav("人民路停水了", tmp_path / f"{name}.wav")
        (tmp_path / f"{name}.txt").write_text("人民路停水了", encoding="utf-8")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as empty:
        empty.setparams((1, 2, 8_000, 0, "NONE", ""))
    (tmp_path / "no sound.wav").write_bytes(buffer.getvalue())
    (tmp_path / "not read.txt").write_bytes(b"\xff\xfe")
    done = model("test", str(tmp_path))
    assert done.exit_code == 1
    assert "no sound.wav holds no sound" in done.stderr
    assert "not read.txt cannot be read as UTF-8" in done.stderr
    assert "in 1 clips" in done.stdout
    (tmp_path / "good.wav").unlink()
    none = model("test", str(tmp_path))
    assert none.exit_code == 2 and "none of the clips" in none.stderr
