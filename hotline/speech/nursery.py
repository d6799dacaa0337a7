"""The nursery process: loads a Vosk model once, and makes a worker by fork for each who asks.

So the workers share the model's memory, a dead one is replaced in milliseconds, and what kills one (Kaldi
ends its process when it finds itself in a state it does not know) leaves the model and the others alive.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from hotline.speech.frames import SAMPLE_RATE
from hotline.speech.worker import Recognisers, die_with_parent, serve

ASK = b"w"  # with two descriptors: the worker's conversation and its standard error


def _load(folder: str) -> tuple[Any, Any]:
    """The model and how to make a recogniser. Raises Exception (what Vosk raises) when it does not load."""
    if not Path(folder).is_dir():
        raise FileNotFoundError("there is no such folder")
    import vosk  # here, so that a missing library is a reported error and not a dead process

    vosk.SetLogLevel(-1)
    os.chdir(folder)  # all files of the same one, also when another takes its place meanwhile
    model = vosk.Model(".")
    trial = vosk.KaldiRecognizer(model, SAMPLE_RATE)  # some files of a model are looked at only now
    trial.AcceptWaveform(bytes(SAMPLE_RATE // 5))
    json.loads(trial.FinalResult())
    os.chdir("/")
    return model, vosk.KaldiRecognizer


class Nursery:
    """Its control connection, and the children it has to bury."""

    def __init__(self, control: socket.socket, model: Any, make: Any) -> None:
        self._control = control
        self._model = model
        self._make = make
        self._children: dict[int, int] = {}  # descriptor of the process -> its id

    def run(self) -> None:
        """Until nobody asks any more and the last child is gone."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        asked = True
        while asked or self._children:
            for descriptor, _ in poll.poll():
                if descriptor in self._children:
                    poll.unregister(descriptor)
                    self._bury(descriptor)
                elif not self._bear(poll):
                    asked = False
                    poll.unregister(self._control)

    def _bear(self, poll: select.poll) -> bool:
        """False when the other side is gone."""
        data, given, _, _ = socket.recv_fds(self._control, 1, 2)
        if not data:
            return False
        conversation, errors = given
        mother = os.getpid()
        if (child := os.fork()) == 0:
            self._be_a_worker(mother, conversation, errors)
        os.close(conversation)
        os.close(errors)
        descriptor = os.pidfd_open(child)  # before it is buried, so that it is surely this process
        self._children[descriptor] = child
        poll.register(descriptor, select.POLLIN)
        tell(self._control, {"born": child}, [descriptor])
        return True

    def _be_a_worker(self, mother: int, conversation: int, errors: int) -> None:
        code = 1
        try:
            die_with_parent(mother)
            os.dup2(errors, 2)
            for descriptor in (errors, self._control.fileno(), *self._children):
                os.close(descriptor)
            serve(conversation, Recognisers(self._model, self._make))
            code = 0
        finally:
            os._exit(code)

    def _bury(self, descriptor: int) -> None:
        child = self._children.pop(descriptor)
        os.close(descriptor)
        _, status = os.waitpid(child, 0)
        tell(self._control, {"dead": child, "code": os.waitstatus_to_exitcode(status)})


def tell(control: socket.socket, message: dict[str, Any], descriptors: list[int] | None = None) -> None:
    """One line of JSON; whoever is gone misses it."""
    try:
        socket.send_fds(control, [json.dumps(message).encode() + b"\n"], descriptors or [])
    except OSError:
        return


def main(folder: str, control_fd: int, parent: int) -> int:
    """Load the model, say so, and serve `control_fd` for the process `parent`."""
    # Ctrl-C reaches the whole group; the parent says when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent(parent)
    control = socket.socket(fileno=control_fd)
    try:
        model, make = _load(folder)
    except Exception as error:
        tell(control, {"broken": " ".join(str(error).split())[:200]})
        return 3
    gc.freeze()  # what is shared now shall stay shared
    tell(control, {"ready": True})
    Nursery(control, model, make).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:])))
