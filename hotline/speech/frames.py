"""The AudioSocket frame: one byte of kind, two of length (big-endian), and what it carries."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from hotline.domain.errors import Invalid
from hotline.domain.ids import CallId

SAMPLE_RATE = 8000
FRAME_BYTES = 320  # 20 ms of 16-bit samples at 8 kHz
MAX_PAYLOAD = 3200  # Asterisk sends 20 ms; 200 ms is more than any packet time of a telephone
_HEADER = struct.Struct(">BH")


class Kind(IntEnum):
    """What a frame carries."""

    HANG_UP = 0x00
    UUID = 0x01
    DTMF = 0x03
    AUDIO = 0x10
    ERROR = 0xFF


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the conversation."""

    kind: Kind
    payload: bytes = b""


class BadFrame(Invalid):
    """The bytes are not AudioSocket; the message says why and quotes none of them."""


def encode(kind: Kind, payload: bytes = b"") -> bytes:
    """The frame as bytes."""
    if len(payload) > MAX_PAYLOAD:
        raise BadFrame(f"a frame of {len(payload)} bytes is longer than {MAX_PAYLOAD}")
    return _HEADER.pack(kind, len(payload)) + payload


SILENCE = encode(Kind.AUDIO, bytes(FRAME_BYTES))
HANG_UP = encode(Kind.HANG_UP)


class FrameDecoder:
    """Makes frames of bytes that were cut anywhere; keeps less than one frame of them."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that `data` completes. The good ones come before BadFrame is raised."""
        self._kept += data
        at = 0
        try:
            while len(self._kept) - at >= _HEADER.size:
                kind, length = _HEADER.unpack_from(self._kept, at)
                check(kind, length)
                end = at + _HEADER.size + length
                if end > len(self._kept):
                    break
                frame = Frame(Kind(kind), bytes(self._kept[at + _HEADER.size : end]))
                at = end
                yield frame
        finally:
            del self._kept[:at]


_KINDS = frozenset(Kind)


def check(kind: int, length: int) -> None:
    """Raises BadFrame for a header that no frame of a telephone call can have."""
    if kind not in _KINDS:
        raise BadFrame(f"unknown kind of frame 0x{kind:02x}")
    if length > MAX_PAYLOAD:
        raise BadFrame(f"a frame of {length} bytes is longer than {MAX_PAYLOAD}")
    if kind == Kind.UUID and length != 16:
        raise BadFrame(f"a UUID of {length} bytes")
    if kind == Kind.DTMF and length != 1:
        raise BadFrame(f"a key of {length} bytes")
    if kind == Kind.AUDIO and length % 2:
        raise BadFrame("audio that ends within a sample")


def call_id_of(frame: Frame) -> CallId:
    """The call a connection is about; BadFrame when it is not a UUID frame."""
    if frame.kind is not Kind.UUID:
        raise BadFrame("the first frame is not a UUID")
    return CallId(str(UUID(bytes=frame.payload)))
