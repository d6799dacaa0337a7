"""Another model while callers speak: nobody loses a word, and one that does not load changes nothing."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline.cli import main
from hotline.domain.errors import Invalid, NotFound, Unavailable
from hotline.settings import SHIPPED_MODEL
from hotline.speech.models_measure import clips_of, distance, plain, samples_of
from hotline.speech.models_store import Choice, ModelStore
from hotline.speech.models_watch import ModelWatch, first_model
from hotline.speech.pcm import write_wav
from hotline.speech.synth_voice import say, say_to_wav
from hotline.speech.workers import WorkerPool
from tests.integration.test_speech_workers import SENTENCE, opened, until, working
from tests.support.patience import PATIENCE_S
from tests.support.servers import RedisServer, wait_until
from tests.support.speech_room import running_speech


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED_MODEL, tmp_path / "runtime" / "models" / "other"))


@pytest.fixture
def half(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(SHIPPED_MODEL, tmp_path / "runtime" / "models" / "half"))
    (folder / "am/final.mdl").write_bytes((folder / "am/final.mdl").read_bytes()[:5_000])
    return folder


def test_callers_finish_on_the_old_and_begin_on_the_new(other: Path) -> None:
    pcm = bytes(8_000) + say(SENTENCE).tobytes() + bytes(4_000)

    async def story() -> None:
        async with working(streams=4, workers=2) as pool:
            stream, before = opened(pool), set(pool.ready)
            stream.feed(pcm[: len(pcm) // 2])
            await pool.use(other)
            await until(lambda: len(pool.ready) == 2 and not set(pool.ready) & before, "new workers")
            fresh = opened(pool)
            fresh.feed(pcm)
            stream.feed(pcm[len(pcm) // 2 :])
            assert "停水" in await stream.finish(PATIENCE_S) and "停水" in await fresh.finish(PATIENCE_S)
            assert (stream.model, fresh.model) == (SHIPPED_MODEL.name, "other")
            stream.close()
            fresh.close()
            await until(lambda: not pool._retired, "nothing of the old one is left")
            assert pool.counters.restarted == pool.counters.failed == 0

    asyncio.run(story())


def test_a_model_that_does_not_load_leaves_the_old_one(half: Path, tmp_path: Path) -> None:
    async def story() -> None:
        async with working() as pool:
            before = pool.ready
            for wrong in (half, tmp_path / "nothing"):
                with pytest.raises(Unavailable):
                    await pool.use(wrong)
            assert pool.ready == before and pool.model == SHIPPED_MODEL and not pool.problem

    asyncio.run(story())


def hotline(*words: str) -> "subprocess.CompletedProcess[str]":
    code = "from hotline.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, "model", *words], capture_output=True, text=True)


def test_the_running_process_takes_it_up(
    shared_redis: RedisServer, tmp_path: Path, other: Path, half: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = tmp_path / "runtime"
    monkeypatch.setenv("HOTLINE_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("HOTLINE_REDIS_URL", shared_redis.url)
    with running_speech(shared_redis, runtime) as room:
        done = hotline("use", "other")
        assert (done.returncode, done.stdout) == (0, "other is in use\n"), done.stderr
        assert room.alive()["model"] == "other"
        before = set(room.alive()["worker_pids"])
        again = hotline("use", "other")  # as after it was fetched again: what is loaded are the old files
        assert (again.returncode, again.stdout) == (0, "other is in use\n"), again.stderr
        wait_until(lambda: (now := set(room.alive()["worker_pids"])) and not now & before, "read once more")
        refused = hotline("use", "half")
        assert refused.returncode == 2 and "half does not load" in refused.stderr
        # Even where somebody else points to it, the process goes on with what it has, and says why.
        ModelStore(runtime / "models", SHIPPED_MODEL).choose(Choice(half))
        wait_until(lambda: "half does not load" in room.alive()["model_problem"], "it says so")
        assert room.alive()["model"] == "other" and room.alive()["workers"] >= 1
    with running_speech(shared_redis, runtime, workers=0) as room:
        wait_until(lambda: room.alive().get("model") == SHIPPED_MODEL.name, "begins with the shipped one")
        wait_until(lambda: room.alive()["workers"] >= 1, "and hears")
        wait_until(lambda: "half" in room.alive()["model_problem"], "and says why")
        shutil.copytree(SHIPPED_MODEL, half, dirs_exist_ok=True)
        mended = hotline("use", "half")
        assert (mended.returncode, mended.stdout) == (0, "half is in use\n"), mended.stderr
        assert (room.alive()["model"], room.alive()["model_problem"]) == ("half", "")


@asynccontextmanager
async def watching(pool: WorkerPool, store: ModelStore) -> AsyncIterator[ModelWatch]:
    watch = ModelWatch(pool, store)
    task = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_a_model_that_is_damaged_while_it_hears_gives_way_to_the_shipped_one(other: Path) -> None:
    store, good = ModelStore(other.parent, SHIPPED_MODEL), (other / "am/final.mdl").read_bytes()

    async def story() -> None:
        async with working() as pool, watching(pool, store) as watch:
            store.choose(Choice(other, "1"))
            await until(lambda: watch.figures()["model_chosen_at"] == "1", "it is taken up")
            (other / "am/final.mdl").write_bytes(good[:5_000])
            assert pool.model == other and pool._nursery
            os.kill(pool._nursery._process.pid, signal.SIGKILL)
            await until(lambda: pool.model == SHIPPED_MODEL and pool.ready, "the shipped one hears")
            assert "other does not load" in watch.problem and "is used" in watch.problem
            (other / "am/final.mdl").write_bytes(good)
            store.choose(Choice(other, "2"))
            await until(lambda: pool.model == other and not watch.problem, "mended, it is taken up again")

    asyncio.run(story())


def test_two_broken_models_are_told_and_one_that_is_mended_is_heard_with(half: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(half, tmp_path / "shipped"))
    good = (SHIPPED_MODEL / "am/final.mdl").read_bytes()
    store = ModelStore(half.parent, broken)

    async def story() -> None:
        async with working() as pool, watching(pool, store) as watch:
            whole = Path(shutil.copytree(SHIPPED_MODEL, half.parent / "whole"))
            store.choose(Choice(whole, "1"))
            await until(lambda: pool.model == whole, "it is taken up")
            (whole / "am/final.mdl").write_bytes(good[:5_000])
            assert pool._nursery
            os.kill(pool._nursery._process.pid, signal.SIGKILL)
            await until(lambda: "nor does shipped" in watch.problem, "both are told")
            (whole / "am/final.mdl").write_bytes(good)
            await until(lambda: pool.ready and not watch.problem, "the pool's own attempt succeeds")
            assert pool.model == whole

    asyncio.run(story())


def test_the_pointer(tmp_path: Path, other: Path) -> None:
    store = ModelStore(tmp_path / "runtime/models", SHIPPED_MODEL)
    assert store.chosen() == Choice(SHIPPED_MODEL) and first_model(store, other) == other
    store.choose(Choice(other, "2026-03-02T01:00:00+00:00"))
    assert store.chosen().path == first_model(store, None) == other
    assert store.chosen().at == "2026-03-02T01:00:00+00:00"
    store.pointer.write_text(json.dumps({"path": str(other)}))  # as written before the time was kept
    assert store.chosen() == Choice(other)
    for text in (
        "",
        "{",
        "[]",
        '{"path": 1}',
        '{"path": "\\u0000"}',
        '{"path": "x", "at": 1}',
        "[" * 100_000,
    ):
        store.pointer.write_text(text)
        with pytest.raises(Invalid, match=r"in-use\.json"):
            store.chosen()
        assert first_model(store, None) == SHIPPED_MODEL
    for name in ("nothing", ".hidden", "../x/y", "x" * 5_000):
        with pytest.raises((NotFound, OSError)):
            store.path_of(name)


def test_measuring_a_folder_and_a_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_RUNTIME_DIR", str(tmp_path / "runtime"))
    say_to_wav("人民路停水了", tmp_path / "a.wav")
    write_wav(tmp_path / "b.wav", say("小区路灯坏了"), 8_000)
    (tmp_path / "a.txt").write_text("人民路 停水了。", encoding="utf-8")
    (tmp_path / "b.txt").write_text("小区路灯亮了", encoding="utf-8")
    (tmp_path / "list.tsv").write_text("a.wav\t人民路停水了\n\nb\t小区路灯坏了\twho\n", encoding="utf-8")
    for source, wrong in ((tmp_path, 1), (tmp_path / "list.tsv", 0)):
        done = CliRunner().invoke(main, ["model", "test", str(source), "--json"])
        figures = json.loads(done.stdout)
        assert (figures["clips"], figures["characters"]) == (2, 12) and figures["speed"] > 0
        assert round(figures["cer"] * 12 / 100) >= wrong and figures["cer"] < 40


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"a.wav", "line 1"), (b"a.wav\tx", "line 1: there is no"), (b"", "empty"), (b"\xff\xfe", "UTF-8")],
)
def test_a_list_that_is_wrong(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "list.tsv").write_bytes(content)
    with pytest.raises(Invalid, match=why):
        clips_of(tmp_path / "list.tsv")
    with pytest.raises(Invalid, match="no WAV"):
        clips_of(tmp_path)
    (tmp_path / "c.wav").write_bytes(content * 100)
    with pytest.raises(Invalid, match=r"c\.wav"):
        samples_of(tmp_path / "c.wav")


def test_counting_characters() -> None:
    assert (distance("", "停水"), distance("停水了", "停电了"), distance("停水了", "水了呀")) == (2, 1, 2)
    assert plain("停水了, WiFi  坏了。") == "停水了wifi坏了"
