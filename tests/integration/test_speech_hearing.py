"""A caller speaks over a real AudioSocket to a real recogniser, at the pace people speak."""

import asyncio
from collections.abc import Iterator

import pytest

from hotline.domain.heard import Heard, Reason
from hotline.speech.frames import Kind, encode
from hotline.speech.synth_voice import say
from tests.support.audio_caller import AudioCaller
from tests.support.patience import PATIENCE_S
from tests.support.servers import RedisServer, wait_until
from tests.support.speech_room import SpeechRoom, play, running_speech

HALF_A_SECOND = bytes(8_000)


@pytest.fixture(scope="module")
def room(shared_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SpeechRoom]:
    with running_speech(shared_redis, tmp_path_factory.mktemp("speech")) as running:
        yield running


def voice(sentence: str) -> bytes:
    return HALF_A_SECOND + say(sentence).tobytes()


def test_a_sentence_becomes_words_suggestions_and_a_queue(room: SpeechRoom) -> None:
    subscription, spoken = room.subscribe(), voice("我们小区停水三天了")

    async def story() -> AudioCaller:
        caller = await room.expected_caller().connect()
        await caller.speak(spoken)
        await caller.quiet()
        return caller

    caller = play(story())
    heard = room.final(caller.call_id)
    assert heard.reason is Reason.ENDPOINT
    assert abs(heard.heard_ms - len(spoken) / 16) < 600, "of the audio, however slow the machine"
    assert "停水" in heard.words and " " not in heard.words
    assert heard.suggestions[0].topic == "water_outage" and "停水" in heard.suggestions[0].because
    assert heard.queue == "living_security" and not heard.urgent
    assert heard.model == "hotline-synthetic-cn"
    assert 1_500 < heard.heard_ms < 6_000
    assert caller.was_told_to_go_on
    history = room.history(caller.call_id, subscription)
    assert history[-1] == heard and [h.final for h in history] == [False] * (len(history) - 1) + [True]
    assert len(history) >= 2, "the screen sees words while the caller speaks"
    assert len({h.words for h in history[:-1]}) == len(history) - 1, "a partial is told only when it changes"


def test_silence_goes_back_while_the_caller_speaks(room: SpeechRoom) -> None:
    async def story() -> AudioCaller:
        caller = await room.expected_caller().connect()
        await caller.speak(voice("路灯坏了"))
        await caller.quiet()
        return caller

    audio = [frame for frame in play(story()).frames if frame.kind is Kind.AUDIO]
    assert len(audio) > 2 and all(frame.payload == bytes(320) for frame in audio)


def test_a_telephone_that_is_silent_in_pauses_is_kept_alive(room: SpeechRoom) -> None:
    """Nothing is sent after the sentence: the listening ends by the clock, and silence went back meanwhile."""

    async def story() -> AudioCaller:
        caller = await room.expected_caller().connect()
        await caller.speak(voice("路灯坏了"))
        before = len(caller.frames)
        await caller.wait_hung_up()
        assert len(caller.frames) - before >= 1
        return caller

    heard = room.final(play(story()).call_id)
    assert heard.reason is Reason.ENDPOINT and "路灯" in heard.words


def test_danger_is_urgent(room: SpeechRoom) -> None:
    async def story() -> AudioCaller:
        caller = await room.expected_caller().connect()
        await caller.speak(voice("煤气泄漏了"))
        await caller.quiet()
        return caller

    heard = room.final(play(story()).call_id)
    assert heard.urgent and heard.urgency == "燃气泄漏"


def test_a_caller_who_says_nothing_is_not_kept_waiting(room: SpeechRoom) -> None:
    async def story() -> AudioCaller:
        caller = await room.expected_caller().connect()
        await caller.quiet()
        return caller

    heard = room.final(play(story()).call_id)
    assert (heard.reason, heard.words, heard.suggestions, heard.queue) == (Reason.SILENCE, "", (), "general")
    assert heard.heard_ms < 4_500


def test_a_key_ends_the_listening_at_once(room: SpeechRoom) -> None:
    async def story() -> AudioCaller:
        caller = await room.expected_caller().connect()
        await caller.speak(HALF_A_SECOND)
        caller.send(encode(Kind.DTMF, b"1"))
        await caller.wait_hung_up()
        return caller

    caller = play(story())
    assert room.final(caller.call_id).reason is Reason.KEY and caller.was_told_to_go_on


def test_talking_on_ends_at_the_cap(room: SpeechRoom) -> None:
    async def story() -> AudioCaller:
        caller = await room.expected_caller(speed=0.3).connect()
        await caller.speak(say("我们小区停水三天了人民路路灯坏了没有人修").tobytes() * 20)
        await caller.wait_hung_up()
        return caller

    heard = room.final(play(story()).call_id)
    assert heard.reason in (Reason.CAP, Reason.ENDPOINT) and heard.words
    assert heard.heard_ms <= 8_300


def test_hanging_up_in_the_middle_keeps_the_words(room: SpeechRoom) -> None:
    async def story(goodbye: bool) -> AudioCaller:
        caller = await room.expected_caller().connect()
        await caller.speak(voice("我们小区停水三天了")[: -2 * 4_000])
        if goodbye:
            caller.send(encode(Kind.HANG_UP))
            await caller.wait_hung_up()
        await caller.close()
        return caller

    for goodbye in (True, False):
        heard = room.final(play(story(goodbye)).call_id, wait_s=PATIENCE_S)
        assert heard.reason is Reason.HANGUP and heard.words


def test_the_words_are_there_before_the_line_is_closed(room: SpeechRoom) -> None:
    """`route` asks at once, without waiting."""
    found: list[Heard] = []

    async def story() -> None:
        caller = await room.expected_caller().connect()
        caller.send(encode(Kind.DTMF, b"#"))
        await caller.wait_hung_up()
        found.append(room.final(caller.call_id))

    for _ in range(10):
        play(story())
    assert len(found) == 10


def test_four_callers_at_once_and_a_fifth_who_is_not_listened_to(room: SpeechRoom) -> None:
    async def speaks(caller: AudioCaller, sentence: str) -> Heard:
        await caller.speak(voice(sentence))
        await caller.quiet()
        return room.final(caller.call_id)

    async def story() -> tuple[list[Heard], Heard]:
        sentences = ["路灯坏了", "我想申请低保", "老板拖欠工资", "我们村停电了"]
        callers = [await room.expected_caller().connect() for _ in sentences]
        for caller in callers:
            await caller.let_in()
        fifth = await room.expected_caller().connect()
        await fifth.wait_hung_up()
        speaking = (speaks(*each) for each in zip(callers, sentences, strict=True))
        return await asyncio.gather(*speaking), room.final(fifth.call_id)

    heard, refused = play(story())
    assert [h.queue for h in heard] == ["planning", "living_security", "employment", "living_security"]
    assert refused.reason is Reason.NO_RECOGNISER and refused.queue == "general"
    wait_until(lambda: room.alive()["refused"] >= 1 and room.alive()["streams"] == 0, "figures are told")


def test_the_log_tells_no_words(room: SpeechRoom) -> None:
    assert room.lines
    assert not any("\u3400" <= character <= "\u9fff" for line in room.lines for character in line)
