"""Parts of ours as processes of their own, so that a test can freeze and kill them in the middle of a call.

`python -m tests.support.call_parts agi PORT QUEUE URGENT` serves the real scripts with a call desk in memory;
`python -m tests.support.call_parts ear PORT SECONDS` takes AudioSocket calls and lets each go after SECONDS.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from hotline.domain.heard import Heard, Reason
from hotline.domain.hearing_mode import Mode
from hotline.domain.ids import CallId, QueueId
from hotline.telephony.agi_session import AgiSession
from hotline.telephony.fastagi import FastAgiServer
from tests.support.patience import PATIENCE_S

ROOT = Path(__file__).parents[2]


class Desk:
    """Expects everybody, and heard the same from everybody."""

    def __init__(self, queue: str, urgent: bool) -> None:
        self.queue, self.urgent = QueueId(queue), urgent

    def expect(self, call_id: CallId, mode: Mode = Mode.SENTENCE) -> None:
        assert len(call_id) == 36

    def heard(self, call_id: CallId, wait_s: float) -> Heard | None:
        return Heard(
            call_id=call_id,
            words="",
            final=True,
            reason=Reason.ENDPOINT,
            at=time.time(),
            heard_ms=1,
            queue=self.queue,
            urgent=self.urgent,
        )


def serve_agi(port: int, queue: str, urgent: bool) -> None:
    """The real server and scripts; `stuck` keeps a conversation open as a slow script would, and `full` says
    that no seat is free and does no more.
    """
    from agi_scripts import greet, route

    desk = Desk(queue, urgent)

    def stuck(agi: AgiSession) -> None:
        agi.get_variable("HOTLINE_CALL_ID")
        time.sleep(60)

    def full(agi: AgiSession) -> None:
        agi.set_variable("HOTLINE_WAIT", "1")

    scripts = {"greet": partial(greet.main, desk=desk), "route": partial(route.main, desk=desk)}
    if queue == "full":
        scripts = {"greet": full, "route": stuck}
    if queue == "stuck":
        scripts = {"greet": stuck, "route": stuck}
    FastAgiServer("127.0.0.1", port, scripts, timeout_s=60).start()
    print("ready", flush=True)
    signal.pause()


def serve_ear(port: int, seconds: float) -> None:
    """Says the frames' kinds it saw, keeps the line alive with silence, and hangs up."""
    server = socket.create_server(("127.0.0.1", port))
    print("ready", flush=True)
    while True:
        sock, _ = server.accept()
        threading.Thread(target=_listen, args=(sock, seconds), daemon=True).start()


def _listen(sock: socket.socket, seconds: float) -> None:
    ends = time.monotonic() + seconds
    with sock:
        threading.Thread(target=_swallow, args=(sock,), daemon=True).start()
        while time.monotonic() < ends:
            try:
                sock.sendall(b"\x10\x01\x40" + bytes(320))
            except OSError:
                return
            time.sleep(0.02)
        sock.sendall(b"\x00\x00\x00")


def _swallow(sock: socket.socket) -> None:
    """A key ends the listening, as it does in the real one."""
    buffer = b""
    while True:
        try:
            chunk = sock.recv(4096)
        except OSError:
            return
        buffer += chunk
        while len(buffer) >= 3 and len(buffer) >= 3 + int.from_bytes(buffer[1:3]):
            if buffer[0] == 0x03:
                sock.sendall(b"\x00\x00\x00")
                return
            buffer = buffer[3 + int.from_bytes(buffer[1:3]) :]
        if not chunk:
            return


@contextmanager
def running(*arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """One part as a process, ready; ended with the block, also when it is frozen."""
    command = [sys.executable, "-m", "tests.support.call_parts", *map(str, arguments)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    try:
        assert process.stdout and process.stdout.readline() == "ready\n", f"{command} did not start"
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE_S)
        process.stdout.close() if process.stdout else None


if __name__ == "__main__":
    role, port, *rest = sys.argv[1:]
    if role == "agi":
        serve_agi(int(port), rest[0], rest[1] == "urgent")
    else:
        serve_ear(int(port), float(rest[0]))
