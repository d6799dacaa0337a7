"""A worker as the speech process sees it: its conversation, who sits at it, and whether it still answers."""

import asyncio
import os
import signal
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from hotline.domain.errors import Invalid
from hotline.domain.hearing_mode import Mode
from hotline.speech.nursery_process import Newborn, complaint_in
from hotline.speech.rhythm import Rhythm
from hotline.speech.stream import Stream
from hotline.speech.wire import MessageDecoder

_READ_BYTES = 64 * 1024


class WorkerProcess:
    """One process. `lost` is called when it is dead, with who sat at it and the one it died of, if known."""

    def __init__(
        self,
        born: Newborn,
        clock: Callable[[], float],
        lost: Callable[["WorkerProcess", list[Stream], Stream | None], None],
    ) -> None:
        self.pid = born.pid
        self.nursery = born.nursery
        self.utterances = 0
        self.retiring = False
        self.complaint = ""  # the last line of its standard error that tells of an error
        self.exit_code: int | None = None  # negative for the signal that ended it
        self.dead = False
        self.over = asyncio.Event()  # dead, or worn
        self._born = born
        self._clock = clock
        self._lost = lost
        self._streams: dict[int, Stream] = {}
        self._unanswered: deque[tuple[int, float]] = deque()
        self._answered_at = clock()
        self._decoder = MessageDecoder()
        self._writer: asyncio.StreamWriter | None = None

    @property
    def rhythm(self) -> Rhythm:
        """When its model hears."""
        return self.nursery.rhythm

    @property
    def busy(self) -> int:
        """Callers' streams that sit here."""
        return sum(not stream.spare for stream in self._streams.values())

    @property
    def busy_on(self) -> int:
        """Those of them that are heard on."""
        return sum(stream.mode is Mode.ON for stream in self._streams.values())

    def lag(self) -> float:
        """Seconds since the oldest message that is not answered."""
        return self._clock() - self._unanswered[0][1] if self._unanswered else 0.0

    def stuck_for(self) -> float:
        """Seconds without any answer although one is due."""
        if not self._unanswered:
            return 0.0
        return self._clock() - max(self._answered_at, self._unanswered[0][1])

    async def open(self) -> None:
        """Take up the conversation."""
        self._reader, self._writer = await asyncio.open_connection(sock=self._born.conversation)

    async def serve(self) -> None:
        """Pass answers on until the process ends; when this returns there is no process."""
        try:
            while data := await self._reader.read(_READ_BYTES):
                self._take(data)
        except (Invalid, OSError):
            pass  # what makes no sense is handled like a death
        except asyncio.CancelledError:
            self.retiring = True  # we end it, it does not die
            raise
        finally:
            self.kill()
            await self._gone()
            self._say_goodbye()

    def seat(self, stream: Stream) -> None:
        """Let a stream begin here."""
        self._streams[stream.number] = stream
        self.utterances += 1
        stream.model = self.nursery.model.name
        stream.sit_down(self)

    def send(self, data: bytes, stream: Stream, answered: bool) -> None:
        """Bounded by what a stream may hold: a worker that stands still is killed before it matters."""
        if answered:
            self._unanswered.append((stream.number, self._clock()))
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(data)

    def leave(self, stream: Stream) -> None:
        """A stream is over."""
        self._streams.pop(stream.number, None)
        self._end_if_retired()

    def retire(self) -> None:
        """No new streams; ends with its last one."""
        self.retiring = True
        self._end_if_retired()

    def kill(self) -> None:
        """End it now."""
        if not self.dead:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._born.process, signal.SIGKILL)

    def _end_if_retired(self) -> None:
        if self.retiring and not self._streams and self._writer is not None:
            self._writer.close()

    def _take(self, data: bytes) -> None:
        for message in self._decoder.feed(data):
            if not self._unanswered or self._unanswered[0][0] != message.stream:
                raise Invalid("an answer to nothing that was asked")
            self._unanswered.popleft()
            self._answered_at = self._clock()
            if (stream := self._streams.get(message.stream)) is not None:
                stream.take(message)

    async def _gone(self) -> None:
        """Until the kernel has ended it: then nothing of it is left, whoever has to bury it."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._born.process, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._born.process)
            self.dead = True
            os.close(self._born.process)
            self.complaint = _rest_of(self._born.errors)
            if self._writer is not None:
                self._writer.close()
        if not self.retiring:
            self.exit_code = await self.nursery.code_of(self.pid)

    def _say_goodbye(self) -> None:
        culprit = self._streams.get(self._unanswered[0][0]) if self._unanswered else None
        streams, self._streams = list(self._streams.values()), {}
        self._unanswered.clear()
        for stream in streams:
            stream.stand_up()
        self._lost(self, streams, culprit)
        self.over.set()


def _rest_of(errors: int) -> str:
    """Kaldi's last words; a worker says nothing else, and a pipe holds more than they are."""
    os.set_blocking(errors, False)
    try:
        return complaint_in(os.read(errors, _READ_BYTES))
    except OSError:
        return ""
    finally:
        os.close(errors)
