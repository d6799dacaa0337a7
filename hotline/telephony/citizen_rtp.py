"""A citizen's voice: RTP packets every 20 ms by the monotonic clock, keys as events, and what comes back."""

from __future__ import annotations

import asyncio
import secrets
import struct
import time
from array import array
from collections import deque
from collections.abc import Callable
from typing import cast

from hotline.domain.errors import Invalid
from hotline.telephony import g711
from hotline.telephony.sip_message import Voice

FRAME_S = 0.02
FRAME = 160
HEADER = struct.Struct("!BBHII")
MAX_PACKET = 2048
KEYS = "0123456789*#ABCD"
KEY_FRAMES = 6  # a key is held 120 ms
KEY_ENDS = 3  # its last packet goes out three times (RFC 4733, 2.5.1.4)
_LATE_S = 0.2
_KEY_LEVEL = 10


class VoicePort(asyncio.DatagramProtocol):
    """One UDP port for sound. `on_frame(payload, codec, at)` gets each packet's sound as it comes."""

    def __init__(self, on_frame: Callable[[bytes, int, float], None]) -> None:
        self._on_frame = on_frame
        self._transport: asyncio.DatagramTransport | None = None
        self._voice: Voice | None = None
        self._frames: deque[bytes] = deque()
        self._keys: deque[bytes] = deque()
        self._said: array[int] = array("h")
        self._ssrc = secrets.randbits(32)
        self._sequence = secrets.randbits(16)
        self._timestamp = secrets.randbits(32)
        self._key_start = 0
        self.quiet = False  # True: nothing is sent in silence, as telephones with DTX do
        self.received = 0
        self.sent = 0
        self.last_at = 0.0
        self.longest_gap_s = 0.0
        self.spoken_at: float | None = None  # epoch seconds when the last packet of what was said went out

    @classmethod
    async def open(cls, host: str, on_frame: Callable[[bytes, int, float], None]) -> VoicePort:
        """Bound to a free port of `host`."""
        loop = asyncio.get_running_loop()
        _, port = await loop.create_datagram_endpoint(lambda: cls(on_frame), local_addr=(host, 0))
        return port

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    @property
    def port(self) -> int:
        """The local port."""
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    @property
    def speaking(self) -> bool:
        """Whether there is still something to say."""
        return bool(self._frames or self._said)

    def connect(self, voice: Voice) -> None:
        """From now on sound goes there."""
        self._voice = voice
        if self._said:
            self.say(self._said)

    def say(self, samples: array[int]) -> None:
        """Speak these samples (8 kHz) from the next packet on, or once connected."""
        if self._voice is None:
            self._said = samples
            return
        self._said = array("h")
        data = g711.encode(samples, self._voice.codec)
        data += g711.silence(self._voice.codec, -len(data) % FRAME)
        self._frames.extend(data[start : start + FRAME] for start in range(0, len(data), FRAME))

    def press(self, key: str) -> None:
        """Press a key; Invalid when no telephone has it."""
        if len(key) != 1 or key not in KEYS:
            raise Invalid(f"{key[:8]!r} is not a key: {KEYS}")
        event = KEYS.index(key)
        for frame in range(1, KEY_FRAMES + KEY_ENDS + 1):
            end = 0x80 if frame > KEY_FRAMES else 0
            self._keys.append(struct.pack("!BBH", event, end | _KEY_LEVEL, min(frame, KEY_FRAMES) * FRAME))

    async def pace(self) -> None:
        """Send one packet each 20 ms until cancelled; a machine that slept does not catch up in a burst."""
        due = time.monotonic()
        while True:
            self._tick()
            due += FRAME_S
            now = time.monotonic()
            if now - due > _LATE_S:
                due = now
            await asyncio.sleep(max(0.0, due - now))

    def close(self) -> None:
        """No more sound."""
        if self._transport is not None:
            self._transport.close()

    def _tick(self) -> None:
        voice = self._voice
        if voice is None:
            return
        if self._keys and voice.event_type is not None:
            first = len(self._keys) % (KEY_FRAMES + KEY_ENDS) == 0
            if first:
                self._key_start = self._timestamp
            self._send(voice, self._keys.popleft(), voice.event_type, first, self._key_start)
        elif self._frames:
            self._send(voice, self._frames.popleft(), voice.codec, False, self._timestamp)
            if not self._frames:
                self.spoken_at = time.time()
        elif not self.quiet:
            self._send(voice, g711.silence(voice.codec), voice.codec, False, self._timestamp)
        self._timestamp = (self._timestamp + FRAME) & 0xFFFFFFFF

    def _send(self, voice: Voice, payload: bytes, kind: int, marker: bool, timestamp: int) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._sequence = (self._sequence + 1) & 0xFFFF
        head = HEADER.pack(0x80, (0x80 if marker else 0) | kind, self._sequence, timestamp, self._ssrc)
        self._transport.sendto(head + payload, (voice.host, voice.port))
        self.sent += 1

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not HEADER.size < len(data) <= MAX_PACKET or data[0] >> 6 != 2:
            return
        kind = data[1] & 0x7F
        if kind not in (g711.PCMU, g711.PCMA):
            return
        now = time.monotonic()
        if self.received:
            self.longest_gap_s = max(self.longest_gap_s, now - self.last_at)
        self.last_at = now
        self.received += 1
        self._on_frame(data[HEADER.size + 4 * (data[0] & 0x0F) :], kind, now)

    def error_received(self, exc: Exception) -> None:
        pass  # the other side closed its port a moment before its BYE came
