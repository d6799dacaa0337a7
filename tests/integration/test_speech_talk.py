"""A talk that is heard on, with real workers and the real categoriser: long, and through deaths of the workers."""

import asyncio
import os
import signal
import time
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from hotline.categoriser.live import LiveCategoriser
from hotline.categoriser.versions import VersionFolder
from hotline.domain.heard import MAX_WORDS, Heard, Reason
from hotline.domain.hearing_mode import Mode
from hotline.domain.ids import CallId
from hotline.places_file import WatchedPlaces
from hotline.settings import Settings
from hotline.speech.audiosocket import AudioSocketServer
from hotline.speech.frames import FRAME_BYTES, Kind, encode
from hotline.speech.listening import ListeningRules
from hotline.speech.session import Room
from hotline.speech.synth_voice import say
from hotline.speech.workers import WorkerPool
from hotline.topics_file import WatchedTopics
from tests.integration.test_speech_workers import until, working
from tests.support.audio_caller import AudioCaller
from tests.support.servers import free_port

LAMP, WATER = "人民路路灯坏了没有人修", "我们小区停水三天了"
FAST = 0.03


class Desk:
    """Implements Expected and HeardBoard: every call is heard on."""

    def __init__(self) -> None:
        self.last: Heard | None = None

    async def expected(self, call_id: CallId) -> Mode | None:
        return Mode.ON

    async def put(self, heard: Heard) -> None:
        self.last = heard

    async def newest(self, call_id: CallId) -> Heard | None:
        return self.last


@dataclass
class Talk:
    """One caller who talks with a seat."""

    pool: WorkerPool
    desk: Desk
    caller: AudioCaller

    async def speak(self, sentence: str, seconds: float) -> None:
        """Again and again, never further ahead than the recogniser follows."""
        pcm = said(sentence)
        for _ in range(max(1, round(seconds * 16_000 / len(pcm)))):
            await self.caller.speak(pcm)
            await until(lambda: not any(w._unanswered for w in self.pool._workers), "all is answered")

    async def lose_worker(self) -> None:
        """The worker dies of what this caller says; another one is there."""
        [worker] = self.pool._workers
        os.kill(worker.pid, signal.SIGSTOP)
        self.caller.send(b"".join(encode(Kind.AUDIO, piece) for piece in pieces(said(LAMP))))
        await until(lambda: worker._unanswered, "it owes an answer")
        os.kill(worker.pid, signal.SIGABRT)
        os.kill(worker.pid, signal.SIGKILL)
        await until(lambda: self.pool.ready not in ([], [worker.pid]), "another one")

    async def hang_up(self) -> Heard:
        self.caller.send(encode(Kind.HANG_UP))
        await self.caller.wait_hung_up()
        heard = self.desk.last
        assert heard is not None and heard.final
        return heard


def said(sentence: str) -> bytes:
    """With a second of quiet, in which the sentence ends."""
    return (say(sentence) + array("h", bytes(16_000))).tobytes()


def pieces(pcm: bytes) -> list[bytes]:
    return [pcm[start : start + FRAME_BYTES] for start in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)]


@asynccontextmanager
async def talking(folder: Path, first: Heard | None = None, **options: int) -> AsyncIterator[Talk]:
    settings, desk, port = Settings.from_env({}), Desk(), free_port()
    desk.last = first
    categoriser = LiveCategoriser(
        WatchedTopics(settings.topics_file, folder / "topics.toml"),
        VersionFolder(folder),
        WatchedPlaces(settings.places_file, folder / "places.toml"),
    )
    async with working(**options) as pool:
        room = Room(
            pool=pool,
            board=desk,
            categoriser=categoriser,
            rules=ListeningRules(),
            clock=time.monotonic,
            now=time.time,
            stopping=asyncio.Event(),
        )
        listening = await AudioSocketServer(room, desk, sessions=4).listen(port)
        caller = await AudioCaller(port, speed=FAST).connect()
        await until(lambda: pool.busy == 1, "he is heard")
        try:
            yield Talk(pool, desk, caller)
        finally:
            await caller.close()
            listening.close()


def memory_mb(pid: int | str = "self") -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def test_after_ten_minutes_the_newest_matter_is_suggested(tmp_path: Path) -> None:
    """Faster than a person speaks; no sentence and no cap ends it, and neither this process nor the worker grows with the talk."""

    async def story() -> None:
        async with talking(tmp_path) as talk:
            await talk.speak(LAMP, 60)
            [worker] = talk.pool._workers
            before = memory_mb(), memory_mb(worker.pid)
            await talk.speak(LAMP, 8 * 60)
            await talk.speak(WATER, 2 * 60)
            grown = memory_mb() - before[0], memory_mb(worker.pid) - before[1]
            assert max(grown) < 100, "of this process, of the worker"
            heard = await talk.hang_up()
            assert heard.reason is Reason.HANGUP and heard.heard_ms > 10 * 60_000
            assert 300 < len(heard.words) <= MAX_WORDS and "路灯" in heard.words
            assert heard.suggestions[0].topic == "water_outage"
            await until(lambda: talk.pool.busy == 0, "his place is free")

    asyncio.run(story())


def test_his_first_sentence_still_counts(tmp_path: Path) -> None:
    """To the seat he only says where it is: the matter is known from before."""
    first = Heard(
        call_id=CallId("c"), words=WATER, final=True, reason=Reason.ENDPOINT, at=1.0, heard_ms=2_000
    )

    async def story() -> None:
        async with talking(tmp_path, first) as talk:
            await talk.speak("在人民路", 1)
            heard = await talk.hang_up()
            assert "停水" not in heard.words and "路" in heard.words
            assert heard.suggestions[0].topic == "water_outage"

    asyncio.run(story())


def test_a_talk_goes_on_after_the_sentence_a_worker_died_of(tmp_path: Path) -> None:
    async def story() -> None:
        async with talking(tmp_path) as talk:
            for sentence, word in ((WATER, "停水"), ("小区物业乱收费", "收费"), ("公交车不准时", "公交")):
                await talk.speak(sentence, 1)
                await until(lambda w=word: talk.desk.last and w in talk.desk.last.words, word)
                await talk.lose_worker()
            await talk.speak("学校门口没有红绿灯", 1)
            heard = await talk.hang_up()
            assert heard.reason is Reason.HANGUP and talk.pool.counters.failed == 3
            at = [heard.words.find(word) for word in ("停水", "收费", "公交", "学校")]
            assert -1 not in at and at == sorted(at), heard.words
            await until(lambda: talk.pool.busy == 0, "his place is free")

    asyncio.run(story())
