"""One caller's voice on its way through a worker: audio in, words out; a second worker if one dies."""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from typing import Protocol

from hotline.domain.errors import Unavailable
from hotline.domain.hearing_mode import Mode
from hotline.speech.frames import SAMPLE_RATE
from hotline.speech.rhythm import Rhythm
from hotline.speech.wire import Message, Say, encode

MAX_KEPT_BYTES = SAMPLE_RATE * 2 * 35  # of one sentence; Vosk itself ends it after 20 s
MAX_UNANSWERED_BYTES = SAMPLE_RATE * 2 * 35

_GAP = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")


def written(words: str) -> str:
    """As Chinese is written: the recogniser's spaces between its words are left out."""
    return _GAP.sub("", words)


class Desk(Protocol):
    """The worker a stream is at."""

    @property
    def rhythm(self) -> Rhythm: ...
    def send(self, data: bytes, stream: "Stream", answered: bool) -> None: ...
    def leave(self, stream: "Stream") -> None: ...


class Stream:
    """`words` are all words so far; `failed` is set when no more will come."""

    def __init__(self, number: int, *, spare: bool = False, mode: Mode = Mode.SENTENCE) -> None:
        self.number = number
        self.mode = mode
        self.spare = spare  # of nobody who waits: it takes no caller's place
        self.words = ""
        self.sentence_over = False
        self.failed = False
        self.moved = False
        self.fed = 0  # bytes so far
        self.model = ""  # whose words these are
        self.on_words: Callable[[], None] | None = None  # called when `words` has changed
        self._desk: Desk | None = None
        self.sentences: list[str] = []  # those that are over
        self._audio = bytearray()  # of this sentence: kept, so that it can be said again to another worker
        self._sent = 0
        self._passed = 0  # bytes that this worker has had, of sentences that are over too
        self._pieces: deque[int] = deque()  # bytes of each message that is not answered
        self._answered = 0  # bytes of this sentence that are
        self._finishing = False
        self._finished = asyncio.Event()

    @property
    def behind(self) -> bool:
        """Audio was sent that is not answered yet, or is not even sent."""
        return not self.done and (bool(self._pieces) or self._desk is None)

    @property
    def done(self) -> bool:
        """Nothing more is expected of it."""
        return self._finished.is_set()

    def feed(self, pcm: bytes) -> None:
        """More audio: 16-bit samples at 8 kHz."""
        if self._finishing or self.failed:
            return
        if len(self._audio) - self._answered > MAX_UNANSWERED_BYTES:
            self.fail()
            return
        self.fed += len(pcm)
        self._audio += pcm
        if self._answered and len(self._audio) > MAX_KEPT_BYTES:
            self._forget(min(self._answered, len(self._audio) - MAX_KEPT_BYTES))
        self._flush()

    @property
    def wants_s(self) -> float:
        """Seconds of audio until the recogniser can make something of it; 0 without one."""
        unsent = len(self._audio) - self._sent
        return self._desk.rhythm.missing_s(self._passed + unsent) if self._desk is not None else 0.0

    async def finish(self, limit_s: float) -> str:
        """All words, when the last sample is understood. Unavailable after `limit_s`, or when it failed."""
        if not self._finishing and not self.failed:
            self._finishing = True
            self._flush(whole=True)
            self._ask_for_the_rest()
        try:
            async with asyncio.timeout(limit_s):
                await self._finished.wait()
        except TimeoutError:
            self.fail()
        if self.failed:
            raise Unavailable("the recogniser did not answer")
        return self.words

    def close(self) -> None:
        """Nobody listens to this stream any more."""
        if self._desk is not None:
            desk, self._desk = self._desk, None
            if not self.done:
                desk.send(encode(Say.DROP, self.number), self, False)
            desk.leave(self)
        self._finished.set()

    def sit_down(self, desk: Desk) -> None:
        """Begin at a worker, or begin this sentence again at another one with the same audio."""
        self._desk = desk
        self._sent = self._passed = self._answered = 0
        self._pieces.clear()
        desk.send(encode(Say.OPEN, self.number), self, False)
        self._flush(whole=self._finishing)
        if self._finishing:
            self._ask_for_the_rest()

    def stand_up(self) -> None:
        """Its worker is dead."""
        self._desk = None

    def take(self, message: Message) -> None:
        """An answer of the worker."""
        if message.say in (Say.SENTENCE, Say.PARTIAL) and self._pieces:
            self._answered += self._pieces.popleft()
        match message.say:
            case Say.SENTENCE:
                self.moved = False  # the next sentence may be begun again as this one might
                if message.text:
                    self.sentences.append(written(message.text))
                    self.sentence_over = True
                self._forget(self._answered)
                self._set_words("")
            case Say.PARTIAL:
                if message.text:
                    self.sentence_over = False
                self._set_words(message.text)
            case Say.FINAL:
                if message.text:
                    self.sentences.append(written(message.text))
                self._set_words("")
                self._finished.set()

    def fail(self) -> None:
        """It ends here; the words so far stay."""
        self.failed = True
        self._finished.set()

    def _set_words(self, partial: str) -> None:
        words = "，".join(text for text in (*self.sentences, written(partial)) if text)
        if words != self.words:
            self.words = words
            if self.on_words is not None:
                asyncio.get_running_loop().call_soon(self.on_words)

    def _forget(self, count: int) -> None:
        """Audio that will not be needed again."""
        del self._audio[:count]
        self._sent -= count
        self._answered -= count

    def _flush(self, *, whole: bool = False) -> None:
        """What can be heard, in pieces of a chunk, so that nobody waits long for another's."""
        if self._desk is None:
            return
        unsent, rhythm = len(self._audio) - self._sent, self._desk.rhythm
        until = self._sent + (unsent if whole else rhythm.heard(self._passed + unsent) - self._passed)
        while self._sent < until and not self.failed:
            chunk = bytes(self._audio[self._sent : min(until, self._sent + rhythm.every)])
            self._sent += len(chunk)
            self._passed += len(chunk)
            self._pieces.append(len(chunk))
            self._desk.send(encode(Say.AUDIO, self.number, chunk), self, True)

    def _ask_for_the_rest(self) -> None:
        if self._desk is not None:
            self._desk.send(encode(Say.FINISH, self.number), self, True)
