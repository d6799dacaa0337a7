"""Whoever knocks at AudioSocket and is no expected call: cut, oversized, unknown, repeated, ten thousand."""

import asyncio
import contextlib
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator

import pytest

from hotline.domain.heard import Heard, Reason
from hotline.domain.ids import CallId
from hotline.speech.frames import HANG_UP, SILENCE, Kind, encode
from hotline.speech.synth_voice import say
from tests.support.audio_caller import AudioCaller
from tests.support.patience import PATIENCE_S
from tests.support.servers import RedisServer, wait_until
from tests.support.speech_room import SpeechRoom, play, running_speech


@pytest.fixture
def room(shared_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SpeechRoom]:
    with running_speech(shared_redis, tmp_path_factory.mktemp("speech")) as running:
        yield running
        assert running.process.poll() is None, "it lives on"
        assert "Traceback" not in "".join(running.lines)


def hung_up_on(room: SpeechRoom, *pieces: bytes, limit_s: float = PATIENCE_S) -> float:
    """Send raw bytes, read until the end of file; seconds it took."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", room.port), timeout=limit_s) as line:
        for piece in pieces:
            line.sendall(piece)
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while data := line.recv(4096):
                received += data
    assert received in (b"", HANG_UP)
    return time.monotonic() - began


def uuid_frame(call_id: str) -> bytes:
    return encode(Kind.UUID, uuid.UUID(call_id).bytes)


def test_the_log_names_what_was_wrong_and_no_bytes_of_it(room: SpeechRoom) -> None:
    assert hung_up_on(room) >= 0.9, "no UUID"
    assert hung_up_on(room, b"\x01\x00") >= 0.9, "half a header"
    hung_up_on(room, uuid_frame(str(uuid.uuid4())))
    hung_up_on(room, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    hung_up_on(room, b"\x10\xff\xff")
    wait_until(lambda: room.alive()["turned_away"] == 5, "counted")
    text = "".join(room.lines)
    for message in ("no UUID within 2 s", "a call that nobody expects", "unknown kind of frame 0x47"):
        assert text.count(message) >= 1
    assert text.count("no UUID within") <= 2, "the others were not waited for"
    assert "oversized" not in text and "GET" not in text


@pytest.mark.parametrize(
    "first", [SILENCE, HANG_UP, encode(Kind.DTMF, b"1"), b"\x01\x00\x24" + b"x" * 36, b"\xff" * 60_000]
)
def test_a_wrong_first_frame(room: SpeechRoom, first: bytes) -> None:
    hung_up_on(room, first)
    wait_until(lambda: room.alive()["turned_away"] == 1, "counted")
    assert "no UUID within" not in "".join(room.lines), "it was not waited for"


def test_strangers_are_logged_a_few_times_only(room: SpeechRoom) -> None:
    for _ in range(40):
        hung_up_on(room, b"\x99\x00\x00")
    wait_until(lambda: room.alive()["turned_away"] == 40, "counted")
    assert sum("unknown kind" in line for line in room.lines) == 5


def test_a_second_connection_for_one_call_is_refused(room: SpeechRoom) -> None:
    async def story() -> AudioCaller:
        caller = await room.expected_caller().connect()
        await caller.speak(bytes(8_000))
        room.desk.expect(caller.call_id)  # even if it were expected again
        second = await AudioCaller(room.port, caller.call_id).connect()
        await second.wait_hung_up()
        await caller.speak(say("我们小区停水三天了").tobytes())
        await caller.quiet()
        return caller

    caller = play(story())
    assert "停水" in room.final(caller.call_id).words
    assert room.alive()["turned_away"] >= 1


def test_a_call_is_let_in_once(room: SpeechRoom) -> None:
    async def story() -> None:
        caller = await room.expected_caller().connect()
        caller.send(encode(Kind.DTMF, b"1"))
        await caller.wait_hung_up()
        again = await AudioCaller(room.port, caller.call_id).connect()
        await again.wait_hung_up()
        assert room.final(caller.call_id).reason is Reason.KEY

    play(story())


def test_two_connections_at_the_same_moment(room: SpeechRoom) -> None:
    async def story() -> None:
        caller = room.expected_caller()
        twin = AudioCaller(room.port, caller.call_id)
        await asyncio.gather(caller.connect(), twin.connect())
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.wait([caller._hung_up, twin._hung_up], return_when=asyncio.FIRST_COMPLETED)
        [inside] = [each for each in (caller, twin) if not each.is_hung_up]
        await inside.let_in()
        for each in (caller, twin):
            await each.close()

    play(story())


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (b"\x10\xff\xff", Reason.FAILED),
        (b"\x10\x00\x03abc", Reason.FAILED),
        (b"\x77\x00\x00", Reason.FAILED),
        (encode(Kind.ERROR, b"\x01"), Reason.FAILED),
        (encode(Kind.UUID, bytes(16)), Reason.FAILED),
        (SILENCE[:100], Reason.SILENCE),
    ],
)
def test_wrong_bytes_in_the_middle_of_a_call(room: SpeechRoom, wrong: bytes, reason: Reason) -> None:
    async def story() -> AudioCaller:
        caller = await room.expected_caller().connect()
        caller.send(SILENCE * 5 + wrong)
        await caller.wait_hung_up()
        return caller

    assert room.final(play(story()).call_id, wait_s=PATIENCE_S).reason is reason


def test_a_caller_who_does_not_read_and_floods(room: SpeechRoom) -> None:
    """Ten minutes of audio in a second: only eight seconds of it are heard."""

    def flood(call_id: CallId) -> None:
        with socket.create_connection(("127.0.0.1", room.port), timeout=5) as line:
            line.sendall(uuid_frame(call_id))
            with contextlib.suppress(OSError):
                for _ in range(600):
                    line.sendall((b"\x10\x01\x40" + b"\x11\x22" * 160) * 50)

    caller = room.expected_caller()
    flood(caller.call_id)
    heard = room.final(caller.call_id, wait_s=PATIENCE_S)
    assert heard.heard_ms <= 8_200
    assert room.rss_mb() < 200


def test_ten_thousand_connections(room: SpeechRoom) -> None:
    before = room.rss_mb()
    command = [sys.executable, "-m", "tests.support.strangers", str(room.port), "10000"]
    crowd = subprocess.Popen(command)
    try:
        heard = play(_citizens_until(room, crowd))
    finally:
        crowd.kill()
        crowd.wait()
    assert heard and all("停水" in each.words for each in heard), heard
    assert room.rss_mb() - before < 40
    assert sum("127.0.0.1: " in line for line in room.lines) < 100
    wait_until(lambda: room.alive()["pushed_out"] + room.alive()["turned_away"] >= 10_000, "counted")


async def _citizens_until(room: SpeechRoom, crowd: "subprocess.Popen[bytes]") -> list[Heard]:
    """One after the other, as long as strangers come."""
    pcm = bytes(8_000) + say("我们小区停水三天了").tobytes()
    heard = []
    while crowd.poll() is None:
        caller = await room.expected_caller().connect()
        await caller.speak(pcm)
        await caller.quiet()
        assert caller.was_told_to_go_on, [line for line in room.lines if ": 127.0.0.1" not in line]
        heard.append(room.final(caller.call_id))
    return heard
