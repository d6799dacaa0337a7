"""Recordings are written down after the call, by the workers of the live calls, when these have time."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from hotline.domain.errors import HotlineError, Invalid, Unavailable
from hotline.domain.ids import CallId
from hotline.log_lines import kind_and_place
from hotline.services.ports import Storage
from hotline.services.ports_transcripts import ATTEMPTS, Source, TranscriptLine, Unheard
from hotline.speech.frames import FRAME_BYTES
from hotline.speech.gate import Gate
from hotline.speech.listening import level_dbfs
from hotline.speech.recorded import A_MINUTE, SECOND, Track, forget_voices, sound_of, tracks_of
from hotline.speech.stream import Stream
from hotline.speech.workers import WorkerPool

log = logging.getLogger(__name__)

_PIECE = (
    20 * FRAME_BYTES
)  # 0.4 s at once: what a live call may have to wait for is decoded in a few milliseconds
_LOOK_EVERY_S = 5.0
_WAIT_S = 0.2
_LAST_WORDS_S = 30.0
_SAVE_EVERY_MS = 30_000
_BEGAN_BEFORE_MS = 800  # a word is recognised so long after it began


class Afterwards:
    """One recording at a time, from where it was left when the process ended."""

    def __init__(self, pool: WorkerPool, storage: Storage, folder: Path, now: Callable[[], datetime]) -> None:
        self._pool = pool
        self._storage = storage
        self._folder = folder
        self._now = now
        self._trouble = ""
        self.written_down = 0
        self.waiting = 0

    def figures(self) -> dict[str, Any]:
        """For the alive key."""
        return {"recordings_written_down": self.written_down, "recordings_waiting": self.waiting}

    async def run(self) -> None:
        """Until cancelled. Whatever is wrong with a recording or the database, live calls do not notice."""
        while True:
            pause = _LOOK_EVERY_S
            try:
                if self._pool.has_time and await self._next():
                    pause = 0.0
                self._say("")
            except HotlineError as problem:
                self._say(str(problem))
            except Exception as problem:
                self._say(f"a recording was not written down: {kind_and_place(problem)}")
            await asyncio.sleep(pause)

    async def _next(self) -> bool:
        """False when nothing waits."""
        work, self.waiting = await asyncio.to_thread(self._look)
        if work is None:
            return False
        path, problem = self._folder / work.path, ""
        try:
            await self._write_down(work, path)
            self.written_down += 1
        except Invalid as wrong:
            problem = str(wrong)
            log.warning("recording of call %s: %s", work.call_id, problem)
        # Before it counts as finished: afterwards nobody would come back for the voices.
        await asyncio.to_thread(forget_voices, path)
        await asyncio.to_thread(self._write, lambda tx, at: tx.finish(work.call_id, at, problem))
        return True

    async def _write_down(self, work: Unheard, path: Path) -> None:
        """What is left of a recording. Raises Invalid for one that is none, or that failed too often."""
        if work.attempts >= ATTEMPTS:
            raise Invalid(f"given up after {work.attempts} attempts")
        await asyncio.to_thread(self._write, lambda tx, at: tx.begin(work.call_id, at))
        for track in await asyncio.to_thread(tracks_of, path):
            if work.done_ms < track.ends_ms:
                await self._hear(work.call_id, track, max(0, work.done_ms - track.offset_ms))

    async def _hear(self, call_id: CallId, track: Track, from_ms: int) -> None:
        pcm = await asyncio.to_thread(sound_of, track.path, from_ms)
        stream = await self._place()
        try:
            listener = _Listener(call_id, track, from_ms, stream)
            while pcm:
                for start in range(0, len(pcm), _PIECE):
                    await self._hear_piece(listener, stream, pcm[start : start + _PIECE])
                if len(pcm) < A_MINUTE:
                    break
                from_ms += 1000 * A_MINUTE // SECOND
                pcm = await asyncio.to_thread(sound_of, track.path, from_ms)
            await stream.finish(_LAST_WORDS_S)
            listener.look()
            await asyncio.to_thread(self._save, listener, True)
        finally:
            stream.close()

    async def _hear_piece(self, listener: "_Listener", stream: Stream, piece: bytes) -> None:
        began = time.monotonic()
        listener.feed(piece)
        while stream.behind:  # noqa: ASYNC110  (nobody is in a hurry here)
            await asyncio.sleep(0.002)
        if stream.failed:
            raise Unavailable("the recogniser failed while a recording was written down")
        listener.look()
        if listener.lines or listener.unsaved_ms >= _SAVE_EVERY_MS:
            await asyncio.to_thread(self._save, listener)
        await self._give_way(time.monotonic() - began)

    async def _place(self) -> Stream:
        while (stream := self._pool.open_spare()) is None:  # noqa: ASYNC110
            await asyncio.sleep(_WAIT_S)
        return stream

    async def _give_way(self, spent_s: float) -> None:
        """Half of the time at most, and none of it while live calls are many."""
        await asyncio.sleep(spent_s)
        while not self._pool.has_time:  # noqa: ASYNC110
            await asyncio.sleep(_WAIT_S)

    def _look(self) -> tuple[Unheard | None, int]:
        with self._storage.reading() as tx:
            return tx.transcripts.unheard(), tx.transcripts.left()

    def _write(self, change: Callable[[Any, datetime], None]) -> None:
        with self._storage.writing() as tx:
            change(tx.transcripts, self._now())

    def _save(self, listener: "_Listener", over: bool = False) -> None:
        """Words and progress in one transaction: after a restart none is missing and none is there twice."""
        at, track = self._now(), listener.track
        up_to = track.ends_ms if over else track.offset_ms + listener.saved_up_to()
        with self._storage.writing() as tx:
            tx.transcripts.add([listener.line(began_ms, words, at) for began_ms, words in listener.lines])
            tx.transcripts.advance(listener.call_id, up_to, at)
        listener.saved()

    def _say(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            log.warning("recordings are not written down now: %s", trouble)
        self._trouble = trouble


class _Listener:
    """How far a track has been heard, and the sentences that are not saved."""

    def __init__(self, call_id: CallId, track: Track, from_ms: int, stream: Stream) -> None:
        self.call_id = call_id
        self.track = track
        self.lines: list[tuple[int, str]] = []
        self._stream = stream
        self._gate = Gate()
        self._at_ms = self._saved_ms = self._before_ms = from_ms
        self._taken = 0
        self._began_ms: int | None = None
        self._over_ms = from_ms

    @property
    def unsaved_ms(self) -> int:
        """Of quiet: a sentence that is being said is saved when it is over."""
        return 0 if self._began_ms is not None else self._at_ms - self._saved_ms

    def feed(self, pcm: bytes) -> None:
        """The next piece."""
        self._before_ms = self._at_ms
        for start in range(0, len(pcm), FRAME_BYTES):
            frame = pcm[start : start + FRAME_BYTES]
            at, level = self._at_ms / 1000, level_dbfs(frame)
            over = self._stream.sentence_over
            self._stream.feed(self._gate.let_through(frame, level, at, sentence_over=over))
            self._at_ms += 1000 * len(frame) // SECOND

    def look(self) -> None:
        """What the recogniser has said since."""
        fresh = self._stream.sentences[self._taken :]
        self._taken += len(fresh)
        for words in fresh:
            began_ms = self._at_ms - _BEGAN_BEFORE_MS if self._began_ms is None else self._began_ms
            self.lines.append((max(self._over_ms, began_ms), words))
            self._over_ms, self._began_ms = self._at_ms, None
        if self._began_ms is None and self._stream.words and not self._stream.sentence_over:
            self._began_ms = self._at_ms - _BEGAN_BEFORE_MS

    def line(self, began_ms: int, words: str, at: datetime) -> TranscriptLine:
        """One sentence for the table."""
        return TranscriptLine(
            call_id=self.call_id,
            source=Source.RECORDING,
            voice=self.track.voice,
            began_ms=began_ms,
            words=words,
            model=self._stream.model[:128],
            at=at,
        )

    def saved_up_to(self) -> int:
        """A piece back: the next sentence may have begun in the last one."""
        return self._before_ms if self._began_ms is None else self._over_ms

    def saved(self) -> None:
        self.lines = []
        self._saved_ms = self.saved_up_to()
