"""One caller is heard: audio to a recogniser, words to the board, until the listening ends."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from hotline.domain.categorise import MAX_SENTENCE, Understanding, Understood
from hotline.domain.errors import Unavailable
from hotline.domain.heard import MAX_WORDS, Heard, Reason
from hotline.domain.hearing_mode import Mode
from hotline.domain.ids import CallId
from hotline.speech.frames import FRAME_BYTES, SAMPLE_RATE, BadFrame, Frame, Kind
from hotline.speech.gate import Gate
from hotline.speech.line import Line, LineClosed
from hotline.speech.listening import Listening, ListeningRules, level_dbfs
from hotline.speech.ports import HeardBoard
from hotline.speech.stream import Stream
from hotline.speech.workers import WorkerPool

log = logging.getLogger(__name__)

FINISH_S = 1.5  # for the last words, in which nothing is sent to Asterisk
PUT_S = 0.3
TURN_S = 0.08  # of a line on which nobody speaks: a turn for each frame would cost more than the recogniser
SHORTEST_TURN_S, LONGEST_TURN_S = 0.02, 0.12
_JUST_AFTER_S = 0.002  # what is due then is due when we look
LONGEST_S = 3600.0  # of a call that is heard on
LONGEST_HEARD_MS = 3_600_000
_ALIVE_EVERY_S = 0.4  # Asterisk gives a silent line up after 2 s
_BYTES_A_SECOND = SAMPLE_RATE * 2
_FRAME_S = FRAME_BYTES / _BYTES_A_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What all sessions share."""

    pool: WorkerPool
    board: HeardBoard
    categoriser: Understanding
    rules: ListeningRules
    clock: Callable[[], float]  # seconds, never going back
    now: Callable[[], float]  # epoch seconds
    stopping: asyncio.Event


class Session:
    """From the accepted UUID to the final `Heard`."""

    def __init__(self, call_id: CallId, line: Line, room: Room, mode: Mode = Mode.SENTENCE) -> None:
        self._call_id = call_id
        self._mode = mode
        self._gate = Gate()
        self._line = line
        self._room = room
        self._began = room.clock()
        self._first_audio_at: float | None = None
        self._frame_at = 0.0
        self._heard_bytes = 0
        self._listening = Listening(room.rules)
        self._words = ""
        self._earlier = ""  # of this talk, from recognisers that failed
        self._before = ""  # what was heard of this call before: his first sentence, when he is heard on
        self._model = room.pool.model.name
        self._understood = Understood()
        self._alive_at = 0.0
        self._putting: asyncio.Task[None] | None = None

    async def run(self) -> Reason:
        """Listen, and put the final words on the board. Closing the line is left to the caller."""
        stream = self._room.pool.open(self._mode)
        if stream is None:
            await self._put_final(Reason.NO_RECOGNISER)
            return Reason.NO_RECOGNISER
        self._model = stream.model
        try:
            if self._mode is Mode.ON:
                self._before = await self._words_before()
            reason = await self._listen(stream)
            while reason is Reason.FAILED and self._goes_on_after(stream):
                self._earlier = self._words
                stream = self._room.pool.again(stream)
                reason = await self._listen(stream)
            reason = await self._last_words(stream, reason)
        finally:
            stream.close()
        await self._put_final(reason)
        return reason

    def _goes_on_after(self, stream: Stream) -> bool:
        """A talk loses the sentence that its recogniser died of, not what comes after it."""
        return self._mode is Mode.ON and stream.failed and not self._room.stopping.is_set()

    async def _words_before(self) -> str:
        try:
            before = await self._room.board.newest(self._call_id)
        except Unavailable:
            return ""
        return before.words if before is not None else ""

    async def _listen(self, stream: Stream) -> Reason:
        stream.on_words = lambda: self._take_words(stream)
        while True:
            try:
                frames = self._line.take()
            except LineClosed:
                return Reason.HANGUP
            except BadFrame as problem:
                log.warning("call %s: %s", self._call_id, problem)
                return Reason.FAILED
            self._keep_alive()
            before = stream.fed
            for later, frame in zip(reversed(range(len(frames))), frames, strict=True):
                if reason := self._take(frame, stream, came_before_s=later * _FRAME_S):
                    return reason
                if self._has_all_he_may_say():
                    break  # what else came at once is not heard
            at = self._at()
            if not frames:
                stream.feed(self._gate.fill(at))
            if stream.failed or self._room.stopping.is_set():
                return Reason.FAILED
            clear = self._understood.is_clear
            self._listening.words(stream.words, sentence_over=stream.sentence_over, clear=clear, at=at)
            if reason := self._verdict(at):
                return reason
            await asyncio.sleep(self._pause(stream, at, fed=stream.fed > before))

    def _pause(self, stream: Stream, at: float, *, fed: bool) -> float:
        """Seconds until the recogniser can go on, when somebody speaks, or until the sentence may be over."""
        turn = min(max(stream.wants_s, SHORTEST_TURN_S), LONGEST_TURN_S) if fed else TURN_S
        if self._mode is Mode.ON:
            return turn
        return min(turn, self._listening.due_s(at) + _JUST_AFTER_S)

    def _verdict(self, at: float) -> Reason | None:
        if self._mode is Mode.ON:
            return Reason.CAP if at > LONGEST_S else None
        return self._listening.verdict(at)

    def _has_all_he_may_say(self) -> bool:
        heard_s = self._frame_at - (self._first_audio_at or 0.0)
        return self._mode is Mode.SENTENCE and heard_s >= self._room.rules.cap_s

    def _take(self, frame: Frame, stream: Stream, *, came_before_s: float) -> Reason | None:
        """A frame that came so many seconds before now: several are taken together."""
        match frame.kind:
            case Kind.AUDIO:
                if self._first_audio_at is None:
                    self._first_audio_at = max(0.0, self._at(came_before_s))
                self._heard_bytes += len(frame.payload)
                level = level_dbfs(frame.payload)
                self._frame_at = at = max(self._frame_at, self._at(came_before_s))
                self._listening.audio(level, at)
                over = stream.sentence_over
                stream.feed(self._gate.let_through(frame.payload, level, at, sentence_over=over))
            case Kind.DTMF:
                return Reason.KEY if self._mode is Mode.SENTENCE else None
            case Kind.HANG_UP:
                return Reason.HANGUP
            case Kind.ERROR | Kind.UUID:
                return Reason.FAILED
        return None

    def _take_words(self, stream: Stream) -> None:
        """As soon as they come, not at the next turn: somebody looks at them."""
        words = self._told(stream.words)
        if words != self._words and not stream.done:
            self._understand(words, settled=False)
            self._put_partial()

    async def _last_words(self, stream: Stream, reason: Reason) -> Reason:
        """Words are kept whatever happens to the recogniser now."""
        try:
            self._understand(self._told(await stream.finish(FINISH_S)))
        except Unavailable:
            self._understand(self._told(stream.words) or self._words)
            return Reason.HANGUP if reason is Reason.HANGUP else Reason.FAILED
        return reason

    def _told(self, words: str) -> str:
        """All so far, with the newest words of the recogniser he is at."""
        return "，".join(filter(None, (self._earlier, words)))[-MAX_WORDS:]

    def _understand(self, words: str, *, settled: bool = True) -> None:
        """Of a long talk the newest, as much as the categoriser reads: it begins at the front."""
        self._words = words
        told = "，".join(filter(None, (self._before, words)))
        self._understood = self._room.categoriser.understand(told[-MAX_SENTENCE:], settled=settled)

    def _keep_alive(self) -> None:
        now = self._room.clock()
        if now - self._alive_at >= _ALIVE_EVERY_S:
            self._alive_at = now
            self._line.keep_alive()

    def _at(self, before_s: float = 0.0) -> float:
        """Seconds since the start, by the clock (`before_s` ago) or by the audio, whichever is further.

        So a telephone that sends nothing in pauses is judged by the clock, and audio that is pushed
        faster than anyone speaks reaches the cap by its length.
        """
        by_clock = self._room.clock() - self._began - before_s
        if self._first_audio_at is None:
            return by_clock
        return max(by_clock, self._first_audio_at + self._heard_bytes / _BYTES_A_SECOND)

    def _put_partial(self) -> None:
        """One at a time: when the board is slow, partial words are left out."""
        if self._putting is None or self._putting.done():
            self._putting = asyncio.create_task(self._put(self._heard(None)))

    async def _put_final(self, reason: Reason) -> None:
        """After any partial that is on its way, so that the final words are the last."""
        try:
            async with asyncio.timeout(PUT_S):
                if self._putting is not None:
                    await self._putting
                await self._put(self._heard(reason))
        except TimeoutError:
            log.warning("call %s: what was heard could not be put down in time", self._call_id)

    async def _put(self, heard: Heard) -> None:
        try:
            await self._room.board.put(heard)
        except Unavailable:
            if heard.final:
                log.warning("call %s: what was heard could not be put down", self._call_id)

    def _heard(self, reason: Reason | None) -> Heard:
        understood = self._understood
        since_voice = 0.0
        if self._words and self._listening.last_voice_at is not None:
            since_voice = max(0.0, self._at() - self._listening.last_voice_at)
        return Heard(
            call_id=self._call_id,
            words=self._words,
            final=reason is not None,
            reason=reason,
            at=round(self._room.now() - since_voice, 3),
            heard_ms=min(LONGEST_HEARD_MS, round(1000 * self._heard_bytes / _BYTES_A_SECOND)),
            suggestions=understood.suggestions,
            queue=understood.queue,
            urgent=understood.urgent,
            urgency=understood.urgency,
            model=self._model[:128],
            kind=understood.kind,
            place=understood.place,
            categoriser=understood.version,
            mode=self._mode,
        )
