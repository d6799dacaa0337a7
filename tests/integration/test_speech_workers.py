"""The workers with the shipped model: places, wear, and deaths in the middle of a sentence."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hotline.domain.errors import Unavailable
from hotline.domain.hearing_mode import Mode
from hotline.settings import Settings
from hotline.speech.stream import Stream
from hotline.speech.synth_voice import say
from hotline.speech.workers import WorkerPool
from tests.support.patience import PATIENCE_S

MODEL = Settings.from_env({}).speech_model
SENTENCE = "我们小区停水三天了"


async def until(true: Callable[[], object], what: str, limit_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline, f"not within {limit_s:g} s: {what}"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def working(**more: Any) -> AsyncIterator[WorkerPool]:
    options: dict[str, Any] = {"streams": 4, "workers": 1, "clock": time.monotonic} | more
    pool = WorkerPool(MODEL, **options)
    running = asyncio.create_task(pool.run())
    try:
        await until(lambda: len(pool.ready) == options["workers"], "workers are ready")
        yield pool
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def opened(pool: WorkerPool) -> Stream:
    stream = pool.open()
    assert stream is not None
    return stream


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


@pytest.fixture(scope="module")
def pcm() -> bytes:
    return bytes(8_000) + say(SENTENCE).tobytes() + bytes(4_000)


def test_places_are_counted_and_given_back(pcm: bytes) -> None:
    async def story() -> None:
        async with working(streams=3, workers=2) as pool:
            streams = [opened(pool) for _ in range(3)]
            assert pool.open() is None and pool.counters.refused == 1 and pool.busy == 3
            for stream in streams:
                stream.feed(pcm)
            for stream in streams:
                assert "停水" in await stream.finish(PATIENCE_S)
                stream.close()
            assert pool.busy == 0
            opened(pool).close()

    run(story())


def test_talks_that_are_heard_on_leave_half_of_the_places_to_first_sentences() -> None:
    async def story() -> None:
        async with working(streams=5, workers=2) as pool:
            talks = [stream for _ in range(5) if (stream := pool.open(Mode.ON))]
            assert (len(talks), pool.busy_on, pool.counters.refused_on, pool.counters.refused) == (2, 2, 3, 0)
            first_sentences = [opened(pool) for _ in range(3)]
            assert pool.busy == 5 and pool.open() is None and pool.counters.refused == 1
            talks.pop().close()
            assert pool.open(Mode.ON) is not None and pool.busy_on == 2
            for stream in first_sentences:
                stream.close()
            assert (pool.busy, pool.open(Mode.ON)) == (2, None), "also while nobody else speaks"

    run(story())


def test_after_its_utterances_a_worker_is_replaced_without_a_gap(pcm: bytes) -> None:
    async def story() -> None:
        async with working(recycle_after=3, streams=2) as pool:
            pids: set[int] = set()
            deadline = time.monotonic() + 30
            while len(pids) < 3:
                assert time.monotonic() < deadline, "not replaced"
                pids |= set(pool.ready)
                stream = opened(pool)
                stream.feed(pcm)
                assert "停水" in await stream.finish(PATIENCE_S)
                stream.close()
            assert pool.counters.restarted == 0 and pool.counters.failed == 0
            await until(lambda: len(pool.ready) == 1, "one of them is left")

    run(story())


def test_a_death_between_two_words_costs_nothing(pcm: bytes) -> None:
    async def story() -> None:
        async with working() as pool:
            stream, half = opened(pool), len(pcm) // 2
            stream.feed(pcm[:half])
            [worker] = pool._workers
            await until(lambda: not worker._unanswered, "all is answered")
            os.kill(worker.pid, signal.SIGKILL)
            await until(lambda: worker.pid not in pool.ready, "it is gone")
            stream.feed(pcm[half:])
            assert "停水" in await stream.finish(PATIENCE_S)
            assert (pool.counters.restarted, pool.counters.failed) == (1, 0)
            stream.close()

    run(story())


def test_a_death_costs_the_sentence_it_died_of_and_no_other(pcm: bytes) -> None:
    """The worker is stopped first, so that it is known which answer it owes."""

    async def story() -> None:
        async with working() as pool:
            guilty, other = opened(pool), opened(pool)
            other.feed(pcm[: len(pcm) // 2])
            [worker] = pool._workers
            await until(lambda: not worker._unanswered, "all is answered")
            os.kill(worker.pid, signal.SIGSTOP)
            guilty.feed(pcm)
            other.feed(pcm[len(pcm) // 2 :])
            os.kill(worker.pid, signal.SIGABRT)
            os.kill(worker.pid, signal.SIGKILL)
            with pytest.raises(Unavailable):
                await guilty.finish(PATIENCE_S)
            assert "停水" in await other.finish(PATIENCE_S)
            assert (pool.counters.restarted, pool.counters.failed) == (1, 1)

    run(story())


def test_a_worker_that_stands_still_is_ended(pcm: bytes) -> None:
    async def story() -> None:
        async with working() as pool:
            stream = opened(pool)
            [pid] = pool.ready
            os.kill(pid, signal.SIGSTOP)
            stream.feed(pcm)
            await until(lambda: stream.failed, "the stream is told")
            assert pid not in pool.ready
            await until(lambda: pool.ready not in ([], [pid]), "a new worker")
            stream.close()

    run(story())


def test_a_death_in_each_of_two_sentences_ends_no_stream(pcm: bytes) -> None:
    """Two that have nothing to do with each other; only a sentence that kills twice is left alone."""

    async def story() -> None:
        async with working() as pool:
            stream = opened(pool)
            for count in (1, 2):
                stream.feed(pcm + bytes(32_000))
                await until(lambda n=count: len(stream.sentences) == n, "a sentence is over")
                [worker] = pool._workers
                await until(lambda at=worker: not at._unanswered, "all is answered")
                os.kill(worker.pid, signal.SIGKILL)
                await until(lambda gone=worker.pid: pool.ready not in ([], [gone]), "another one")
            stream.feed(pcm)
            assert (await stream.finish(PATIENCE_S)).count("停水") == 3
            assert (pool.counters.restarted, pool.counters.failed) == (2, 0)

    run(story())


def test_spare_streams_wear_a_worker_too(pcm: bytes) -> None:
    async def story() -> None:
        async with working(recycle_after=2) as pool:
            [first] = pool.ready
            for _ in range(2):
                stream = pool.open_spare()
                assert stream is not None
                stream.close()
            await until(lambda: pool.ready not in ([], [first]), "a fresh one has taken its place")

    run(story())


def test_two_deaths_end_a_stream(pcm: bytes) -> None:
    async def story() -> None:
        async with working() as pool:
            stream = opened(pool)
            for _ in range(2):
                await until(lambda: pool.ready and pool._workers[0].busy, "at a worker")
                [pid] = pool.ready
                os.kill(pid, signal.SIGKILL)
                await until(lambda gone=pid: gone not in pool.ready, "gone")
            assert stream.failed and pool.counters.failed == 1

    run(story())


def test_no_places_at_all() -> None:
    async def story() -> None:
        async with working(streams=0, workers=0) as pool:
            assert pool.open() is None and pool.capacity == 0

    run(story())
