"""The other side of an AudioSocket, as Asterisk is it: sends a UUID and a voice, reads until hang-up."""

import asyncio
import time
import uuid
from dataclasses import dataclass, field

from hotline.domain.ids import CallId
from hotline.speech.frames import FRAME_BYTES, Frame, FrameDecoder, Kind, encode
from tests.support.patience import PATIENCE_S

QUIET = bytes(FRAME_BYTES)


@dataclass
class AudioCaller:
    """One connection. `speed` 1 is real time, 0 as fast as the line takes it."""

    port: int
    call_id: CallId = field(default_factory=lambda: CallId(str(uuid.uuid4())))
    speed: float = 1.0
    frames: list[Frame] = field(default_factory=list)
    ended_at: float | None = None  # by time.time(): when the last voice was sent

    async def connect(self) -> "AudioCaller":
        """Connect and name the call."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._first_frame = asyncio.Event()
        self._hung_up = asyncio.create_task(self._listen())
        self.send(encode(Kind.UUID, uuid.UUID(self.call_id).bytes))
        return self

    def send(self, data: bytes) -> None:
        """Raw bytes."""
        if not self._writer.is_closing():
            self._writer.write(data)

    async def speak(self, pcm: bytes) -> None:
        """Frames of 20 ms at their time, until all is said or the other side hangs up."""
        began = time.monotonic()
        for number, start in enumerate(range(0, len(pcm), FRAME_BYTES), start=1):
            if self._hung_up.done():
                return
            self.send(encode(Kind.AUDIO, pcm[start : start + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")))
            pause = began + number * 0.02 * self.speed - time.monotonic()
            await asyncio.sleep(max(0.0, pause))
        self.ended_at = time.time()

    async def quiet(self, limit_s: float = PATIENCE_S) -> None:
        """Silence on the line until the other side hangs up; TimeoutError when it does not."""
        async with asyncio.timeout(limit_s):
            while not self._hung_up.done():
                self.send(encode(Kind.AUDIO, QUIET))
                await asyncio.sleep(0.02 * self.speed)

    async def wait_hung_up(self, limit_s: float = PATIENCE_S) -> None:
        """Send nothing at all until the other side hangs up."""
        async with asyncio.timeout(limit_s):
            await asyncio.shield(self._hung_up)

    async def let_in(self, limit_s: float = PATIENCE_S) -> None:
        """Wait for the first frame of the other side: the call is being heard."""
        async with asyncio.timeout(limit_s):
            await self._first_frame.wait()

    @property
    def is_hung_up(self) -> bool:
        """The other side has closed."""
        return self._hung_up.done()

    @property
    def was_told_to_go_on(self) -> bool:
        """The last frame was a hang-up: Asterisk takes that as a good end."""
        return bool(self.frames) and self.frames[-1].kind is Kind.HANG_UP

    async def close(self) -> None:
        """The caller hangs up."""
        self._writer.close()
        self._hung_up.cancel()
        await asyncio.gather(self._hung_up, return_exceptions=True)

    async def _listen(self) -> None:
        decoder = FrameDecoder()
        try:
            while data := await self._reader.read(65_536):
                self.frames += decoder.feed(data)
                self._first_frame.set()
        except OSError:
            return
        finally:
            self._writer.close()
