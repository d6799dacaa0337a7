"""The end of a sentence as telephones bring it: noise that goes on, a pause for thought, nothing in pauses."""

import asyncio
from array import array
from collections.abc import Iterator

import numpy as np
import pytest

from hotline.domain.heard import Heard, Reason
from hotline.domain.hearing_mode import Mode
from hotline.speech.synth_voice import say
from hotline.telephony import g711
from tests.support.audio_caller import AudioCaller
from tests.support.servers import RedisServer
from tests.support.speech_room import SpeechRoom, play, running_speech

CAP_MS = 8_000
VOICE_RMS = 2_000.0


@pytest.fixture(scope="module")
def room(shared_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SpeechRoom]:
    with running_speech(shared_redis, tmp_path_factory.mktemp("speech")) as running:
        yield running


def line(*parts: str | float, snr_db: float | None = None) -> bytes:
    """Sentences, and pauses in seconds, as a telephone brings them: a usual loudness, noise, µ-law."""
    sound = np.concatenate([_part(part) for part in parts])
    if snr_db is not None:
        white = np.diff(np.random.default_rng(12341).normal(0, 1, len(sound) + 1))
        noise = np.convolve(white, np.ones(3) / 3, "same")  # without the highest and the lowest
        sound = sound + noise / noise.std() * VOICE_RMS / 10 ** (snr_db / 20)
    samples = array("h", np.clip(sound, -32_000, 32_000).astype("<i2").tobytes())
    return g711.decode(g711.encode(samples, g711.PCMU), g711.PCMU).tobytes()


def _part(part: str | float) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    if isinstance(part, float):
        return np.zeros(round(8_000 * part))
    voice = np.asarray(say(part), dtype=np.float64)
    return voice / voice[np.abs(voice) > 200].std() * VOICE_RMS


def heard_by(room: SpeechRoom, *parts: bytes | float) -> Heard:
    """Sound, and times in which the telephone sends nothing at all; then nothing until the ear hangs up."""

    async def story() -> AudioCaller:
        caller = await room.expected_caller().connect()
        for part in parts:
            if isinstance(part, float):
                await asyncio.sleep(part)
            else:
                await caller.speak(part)
        await caller.wait_hung_up()
        return caller

    return room.final(play(story()).call_id)


def test_noise_that_goes_on_does_not_keep_the_caller(room: SpeechRoom) -> None:
    heard = heard_by(room, line(0.5, "我们小区停水三天了", 12.0, snr_db=15.0))
    assert heard.reason is Reason.ENDPOINT
    assert "停水" in heard.words
    assert heard.heard_ms < CAP_MS - 1_000


def test_a_pause_for_thought_is_no_end(room: SpeechRoom) -> None:
    heard = heard_by(room, line(0.5, "我家在人民路", 0.3, "小区路灯坏了", 12.0, snr_db=20.0))
    assert heard.reason is Reason.ENDPOINT
    assert "人民路" in heard.words and "路灯" in heard.words


def test_a_telephone_that_sends_nothing_in_pauses_is_heard_to_the_end(room: SpeechRoom) -> None:
    heard = heard_by(room, line(0.5, "我家在人民路"), 0.3, line("小区路灯坏了"))
    assert heard.reason is Reason.ENDPOINT
    assert "人民路" in heard.words and "路灯" in heard.words


def test_who_is_heard_on_may_pause_as_long_as_he_likes(room: SpeechRoom) -> None:
    """No rule ends it; who hangs up does, and his words are one text."""

    async def story() -> AudioCaller:
        caller = AudioCaller(room.port)
        room.desk.expect(caller.call_id, Mode.ON)
        await caller.connect()
        await caller.speak(line(0.5, "我家在人民路", 2.0, "小区路灯坏了", 0.5))
        assert not caller.is_hung_up
        await caller.close()
        return caller

    heard = room.final(play(story()).call_id, 5.0)
    assert (heard.reason, heard.mode) == (Reason.HANGUP, Mode.ON)
    assert "人民路" in heard.words and "路灯" in heard.words
