"""Recordings written down after the call: every word once, never in a caller's place, on through restarts."""

import asyncio
import os
import time
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from hotline.domain.call import Call
from hotline.domain.ids import CallId
from hotline.services.ports import Recording
from hotline.services.ports_transcripts import ATTEMPTS, Source, TranscriptLine, Unheard, Voice
from hotline.settings import Settings
from hotline.speech.afterwards import Afterwards
from hotline.speech.pcm import silence, write_wav
from hotline.speech.recorded import A_MINUTE, sound_of, voice_file
from hotline.speech.synth_voice import say
from hotline.speech.workers import WorkerPool
from hotline.storage.sql import SqlStorage, migrate
from tests.support.patience import PATIENCE_S

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
SENTENCES = ("我们小区停水三天了", "人民路路灯坏了", "老板拖欠工资")


def call_id(number: int) -> CallId:
    return CallId(f"5f0e7c1e-0000-4000-8000-{number:012d}")


@pytest.fixture
def files(tmp_path: Path) -> SqlStorage:
    migrate(f"sqlite:///{tmp_path}/hotline.db")
    return SqlStorage.open(f"sqlite:///{tmp_path}/hotline.db")


def recorded(storage: SqlStorage, folder: Path, number: int, samples: "array[int] | bytes") -> CallId:
    path = folder / f"{number}.wav"
    if isinstance(samples, bytes):
        path.write_bytes(samples)
    else:
        write_wav(path, samples)
    with storage.writing() as tx:
        tx.calls.save(Call(id=call_id(number), arrived_at=NOW))
        tx.recordings.add(
            Recording(
                call_id=call_id(number), path=path.name, size=1, duration_ms=1, sha256="x", linked_at=NOW
            )
        )  # fmt: skip
    return call_id(number)


def talk() -> "array[int]":
    samples = silence(1.0)
    for sentence in SENTENCES:
        samples += say(sentence) + silence(2.0)
    return samples


def lines(storage: SqlStorage, call: CallId) -> list[TranscriptLine]:
    with storage.reading() as tx:
        return tx.transcripts.of_call(call)


def are(found: list[str], wanted: list[str]) -> bool:
    """The same sentences, none missing and none twice; a model may take one character for another."""
    alike = (SequenceMatcher(None, *pair).ratio() >= 0.6 for pair in zip(found, wanted, strict=False))
    return len(found) == len(wanted) and all(alike)


def next_of(storage: SqlStorage) -> Unheard | None:
    with storage.reading() as tx:
        return tx.transcripts.unheard()


@asynccontextmanager
async def writing_down(storage: SqlStorage, folder: Path, streams: int = 4) -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(Settings.from_env({}).speech_model, streams=streams, workers=1, clock=time.monotonic)
    tasks = [asyncio.create_task(pool.run())]
    try:
        await until(lambda: bool(pool.ready))
        tasks.append(asyncio.create_task(Afterwards(pool, storage, folder, lambda: NOW).run()))
        yield pool
    finally:
        for task in reversed(tasks):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until(true: "object") -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline, "not in time"
        await asyncio.sleep(0.02)


def test_each_sentence_with_its_time(files: SqlStorage, tmp_path: Path) -> None:
    call = recorded(files, tmp_path, 1, talk())

    async def story() -> None:
        async with writing_down(files, tmp_path):
            await until(lambda: next_of(files) is None)

    asyncio.run(story())
    found = lines(files, call)
    assert [line.words for line in found] == list(SENTENCES)
    assert {(line.source, line.model) for line in found} == {(Source.RECORDING, "hotline-synthetic-cn")}
    at = 1.0
    for line, sentence in zip(found, SENTENCES, strict=True):
        assert abs(line.began_ms / 1000 - at) < 1.2, (line.began_ms, at)
        at += len(say(sentence)) / 8_000 + 2.0


def test_it_goes_on_where_it_was_left(files: SqlStorage, tmp_path: Path) -> None:
    call = recorded(files, tmp_path, 1, talk() + talk() + talk())

    async def story() -> None:
        async with writing_down(files, tmp_path):
            await until(lambda: len(lines(files, call)) >= 2)
        before = len(lines(files, call))
        left = next_of(files)
        assert left is not None and left.done_ms > 0 and before < 9
        async with writing_down(files, tmp_path):
            await until(lambda: next_of(files) is None)

    asyncio.run(story())
    found = [line.words for line in lines(files, call)]
    assert are(found, list(SENTENCES) * 3), found


def test_each_voice_apart_in_the_order_of_the_talk(files: SqlStorage, tmp_path: Path) -> None:
    greeting, outage, lamp = "您好这里是市民热线", SENTENCES[0], SENTENCES[1]
    call = recorded(files, tmp_path, 1, silence(1.0))
    seat = silence(0.5) + say(greeting)
    caller = silence(len(seat) / 8_000 + 2.0) + say(outage)
    seat += silence(len(caller) / 8_000 + 2.0 - len(seat) / 8_000) + say(lamp) + silence(1.0)
    write_wav(voice_file(tmp_path / "1.wav", Voice.CALLER), caller + silence(1.0))
    write_wav(voice_file(tmp_path / "1.wav", Voice.SEAT), seat)
    half = recorded(files, tmp_path, 2, silence(0.5) + say(outage))
    write_wav(voice_file(tmp_path / "2.wav", Voice.CALLER), silence(0.5) + say(lamp))

    async def story() -> None:
        async with writing_down(files, tmp_path):
            await until(lambda: Voice.SEAT in {line.voice for line in lines(files, call)})
        # Stopped in the second voice: the first is not heard again.
        async with writing_down(files, tmp_path):
            await until(lambda: next_of(files) is None)

    asyncio.run(story())
    said = [(line.voice, line.words) for line in lines(files, call)]
    assert [voice for voice, _ in said] == [Voice.SEAT, Voice.CALLER, Voice.SEAT]
    assert are([words for _, words in said[1:]], [outage, lamp]), said
    assert [(line.voice, line.words) for line in lines(files, half)] == [(Voice.BOTH, outage)]
    assert sorted(path.name for path in tmp_path.glob("*.wav")) == ["1.wav", "2.wav"], "the mixes stay"


def test_who_failed_each_time_is_given_up_and_no_voice_of_it_is_kept(
    files: SqlStorage, tmp_path: Path
) -> None:
    """Whatever ended it: also a process that was killed in the last attempt and could not say so."""
    call = recorded(files, tmp_path, 1, talk())
    for voice in (Voice.CALLER, Voice.SEAT):
        write_wav(voice_file(tmp_path / "1.wav", voice), talk())
    with files.writing() as tx:
        for _ in range(ATTEMPTS):
            tx.transcripts.begin(call, NOW)

    async def story() -> None:
        async with writing_down(files, tmp_path):
            await until(lambda: next_of(files) is None)

    asyncio.run(story())
    with files.reading() as tx:
        progress = tx.transcripts.progress(call)
    assert progress and progress.is_finished and progress.problem == "given up after 3 attempts"
    assert (lines(files, call), [path.name for path in tmp_path.glob("*.wav")]) == ([], ["1.wav"])


def test_a_caller_never_waits_for_it(files: SqlStorage, tmp_path: Path) -> None:
    call = recorded(files, tmp_path, 1, talk())

    async def story() -> None:
        async with writing_down(files, tmp_path, streams=3) as pool:
            await until(lambda: pool._workers and pool._workers[0]._streams)
            taken = [pool.open() for _ in range(3)]
            assert all(taken) and pool.open() is None and pool.open_spare() is None
            before = len(lines(files, call))
            for stream in taken:
                assert stream is not None
                stream.close()
            await until(lambda: next_of(files) is None)
            assert before < 3 and pool.busy == 0

    asyncio.run(story())
    assert len(lines(files, call)) == 3


@pytest.mark.parametrize(
    "content",
    [b"", b"RIFF", b"x" * 10_000, b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\2\0" + b"\x40\x1f\0\0" + b"\0" * 400],
    ids=["empty", "cut off", "noise", "stereo"],
)
def test_what_is_no_recording_is_given_up_and_the_next_one_heard(
    files: SqlStorage, tmp_path: Path, content: bytes
) -> None:
    recorded(files, tmp_path, 1, content)
    good = recorded(files, tmp_path, 2, silence(0.5) + say(SENTENCES[0]))
    recorded(files, tmp_path, 3, b"gone")
    (tmp_path / "3.wav").unlink()

    async def story() -> None:
        async with writing_down(files, tmp_path):
            await until(lambda: next_of(files) is None)

    asyncio.run(story())
    assert [line.words for line in lines(files, good)] == [SENTENCES[0]]
    assert lines(files, call_id(1)) == lines(files, call_id(3)) == []


def test_a_file_whose_header_was_never_finished(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", say("停水了"))
    data = bytearray((tmp_path / "a.wav").read_bytes())
    data[4:8] = data[40:44] = bytes(4)
    (tmp_path / "a.wav").write_bytes(bytes(data) + b"\x01")
    assert len(sound_of(tmp_path / "a.wav", 0)) == len(data) - 44
    assert len(sound_of(tmp_path / "a.wav", 10**9)) == 0


def test_a_recording_of_days_is_read_a_minute_at_a_time(tmp_path: Path) -> None:
    """A file with a hole in it: four gigabytes that take no room on the disk must take none in memory either."""
    path = tmp_path / "days.wav"
    write_wav(path, silence(1.0))
    header = path.read_bytes()[:44]
    with path.open("wb") as file:
        file.write(header)
        file.truncate(44 + 4_000_000_000)
        file.seek(-16, os.SEEK_END)
        file.write(b"the end of it is")
    assert sound_of(path, 0) == bytes(A_MINUTE)
    assert sound_of(path, 4_000_000_000 // 16 - 2) == bytes(16) + b"the end of it is"


def test_what_is_said_after_the_first_minute_is_written_down(files: SqlStorage, tmp_path: Path) -> None:
    call = recorded(files, tmp_path, 1, silence(62.0) + talk())

    async def story() -> None:
        async with writing_down(files, tmp_path):
            await until(lambda: next_of(files) is None)

    asyncio.run(story())
    found = lines(files, call)
    assert are([line.words for line in found], list(SENTENCES)), found
    assert all(line.began_ms > 60_000 for line in found)
