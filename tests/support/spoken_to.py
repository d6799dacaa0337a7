"""An ear for tests: takes AudioSocket calls as the speech process does, and keeps what it hears of each."""

import socket
import struct
import threading
import time
import uuid
from array import array
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

SILENCE = b"\x10\x01\x40" + bytes(320)


@dataclass(slots=True)
class Listened:
    """One connection. Times are epoch seconds."""

    call_id: str
    began: float
    sound: "array[int]" = field(default_factory=lambda: array("h"))
    ended: float | None = None


class OpenEar:
    """Listens for ever; `let_go` hangs up on one call."""

    def __init__(self, port: int) -> None:
        self.heard: list[Listened] = []
        self._sockets: dict[str, socket.socket] = {}
        self._server = socket.create_server(("127.0.0.1", port))

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for sock in list(self._sockets.values()):
            with suppress(OSError):
                sock.close()

    def of(self, call_id: str) -> list[Listened]:
        """The connections of one call, oldest first."""
        return [one for one in list(self.heard) if one.call_id == call_id]

    def let_go(self, call_id: str) -> None:
        """The sentence is over: Asterisk is told to go on."""
        self._sockets[call_id].sendall(b"\x00\x00\x00")

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._listen, args=(sock,), daemon=True).start()

    def _listen(self, sock: socket.socket) -> None:
        with sock, suppress(OSError):
            kind, payload = _frame(sock)
            assert kind == 0x01
            one = Listened(str(uuid.UUID(bytes=payload)), time.time())
            self._sockets[one.call_id] = sock
            self.heard.append(one)
            try:
                self._keep(sock, one)
            finally:
                one.ended = time.time()

    def _keep(self, sock: socket.socket, one: Listened) -> None:
        """Until the other side is gone; a key is answered as the real ear answers it."""
        while True:
            kind, payload = _frame(sock)
            if kind == 0x10:
                samples = array("h")
                samples.frombytes(payload)
                one.sound.extend(samples)
                sock.sendall(SILENCE)
            elif kind == 0x03:
                sock.sendall(b"\x00\x00\x00")
            elif kind == 0x00:
                return


def _frame(sock: socket.socket) -> tuple[int, bytes]:
    kind, length = struct.unpack("!BH", _exactly(sock, 3))
    return kind, _exactly(sock, length)


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = sock.recv(size - len(data))
        if not chunk:
            raise ConnectionError("gone")
        data += chunk
    return data
