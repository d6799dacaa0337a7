"""A worker as the speech process sees it: its pipe, who sits at it, and whether it still answers."""

import asyncio
import os
import re
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path

import hotline
from hotline.domain.errors import Invalid, Unavailable
from hotline.speech.stream import Stream
from hotline.speech.wire import MessageDecoder, Say

_READ_BYTES = 64 * 1024
_LOAD_LIMIT_S = 120.0  # the large Chinese model takes many seconds from a cold disk
_WORTH_TELLING = re.compile(r"ASSERTION_FAILED|ERROR|Error|error")


class WorkerProcess:
    """One process. `lost` is called when it is dead, with who sat at it and the one it died of, if known."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        clock: Callable[[], float],
        lost: Callable[["WorkerProcess", list[Stream], Stream | None], None],
    ) -> None:
        self.pid = process.pid
        self.utterances = 0
        self.retiring = False
        self.problem = ""  # why the model did not load
        self.complaint = ""  # the last line of its standard error that tells of an error
        self.loaded = False
        self.settled = asyncio.Event()  # loaded, or dead
        self.over = asyncio.Event()  # dead, or worn
        self._process = process
        self._clock = clock
        self._lost = lost
        self._streams: dict[int, Stream] = {}
        self._unanswered: deque[tuple[int, float]] = deque()
        self._answered_at = clock()
        self._decoder = MessageDecoder()

    @property
    def busy(self) -> int:
        """Streams that sit here."""
        return len(self._streams)

    @property
    def exit_code(self) -> int | None:
        """Negative for the signal that ended it; None while it lives."""
        return self._process.returncode

    def lag(self) -> float:
        """Seconds since the oldest message that is not answered."""
        return self._clock() - self._unanswered[0][1] if self._unanswered else 0.0

    def stuck_for(self) -> float:
        """Seconds without any answer although one is due."""
        if not self._unanswered:
            return 0.0
        return self._clock() - max(self._answered_at, self._unanswered[0][1])

    async def serve(self) -> None:
        """Load, then pass answers on until the process ends; when this returns there is no process."""
        errors = asyncio.create_task(self._listen_to_errors())
        try:
            if await self._load():
                while data := await self._stdout.read(_READ_BYTES):
                    self._take(data)
        except (Invalid, OSError):
            pass  # what makes no sense is handled like a death
        except asyncio.CancelledError:
            self.retiring = True  # we end it, it does not die
            raise
        finally:
            self.kill()
            await self._process.wait()
            await errors
            self._say_goodbye()

    async def _load(self) -> bool:
        try:
            async with asyncio.timeout(_LOAD_LIMIT_S):
                while data := await self._stdout.read(_READ_BYTES):
                    for message in self._decoder.feed(data):
                        self.problem = message.text if message.say is Say.BROKEN else ""
                        self.loaded = message.say is Say.READY
                        if self.loaded:
                            self.settled.set()
                        return self.loaded
        except TimeoutError:
            self.problem = f"not loaded after {_LOAD_LIMIT_S:.0f} s"
        return False

    def seat(self, stream: Stream) -> None:
        """Let a stream begin here."""
        self._streams[stream.number] = stream
        self.utterances += 1
        stream.sit_down(self)

    def send(self, data: bytes, stream: Stream, answered: bool) -> None:
        """Bounded by what a stream may hold: a worker that stands still is killed before it matters."""
        if answered:
            self._unanswered.append((stream.number, self._clock()))
        if self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(data)

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
        if self._process.returncode is None:
            try:
                self._process.kill()
            except ProcessLookupError:
                return

    def _end_if_retired(self) -> None:
        if self.retiring and not self._streams and self._process.stdin is not None:
            self._process.stdin.close()

    def _take(self, data: bytes) -> None:
        for message in self._decoder.feed(data):
            if not self._unanswered or self._unanswered[0][0] != message.stream:
                raise Invalid("an answer to nothing that was asked")
            self._unanswered.popleft()
            self._answered_at = self._clock()
            if (stream := self._streams.get(message.stream)) is not None:
                stream.take(message)

    def _say_goodbye(self) -> None:
        culprit = self._streams.get(self._unanswered[0][0]) if self._unanswered else None
        streams, self._streams = list(self._streams.values()), {}
        self._unanswered.clear()
        for stream in streams:
            stream.stand_up()
        if not self.loaded and not self.problem:
            self.problem = self.complaint or "the recogniser ended while it loaded"
        self._lost(self, streams, culprit)
        self.settled.set()
        self.over.set()

    async def _listen_to_errors(self) -> None:
        """Kaldi's last line says why it gave up. Vosk is told not to log, so no caller's words come here."""
        assert self._process.stderr is not None
        while data := await self._process.stderr.read(_READ_BYTES):
            for line in data.decode("utf-8", "replace").splitlines():
                if _WORTH_TELLING.search(line):
                    self.complaint = " ".join(line.split())[:200]

    @property
    def _stdout(self) -> asyncio.StreamReader:
        assert self._process.stdout is not None
        return self._process.stdout


async def start_process(model: Path) -> asyncio.subprocess.Process:
    """A new worker; Unavailable when the machine cannot start one."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HOTLINE_")}
    # One core a worker: a library with threads of its own would take the others' time.
    environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = str(Path(hotline.__file__).parents[1])
    pipe = asyncio.subprocess.PIPE
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hotline.speech.worker", str(model)),
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env=environment,
        )
    except OSError as error:
        raise Unavailable(f"no worker process: {error.strerror}") from error
