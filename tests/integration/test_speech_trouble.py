"""Speech when its own parts die: it may cost a sentence, never a call."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from hotline.domain.heard import Heard, Reason
from hotline.speech.synth_voice import say
from tests.support.audio_caller import AudioCaller
from tests.support.patience import PATIENCE_S
from tests.support.servers import RedisServer, free_port, wait_until
from tests.support.speech_room import SpeechRoom, play, running_speech


async def hear(room: SpeechRoom, sentence: str = "我们小区停水三天了", during: object = None) -> AudioCaller:
    """A caller says a sentence; `during` happens in its middle."""
    caller = await room.expected_caller().connect()
    pcm = bytes(8_000) + say(sentence).tobytes()
    half = len(pcm) // 640 * 320
    await caller.speak(pcm[:half])
    if callable(during):
        during()
    await caller.speak(pcm[half:])
    await caller.quiet()
    return caller


def heard_by(room: SpeechRoom, sentence: str = "我们小区停水三天了", during: object = None) -> Heard:
    caller = play(hear(room, sentence, during))
    assert caller.was_told_to_go_on
    return room.final(caller.call_id)


def test_a_worker_killed_in_mid_sentence(shared_redis: RedisServer, tmp_path: Path) -> None:
    with running_speech(shared_redis, tmp_path, workers=2) as room:
        workers = room.alive()["worker_pids"]

        def kill_all() -> None:
            for pid in workers:
                os.kill(pid, signal.SIGKILL)

        heard = heard_by(room, during=kill_all)
        assert heard.reason in (Reason.ENDPOINT, Reason.FAILED)
        if heard.reason is Reason.ENDPOINT:
            assert "停水" in heard.words, "said again to the new worker"
        wait_until(
            lambda: room.alive()["workers"] == 2 and not set(room.alive()["worker_pids"]) & set(workers),
            "new workers",
        )
        assert room.alive()["restarted"] >= 2
        assert "停水" in heard_by(room).words


def test_a_worker_that_stands_still_is_replaced(shared_redis: RedisServer, tmp_path: Path) -> None:
    with running_speech(shared_redis, tmp_path, HOTLINE_SPEECH_STREAMS="1") as room:
        [worker] = room.alive()["worker_pids"]
        heard = heard_by(room, during=lambda: os.kill(worker, signal.SIGSTOP))
        assert heard.reason is Reason.FAILED
        wait_until(lambda: room.alive()["worker_pids"] not in ([], [worker]), "a new worker")
        assert room.alive()["failed"] == 1
        assert "停水" in heard_by(room).words


def test_a_worker_that_is_frozen_does_not_end_the_others_sentence(
    shared_redis: RedisServer, tmp_path: Path
) -> None:
    with running_speech(shared_redis, tmp_path, workers=2) as room:
        still = room.alive()["worker_pids"][0]

        async def story() -> list[AudioCaller]:
            first = asyncio.create_task(hear(room, during=lambda: os.kill(still, signal.SIGSTOP)))
            second = asyncio.create_task(hear(room, "人民路路灯坏了"))
            return [await first, await second]

        heard = [room.final(caller.call_id) for caller in play(story())]
        assert Reason.ENDPOINT in {h.reason for h in heard}


@pytest.mark.parametrize("kind", ["missing", "empty", "half"])
def test_a_model_that_does_not_load(shared_redis: RedisServer, tmp_path: Path, kind: str) -> None:
    model = tmp_path / "vosk-model"
    if kind != "missing":
        (model / "am").mkdir(parents=True)
    if kind == "half":
        (model / "am" / "final.mdl").write_bytes(b"\0BTransitionModel ")
        (model / "conf").mkdir()
        (model / "conf" / "mfcc.conf").write_text("--sample-frequency=8000\n")
        (model / "conf" / "model.conf").write_text("--min-active=200\n")
    with running_speech(shared_redis, tmp_path, workers=0, HOTLINE_SPEECH_MODEL=str(model)) as room:
        wait_until(
            lambda: "vosk-model does not load" in room.alive().get("problem", ""), "the figures say so"
        )
        assert (room.alive()["workers"], room.alive()["capacity"]) == (0, 0)

        async def story() -> AudioCaller:
            caller = await room.expected_caller().connect()
            await caller.wait_hung_up()
            return caller

        caller = play(story())
        assert room.final(caller.call_id).reason is Reason.NO_RECOGNISER and caller.was_told_to_go_on
        lines = [line for line in room.lines if "does not load" in line]
        assert len(lines) == 1 and "Traceback" not in "".join(room.lines)


def test_without_redis_nobody_is_listened_to_and_nobody_waits(own_redis: RedisServer, tmp_path: Path) -> None:
    with running_speech(own_redis, tmp_path) as room:
        expected = room.expected_caller()
        own_redis.freeze()

        async def story(caller: AudioCaller) -> None:
            await caller.connect()
            await caller.wait_hung_up()

        play(story(expected))
        own_redis.stop()
        play(story(AudioCaller(room.port)))
        own_redis.start()
        wait_until(lambda: room.alive(), "alive again")
        assert "停水" in heard_by(room).words


def test_redis_that_freezes_in_mid_sentence_is_not_waited_for(own_redis: RedisServer, tmp_path: Path) -> None:
    with running_speech(own_redis, tmp_path) as room:
        caller = play(hear(room, during=own_redis.freeze))
        assert caller.was_told_to_go_on
        own_redis.freeze(False)


def test_told_to_stop_it_lets_calls_go_on(shared_redis: RedisServer, tmp_path: Path) -> None:
    with running_speech(shared_redis, tmp_path) as room:
        workers = room.alive()["worker_pids"]

        async def story() -> AudioCaller:
            caller = await room.expected_caller().connect()
            await caller.speak(bytes(8_000) + say("我们小区停水三天了").tobytes())
            room.process.send_signal(signal.SIGTERM)
            await caller.wait_hung_up()
            assert await asyncio.to_thread(room.process.wait, PATIENCE_S) == 0
            return caller

        caller = play(story())
        assert caller.was_told_to_go_on
        assert "停水" in room.final(caller.call_id).words
        assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
        assert "Traceback" not in "".join(room.lines)


def test_the_workers_do_not_outlive_a_killed_server(shared_redis: RedisServer, tmp_path: Path) -> None:
    with running_speech(shared_redis, tmp_path) as room:
        workers = room.alive()["worker_pids"]
        room.process.kill()
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), "workers are gone")


def test_a_port_that_is_taken_is_one_sentence(shared_redis: RedisServer, tmp_path: Path) -> None:
    import socket

    with socket.socket() as holder, pytest.raises(AssertionError, match="AudioSocket port") as caught:
        holder.bind(("127.0.0.1", port := free_port()))
        holder.listen()
        with running_speech(shared_redis, tmp_path, HOTLINE_AUDIOSOCKET_PORT=str(port)):
            pass
    assert "Traceback" not in str(caught.value)


def test_a_broken_topics_file_costs_the_categories_only(shared_redis: RedisServer, tmp_path: Path) -> None:
    topics = tmp_path / "topics.toml"
    topics.write_text("[[topic]]\n")
    with running_speech(shared_redis, tmp_path, HOTLINE_TOPICS_FILE=str(topics)) as room:
        heard = heard_by(room)
        assert "停水" in heard.words and heard.suggestions == () and heard.queue == "general"
        assert any("topics.toml: line 1, topic 1: 'id' must be" in line for line in room.lines)
