"""The messages between the speech process and its workers: kind, stream, length, and what is carried."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from hotline.domain.errors import Invalid

MAX_MESSAGE = 64 * 1024
MAX_TEXT = 2_000
_HEADER = struct.Struct(">BII")


class Say(IntEnum):
    """AUDIO and FINISH are each answered by exactly one message, in order; OPEN and DROP by none."""

    OPEN = 1
    AUDIO = 2
    FINISH = 3
    DROP = 4
    PARTIAL = 18  # words of the sentence that is being said
    SENTENCE = 19  # words of a sentence that is over
    FINAL = 20


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `stream` is 0 where none is meant."""

    say: Say
    stream: int = 0
    payload: bytes = b""

    @property
    def text(self) -> str:
        """The payload as text; what is not UTF-8 is replaced."""
        return self.payload.decode("utf-8", "replace")[:MAX_TEXT]


def encode(say: Say, stream: int = 0, payload: bytes = b"") -> bytes:
    """The message as bytes."""
    if len(payload) > MAX_MESSAGE:
        raise Invalid(f"a message of {len(payload)} bytes to a worker is too long")
    return _HEADER.pack(say, stream, len(payload)) + payload


class MessageDecoder:
    """Makes messages of bytes that were cut anywhere."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that `data` completes; Invalid when the other side has lost its mind."""
        self._kept += data
        at = 0
        try:
            while len(self._kept) - at >= _HEADER.size:
                say, stream, length = _HEADER.unpack_from(self._kept, at)
                if length > MAX_MESSAGE or say not in _SAYS:
                    raise Invalid("a worker's message makes no sense")
                end = at + _HEADER.size + length
                if end > len(self._kept):
                    break
                message = Message(Say(say), stream, bytes(self._kept[at + _HEADER.size : end]))
                at = end
                yield message
        finally:
            del self._kept[:at]


_SAYS = frozenset(Say)
