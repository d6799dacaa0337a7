"""Callers by the hundred in one small process: each speaks in real time, and each of his words is waited for.

One turn is 20 ms. Whoever has been hung up on, or has said all, makes room for the next caller, so that
the number of streams stays the same. Run as a process of its own, so that it may have a core of its own.
"""

import gc
import json
import os
import random
import re
import select
import socket
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import redis

from bench.results import percentile
from bench.speech_audio import Said, load
from hotline.live.heard import EXPECT, HEARD

TURN_S = 0.02
FRAME = 320
_BETWEEN = re.compile(r"[\s，]+")


@dataclass
class Caller:
    """One stream and what has been understood of it."""

    said: Said
    key: str
    sock: socket.socket
    open: bool = True  # the other side listens
    turn: int = -1  # of the 20 ms turns, in which it began to speak
    began: float = 0.0
    kept: bytes = b""  # of an answer that has come in part
    sent: int = 0
    seen: int = 0  # words
    final: bool = False
    gone: bool = False


@dataclass
class Figures:
    """Milliseconds from the end of a word to its coming on the screen."""

    partial_ms: list[float] = field(default_factory=list)
    final_ms: list[float] = field(default_factory=list)
    missed: int = 0
    callers: int = 0
    wrong: int = 0
    late_ms: list[float] = field(default_factory=list)  # of this process itself

    def take(self, caller: Caller, words: str, final: bool, at: float) -> None:
        """Words that came at `at`."""
        words, said = _BETWEEN.sub("", words), caller.said
        while caller.seen < len(said.words):
            count, end = said.words[caller.seen]
            if not words.startswith(said.text[:count]):
                break
            self.partial_ms.append(1000 * (at - caller.began - end))
            caller.seen += 1
        if final and words and not caller.final:
            caller.final = True
            self.wrong += words != said.text
            if said.words:
                self.final_ms.append(1000 * (at - caller.began - said.words[-1][1]))

    def over(self, caller: Caller) -> None:
        """No more will come for a caller; words only he who spoke to the end can miss."""
        self.callers += 1
        self.missed += len(caller.said.words) - caller.seen

    def summary(self) -> dict[str, Any]:
        def at(values: list[float], share: float) -> float | None:
            return round(percentile(values, share), 1) if values else None

        return {
            "partial_ms_p50": at(self.partial_ms, 0.5),
            "partial_ms_p95": at(self.partial_ms, 0.95),
            "final_ms_p50": at(self.final_ms, 0.5),
            "final_ms_p95": at(self.final_ms, 0.95),
            "words": len(self.partial_ms),
            "missed": self.missed,
            "callers": self.callers,
            "wrong": self.wrong,
            "load_late_ms_p99": at(self.late_ms, 0.99),
        }


class Side(Protocol):
    """How callers reach one of the servers."""

    turns: int  # in one message

    def connect(self, said: Said) -> Caller: ...
    def message(self, pcm: bytes) -> bytes: ...
    def took(self, caller: Caller, data: bytes, figures: Figures) -> None: ...
    def look(self, figures: Figures, callers: dict[str, Caller]) -> None: ...


class OurSide:
    """AudioSocket, as Asterisk speaks it; words come over Redis, as for the screens."""

    turns = 1

    def __init__(self, port: int, redis_url: str) -> None:
        self._port = port
        self._redis: Any = redis.Redis.from_url(redis_url)
        self._heard = self._redis.pubsub(ignore_subscribe_messages=True)
        self._heard.subscribe(HEARD)

    def connect(self, said: Said) -> Caller:
        call = uuid.uuid4()
        self._redis.set(EXPECT + str(call), "1", ex=60)
        sock = _connected(self._port)
        sock.send(b"\x01\x00\x10" + call.bytes)
        return Caller(said, str(call), sock)

    def message(self, pcm: bytes) -> bytes:
        return b"\x10" + len(pcm).to_bytes(2, "big") + pcm

    def took(self, caller: Caller, data: bytes, figures: Figures) -> None:
        """Silence comes back; the end of the connection is what counts."""

    def look(self, figures: Figures, callers: dict[str, Caller]) -> None:
        while (message := self._heard.get_message()) is not None:
            at, heard = time.monotonic(), json.loads(message["data"])
            if (caller := callers.get(heard["call_id"])) is not None:
                figures.take(caller, heard["words"], heard["final"], at)


class PeerSide:
    """A WebSocket client as small as it can be; the mask is zero, which the server cannot know beforehand."""

    def __init__(self, port: int, turns: int) -> None:
        self._port = port
        self.turns = turns

    def connect(self, said: Said) -> Caller:
        sock = _connected(self._port)
        sock.send(
            b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        return Caller(said, uuid.uuid4().hex, sock, open=False)

    def message(self, pcm: bytes) -> bytes:
        return b"\x82\xfe" + len(pcm).to_bytes(2, "big") + bytes(4) + pcm

    def took(self, caller: Caller, data: bytes, figures: Figures) -> None:
        at = time.monotonic()
        data = caller.kept + data
        if not caller.open:
            caller.open, data = b"\r\n\r\n" in data, b""
        while len(data) >= 4:
            start = 4 if data[1] == 126 else 2
            length = int.from_bytes(data[2:4], "big") if data[1] == 126 else data[1]
            if len(data) < start + length:
                break
            answer = json.loads(data[start : start + length]) if data[0] == 0x81 else {}
            final = bool(answer.get("text"))
            figures.take(caller, answer.get("text") or answer.get("partial") or "", final, at)
            caller.gone = caller.gone or final  # one sentence, then the caller goes on to the queue
            data = data[start + length :]
        caller.kept = data

    def look(self, figures: Figures, callers: dict[str, Caller]) -> None:
        """Words come on each caller's own connection."""


def _connected(port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setblocking(False)
    return sock


def run(side: Side, said: list[Said], *, streams: int, seconds: float, warm_s: float) -> Figures:
    """`streams` callers at once for `seconds`, after `warm_s` that are not counted."""
    gc.disable()
    chooser = random.Random(7)
    bodies = {id(one): _messages(side, one) for one in said}
    callers: dict[int, Caller] = {}
    poll = select.epoll()
    figures, warming = Figures(), Figures()
    began = time.monotonic()
    turn = 0
    while (now := time.monotonic()) - began < seconds + warm_s:
        counted = figures if now - began > warm_s else warming
        # The first come over the length of a call, as if they had called by themselves.
        opened = min(2, int(streams * min(1.0, (now - began) / (warm_s * 0.7))) - len(callers))
        for _ in range(opened):
            caller = side.connect(chooser.choice(said))
            callers[caller.sock.fileno()] = caller
            poll.register(caller.sock, select.EPOLLIN | select.EPOLLRDHUP)
        _speak(side, bodies, callers, turn)
        _hear(side, poll, callers, counted, began + (turn + 1) * TURN_S)
        turn += 1
        counted.late_ms.append(1000 * max(0.0, time.monotonic() - began - turn * TURN_S))
    return figures


def _messages(side: Side, said: Said) -> list[bytes]:
    step = FRAME * side.turns
    return [side.message(said.pcm[start : start + step]) for start in range(0, len(said.pcm), step)]


def _speak(side: Side, bodies: dict[int, list[bytes]], callers: dict[int, Caller], turn: int) -> None:
    for caller in callers.values():
        if caller.turn < 0 and caller.open:
            caller.turn, caller.began = turn, time.monotonic()
        elapsed = turn - caller.turn if caller.open else 0
        if elapsed and elapsed % side.turns == 0 and not caller.gone:
            messages = bodies[id(caller.said)]
            if caller.sent >= len(messages):
                caller.gone = True
                continue
            try:
                caller.sock.send(messages[caller.sent])
            except OSError:
                caller.gone = True
            caller.sent += 1


def _hear(side: Side, poll: select.epoll, callers: dict[int, Caller], figures: Figures, until: float) -> None:
    by_key = {caller.key: caller for caller in callers.values()}
    while True:
        for number, _ in poll.poll(max(0.0, min(0.005, until - time.monotonic()))):
            caller = callers[number]
            try:
                data = caller.sock.recv(65_536)
            except OSError:
                data = b""
            if data:
                side.took(caller, data, figures)
            else:
                caller.gone = True
        side.look(figures, by_key)
        if time.monotonic() >= until:
            break
    for number, caller in list(callers.items()):
        if caller.gone:
            figures.over(caller)
            poll.unregister(caller.sock)
            caller.sock.close()
            del callers[number]


def main() -> None:
    """Arguments as one JSON object; figures as another."""
    asked = json.loads(sys.argv[1])
    os.sched_setaffinity(0, asked["cores"])
    side: Side
    if asked["redis"]:
        side = OurSide(asked["port"], asked["redis"])
    else:
        side = PeerSide(asked["port"], asked["turns"])
    said = load(Path(asked["audio"]))
    figures = run(side, said, streams=asked["streams"], seconds=asked["seconds"], warm_s=asked["warm_s"])
    print(json.dumps(figures.summary()))


if __name__ == "__main__":
    main()
