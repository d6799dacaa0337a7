"""A caller's stream at a worker that is played here message by message."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from hotline.domain.errors import Unavailable
from hotline.speech.rhythm import Rhythm
from hotline.speech.stream import (
    MAX_KEPT_BYTES,
    MAX_UNANSWERED_BYTES,
    Stream,
    written,
)
from hotline.speech.wire import Message, MessageDecoder, Say

RHYTHM = Rhythm(first=1280, every=960)


class PlayedDesk:
    """Implements Desk: remembers what was sent."""

    rhythm = RHYTHM

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.left = False
        self._decoder = MessageDecoder()

    def send(self, data: bytes, stream: Stream, answered: bool) -> None:
        for message in self._decoder.feed(data):
            assert answered == (message.say in (Say.AUDIO, Say.FINISH))
            self.sent.append(message)

    def leave(self, stream: Stream) -> None:
        self.left = True

    def said(self) -> list[Say]:
        return [message.say for message in self.sent]

    def audio(self) -> bytes:
        return b"".join(message.payload for message in self.sent if message.say is Say.AUDIO)


def at_a_desk() -> tuple[Stream, PlayedDesk]:
    stream, desk = Stream(7), PlayedDesk()
    stream.sit_down(desk)
    return stream, desk


def answer(stream: Stream, say: Say, text: str) -> None:
    stream.take(Message(say, 7, text.encode()))


def run(story: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(story)


def test_audio_goes_in_small_pieces_and_the_rest_at_the_end() -> None:
    async def story() -> None:
        stream, desk = at_a_desk()
        for _ in range(6):
            stream.feed(bytes(320))
        assert desk.said() == [Say.OPEN, Say.AUDIO, Say.AUDIO] and len(desk.audio()) == RHYTHM.first
        assert stream.wants_s == 320 / 16_000
        finishing = asyncio.create_task(stream.finish(1.0))
        await asyncio.sleep(0)
        assert desk.said()[-2:] == [Say.AUDIO, Say.FINISH] and len(desk.audio()) == 6 * 320
        answer(stream, Say.FINAL, "停水 了")
        assert await finishing == "停水了" and stream.done

    run(story())


def test_sentences_and_the_words_after_them() -> None:
    stream, _ = at_a_desk()
    answer(stream, Say.PARTIAL, "喂 你")
    assert (stream.words, stream.sentence_over) == ("喂你", False)
    answer(stream, Say.SENTENCE, "喂 你好")
    assert (stream.words, stream.sentence_over) == ("喂你好", True)
    answer(stream, Say.PARTIAL, "")
    assert (stream.words, stream.sentence_over) == ("喂你好", True)
    answer(stream, Say.PARTIAL, "停水")
    assert (stream.words, stream.sentence_over) == ("喂你好，停水", False)
    answer(stream, Say.SENTENCE, "")
    assert stream.words == "喂你好" and not stream.sentence_over


def test_a_dead_worker_and_the_same_sentence_to_another() -> None:
    """What is over and written down is not said again."""

    async def story() -> None:
        stream, first = at_a_desk()
        pcm = bytes(range(160)) * 20 * 4
        stream.feed(pcm)
        answer(stream, Say.PARTIAL, "你")
        answer(stream, Say.SENTENCE, "你好")
        answer(stream, Say.PARTIAL, "停")
        stream.stand_up()
        stream.feed(pcm)
        finishing = asyncio.create_task(stream.finish(1.0))
        await asyncio.sleep(0)
        second = PlayedDesk()
        stream.sit_down(second)
        assert second.said()[0] is Say.OPEN and second.said()[-1] is Say.FINISH
        assert first.audio() == pcm and second.audio() == pcm[2 * RHYTHM.every :] + pcm
        answer(stream, Say.PARTIAL, "停")
        answer(stream, Say.FINAL, "停水了")
        assert await finishing == "你好，停水了"

    run(story())


def test_an_hour_of_talk_is_not_kept() -> None:
    async def story() -> None:
        stream, desk = at_a_desk()
        for _ in range(3_600):
            stream.feed(bytes(16_000))
            while stream.behind:
                answer(stream, Say.PARTIAL, "在说")
            desk.sent.clear()
            assert len(stream._audio) <= MAX_KEPT_BYTES + 16_000
        assert not stream.failed

    run(story())


def test_no_answer_in_time() -> None:
    async def story() -> None:
        stream, _ = at_a_desk()
        answer(stream, Say.PARTIAL, "停水")
        with pytest.raises(Unavailable):
            await stream.finish(0.05)
        assert stream.failed and stream.words == "停水", "the words so far stay"
        with pytest.raises(Unavailable):
            await stream.finish(0.05)

    run(story())


def test_closing_before_the_end_drops_the_recogniser() -> None:
    stream, desk = at_a_desk()
    stream.close()
    assert desk.said() == [Say.OPEN, Say.DROP] and desk.left and stream.done
    stream.close()
    assert desk.said() == [Say.OPEN, Say.DROP]


def test_audio_without_end_is_not_kept() -> None:
    stream, desk = at_a_desk()
    for _ in range(MAX_UNANSWERED_BYTES // 3_200 + 2):
        stream.feed(bytes(3_200))
    assert stream.failed and len(desk.audio()) <= MAX_UNANSWERED_BYTES + 3_200


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("停水 了", "停水了"),
        ("a b", "a b"),
        ("用 wifi 上网", "用 wifi 上网"),
        ("", ""),
        ("人民 路 停 水", "人民路停水"),
    ],
)
def test_written_as_chinese_is(said: str, expected: str) -> None:
    assert written(said) == expected
