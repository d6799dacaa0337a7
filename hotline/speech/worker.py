"""A worker process: several recognisers of one model, one message after the other."""

import ctypes
import json
import os
import signal
import sys
from typing import Any

from hotline.speech.frames import SAMPLE_RATE
from hotline.speech.wire import Message, MessageDecoder, Say, encode

_READ_BYTES = 64 * 1024
_PR_SET_PDEATHSIG = 1


class Recognisers:
    """The open streams of this worker and their recognisers."""

    def __init__(self, model: Any, make: Any) -> None:
        self._model = model
        self._make = make
        self._open: dict[int, Any] = {}

    def answer(self, message: Message) -> bytes | None:
        """What to send back; one answer to every AUDIO and FINISH, also for a stream that is not open."""
        match message.say:
            case Say.OPEN:
                self._open[message.stream] = self._make(self._model, SAMPLE_RATE)
            case Say.DROP:
                self._open.pop(message.stream, None)
            case Say.AUDIO:
                return self._hear(message)
            case Say.FINISH:
                recogniser = self._open.pop(message.stream, None)
                text = _text(recogniser.FinalResult(), "text") if recogniser else b""
                return encode(Say.FINAL, message.stream, text)
        return None

    def _hear(self, message: Message) -> bytes:
        recogniser = self._open.get(message.stream)
        if recogniser is None:
            return encode(Say.PARTIAL, message.stream)
        if recogniser.AcceptWaveform(message.payload):
            return encode(Say.SENTENCE, message.stream, _text(recogniser.Result(), "text"))
        return encode(Say.PARTIAL, message.stream, _text(recogniser.PartialResult(), "partial"))


def _text(result: str, key: str) -> bytes:
    """The words; marks of a model such as [unk] or <noise> are none."""
    words = str(json.loads(result).get(key, "")).split()
    return " ".join(word for word in words if word[0] not in "[<").encode()


def die_with_parent(parent: int) -> None:
    """Who hangs in Kaldi would not notice that process `parent` is gone: the kernel tells it (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # gone before the kernel was asked: nobody would tell
        os.kill(os.getpid(), signal.SIGKILL)


def serve(conversation: int, recognisers: Recognisers) -> None:
    """Answer what comes on the descriptor until the other side closes it.

    What has come together is answered together: the busier the worker, the less each message costs.
    """
    decoder = MessageDecoder()
    while data := os.read(conversation, _READ_BYTES):
        answers = bytearray()
        for message in decoder.feed(data):
            answers += recognisers.answer(message) or b""
        while answers:
            del answers[: os.write(conversation, answers)]
