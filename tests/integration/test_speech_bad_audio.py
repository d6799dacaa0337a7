"""What no caller should send and some do: silence, music, gaps, a worker that aborts."""

import asyncio
import math
import os
import random
import signal
from array import array
from collections.abc import Iterator

import pytest

from hotline.domain.heard import Heard, Reason
from hotline.speech.synth_voice import say
from tests.integration.test_speech_workers import opened, until, working
from tests.support.audio_caller import AudioCaller
from tests.support.patience import PATIENCE_S
from tests.support.servers import RedisServer
from tests.support.speech_room import SpeechRoom, play, running_speech

SENTENCE = "我们小区停水三天了"


@pytest.fixture(scope="module")
def room(shared_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SpeechRoom]:
    with running_speech(shared_redis, tmp_path_factory.mktemp("speech")) as running:
        yield running


def heard_of(room: SpeechRoom, pcm: bytes, speed: float = 1.0) -> Heard:
    async def story() -> AudioCaller:
        caller = await room.expected_caller(speed).connect()
        await caller.speak(pcm)
        await caller.wait_hung_up()
        return caller

    caller = play(story())
    assert caller.was_told_to_go_on
    return room.final(caller.call_id)


def music(seconds: float) -> bytes:
    """Chords that change twice a second."""
    notes = (262, 330, 392, 440, 523)
    chooser, samples = random.Random(3), array("h")
    for _ in range(int(seconds * 2)):
        chord = chooser.sample(notes, 3)
        for n in range(4_000):
            samples.append(int(2_500 * sum(math.sin(2 * math.pi * note * n / 8_000) for note in chord)))
    return samples.tobytes()


def test_music_ends_by_the_rules_and_is_no_emergency(room: SpeechRoom) -> None:
    heard = heard_of(room, music(12))
    assert heard.reason in (Reason.SILENCE, Reason.CAP, Reason.ENDPOINT) and not heard.urgent
    assert heard.heard_ms <= 8_500


@pytest.mark.parametrize("level", [0, 1])
def test_silence_is_not_even_recognised(room: SpeechRoom, level: int) -> None:
    chooser = random.Random(1)
    quiet = array("h", (chooser.randint(-level, level) for _ in range(80_000))).tobytes()
    heard = heard_of(room, quiet)
    assert (heard.reason, heard.words) == (Reason.SILENCE, "")


def test_a_telephone_that_sends_nothing_between_words(room: SpeechRoom) -> None:
    """Discontinuous transmission: gaps of half a second in the middle, and nothing at all after the end."""
    parts = [say("我们小区").tobytes(), say("停水三天了").tobytes()]

    async def story() -> AudioCaller:
        caller = await room.expected_caller().connect()
        for part in parts:
            await caller.speak(part)
            await asyncio.sleep(0.35)
        await caller.wait_hung_up()
        return caller

    heard = room.final(play(story()).call_id)
    assert "停水" in heard.words and heard.reason is Reason.ENDPOINT


def test_frames_that_come_late_all_at_once(room: SpeechRoom) -> None:
    heard = heard_of(room, bytes(4_000) + say(SENTENCE).tobytes() + bytes(16_000), speed=0.0)
    assert "停水" in heard.words


def test_an_assertion_in_the_recogniser_costs_one_sentence() -> None:
    """Kaldi's way to end: SIGABRT in the middle of a sentence. The others' go on in a worker born at once."""
    pcm = bytes(8_000) + say(SENTENCE).tobytes() + bytes(4_000)

    async def story() -> None:
        async with working(streams=4, workers=1) as pool:
            others = [opened(pool) for _ in range(3)]
            for stream in others:
                stream.feed(pcm[: len(pcm) // 2])
            [worker] = pool._workers
            await until(lambda: not worker._unanswered, "all is answered")
            os.kill(worker.pid, signal.SIGABRT)
            await until(lambda: pool.ready and worker.pid not in pool.ready, "another one")
            for stream in others:
                stream.feed(pcm[len(pcm) // 2 :])
                assert "停水" in await stream.finish(PATIENCE_S)
                stream.close()
            assert worker.exit_code == -signal.SIGABRT
            assert pool.counters.restarted == 1 and pool.counters.failed <= 1

    asyncio.run(story())


def test_the_process_with_the_model_dies_or_stands_still() -> None:
    async def story() -> None:
        async with working(streams=2, workers=1) as pool:
            for how in (signal.SIGKILL, signal.SIGSTOP):
                assert pool._nursery is not None
                old, [worker] = pool._nursery, pool._workers
                os.kill(old._process.pid, how)
                if how == signal.SIGSTOP:
                    os.kill(worker.pid, signal.SIGKILL)
                await until(lambda w=worker.pid: pool.ready not in ([], [w]), "hears again")
                assert pool._nursery is not old
                stream = opened(pool)
                stream.feed(bytes(8_000) + say(SENTENCE).tobytes())
                assert "停水" in await stream.finish(PATIENCE_S)
                stream.close()

    asyncio.run(story())
