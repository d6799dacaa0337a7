"""One AudioSocket connection as frames in and out, with a limit on every wait and on every buffer."""

import asyncio
import os
from collections import deque
from collections.abc import Callable

from hotline.speech.frames import HANG_UP, SILENCE, BadFrame, Frame, FrameDecoder

READ_BYTES = 16 * 1024  # a second of audio
_MOST_UNSENT = 32 * 1024
_CLOSE_S = 0.5


class LineClosed(Exception):
    """The other side is gone."""


class Line(asyncio.Protocol):
    """Reads with a time-out; writes never wait.

    The first frame is waited for. From then on nothing wakes us: `take` fetches what has come meanwhile. A
    wake-up for each frame of 20 ms would cost more than the recogniser.
    """

    def __init__(self, knock: Callable[["Line"], None]) -> None:
        self._knock = knock
        self._decoder = FrameDecoder()
        self._frames: deque[Frame] = deque()
        self._bad: BadFrame | None = None
        self._closed = False
        self._news = asyncio.Event()
        self._gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._descriptor = transport.get_extra_info("socket").fileno()
        self._knock(self)

    def data_received(self, data: bytes) -> None:
        if self._closed:
            return  # we have said goodbye: read only so that closing does not reset the connection
        self._decode(data)
        if self._frames or self._bad:
            self._transport.pause_reading()
            self._news.set()

    def eof_received(self) -> bool:
        self._closed = True
        self._news.set()
        return False

    def connection_lost(self, problem: Exception | None) -> None:
        self._closed = True
        self._news.set()
        self._gone.set()

    @property
    def peer(self) -> str:
        """The address at the other end."""
        peer = self._transport.get_extra_info("peername")
        return str(peer[0]) if peer else "?"

    async def frame(self, limit_s: float) -> Frame | None:
        """The first frame, or None when it did not come in time. Raises LineClosed and BadFrame."""
        try:
            async with asyncio.timeout(limit_s):
                await self._news.wait()
        except TimeoutError:
            return None
        if self._frames:
            return self._frames.popleft()
        if self._bad is not None:
            raise self._bad
        raise LineClosed

    def take(self) -> list[Frame]:
        """All frames that have come since. Raises LineClosed and BadFrame, after the good frames before."""
        if not self._closed and self._bad is None:
            self._read()
        if self._frames:
            frames = list(self._frames)
            self._frames.clear()
            return frames
        if self._bad is not None:
            raise self._bad
        if self._closed:
            raise LineClosed
        return []

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._decode(data)
        else:
            self._closed = True

    def _decode(self, data: bytes) -> None:
        try:
            for frame in self._decoder.feed(data):
                self._frames.append(frame)
        except BadFrame as problem:
            self._bad = problem

    def keep_alive(self) -> None:
        """20 ms of silence. Who does not read gets no more."""
        if self._transport.get_write_buffer_size() < _MOST_UNSENT:
            self._write(SILENCE)

    async def hang_up(self) -> None:
        """Tell the dialplan to go on, and close when it has understood."""
        self._write(HANG_UP)
        self._closed = True
        try:
            if not self._transport.is_closing():
                self._transport.write_eof()
                # Closing with unread audio would reset the connection, and with it the frame just written.
                self._transport.resume_reading()
                async with asyncio.timeout(_CLOSE_S):
                    await self._gone.wait()
        except (TimeoutError, OSError, RuntimeError):
            pass
        finally:
            self.abort()

    def turn_away(self) -> None:
        """The same for a stranger, who is not waited for."""
        self._write(HANG_UP)
        self._transport.close()

    def abort(self) -> None:
        """Close without another word."""
        self._transport.abort()

    def _write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)
