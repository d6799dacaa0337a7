"""One AudioSocket connection as frames in and out, with a limit on every wait and on every buffer."""

import asyncio
from collections import deque

from hotline.speech.frames import HANG_UP, SILENCE, BadFrame, Frame, FrameDecoder

READ_BYTES = 4096
_MOST_UNSENT = 32 * 1024
_CLOSE_S = 0.5


class LineClosed(Exception):
    """The other side is gone."""


class Line:
    """Reads with a time-out; writes never wait."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._decoder = FrameDecoder()
        self._frames: deque[Frame] = deque()
        self._bad: BadFrame | None = None

    async def frame(self, limit_s: float) -> Frame | None:
        """The next frame, or None when none came in time. Raises LineClosed and BadFrame."""
        while not self._frames:
            if self._bad is not None:
                raise self._bad
            try:
                async with asyncio.timeout(limit_s):
                    data = await self._reader.read(READ_BYTES)
            except TimeoutError:
                return None
            except OSError as problem:
                raise LineClosed from problem
            if not data:
                raise LineClosed
            self._decode(data)
        return self._frames.popleft()

    def _decode(self, data: bytes) -> None:
        try:
            for frame in self._decoder.feed(data):
                self._frames.append(frame)
        except BadFrame as problem:
            self._bad = problem

    def keep_alive(self) -> None:
        """20 ms of silence. Who does not read gets no more."""
        if self._writer.transport.get_write_buffer_size() < _MOST_UNSENT:
            self._write(SILENCE)

    async def hang_up(self) -> None:
        """Tell the dialplan to go on, and close when it has understood."""
        self._write(HANG_UP)
        try:
            if self._writer.can_write_eof():
                self._writer.write_eof()
            # Closing with unread audio would reset the connection, and with it the frame just written.
            async with asyncio.timeout(_CLOSE_S):
                while await self._reader.read(READ_BYTES):
                    pass
        except (TimeoutError, OSError):
            pass
        finally:
            self.abort()

    def turn_away(self) -> None:
        """The same for a stranger, who is not waited for."""
        self._write(HANG_UP)
        self._writer.close()

    def abort(self) -> None:
        """Close without another word."""
        self._writer.transport.abort()

    def _write(self, data: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(data)
