"""A worker process: one Vosk model, several recognisers, one message after the other.

Kaldi ends its process when it finds itself in a state it does not know. That is why it has one of its own.
"""

import ctypes
import json
import os
import signal
import sys
from pathlib import Path
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


def _load(folder: str) -> Recognisers:
    """Raises Exception (that is what Vosk raises) when the model does not load."""
    if not Path(folder).is_dir():
        raise FileNotFoundError("there is no such folder")
    import vosk  # here, so that a missing library is a reported error and not a dead worker

    vosk.SetLogLevel(-1)
    return Recognisers(vosk.Model(folder), vosk.KaldiRecognizer)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _die_with_parent() -> None:
    """A worker that hangs in Kaldi would not notice that its parent is gone: the kernel tells it (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def main(folder: str) -> int:
    """Serve standard input and output until the end of input."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the whole group; the parent says when to stop
    _die_with_parent()
    out = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not be taken for a message
    try:
        recognisers = _load(folder)
    except Exception as error:
        _write(out, encode(Say.BROKEN, 0, " ".join(str(error).split())[:200].encode()))
        return 3
    _write(out, encode(Say.READY))
    decoder = MessageDecoder()
    while data := os.read(0, _READ_BYTES):
        for message in decoder.feed(data):
            if (answer := recognisers.answer(message)) is not None:
                _write(out, answer)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
