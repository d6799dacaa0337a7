"""The FastAGI server and whoever may connect to it: Asterisk, strangers, the slow, the huge and the many."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from hotline.domain.errors import Unavailable
from hotline.telephony.agi_session import AgiSession
from hotline.telephony.fastagi import FastAgiServer, is_neighbour
from tests.support.servers import wait_until

NUMBER = b"13800000001"
GREET = b"agi_network: yes\nagi_network_script: greet\nagi_callerid: " + NUMBER + b"\n\n"
TIMEOUT_S = 0.5


def greet(agi: AgiSession) -> None:
    agi.set_variable("HOTLINE_EXPECTED", agi.get_variable("HOTLINE_CALL_ID"))


def broken(agi: AgiSession) -> None:
    raise RuntimeError("13800000001 said something")


@pytest.fixture
def server() -> Iterator[FastAgiServer]:
    ours = FastAgiServer("127.0.0.1", 0, {"greet": greet, "broken": broken}, TIMEOUT_S, max_sessions=5)
    ours.start()
    yield ours
    ours.stop()


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, logger="hotline.telephony")
    return caplog


def connect(server: FastAgiServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), 3)


def until_closed(sock: socket.socket) -> bytes:
    """Everything the server says until it closes."""
    came = b""
    try:
        while chunk := sock.recv(4096):
            came += chunk
    except ConnectionResetError:
        return came
    return came


def told(lines: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in lines.records if record.levelno >= logging.WARNING]


def test_a_call_is_served(server: FastAgiServer, lines: pytest.LogCaptureFixture) -> None:
    with connect(server) as asterisk:
        for piece in (GREET[:7], GREET[7:40], GREET[40:]):  # TCP cuts where it likes
            asterisk.sendall(piece)
        assert asterisk.recv(100) == b'GET VARIABLE "HOTLINE_CALL_ID"\n'
        asterisk.sendall(b"200 result=1 (abc)\n")
        assert asterisk.recv(100) == b'SET VARIABLE "HOTLINE_EXPECTED" "abc"\n'
        asterisk.sendall(b"200 result=1\n")
        assert until_closed(asterisk) == b""
    assert told(lines) == []


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "AGI ? ended: this is not AGI"),
        (b"\x16\x03\x01\x02\x00\x01\x00\n\n", "AGI ? ended: this is not AGI"),
        (b"\n\n", "AGI ? ended: this is not AGI"),
        (b"agi_request: greet\n\n", "AGI ? ended: this is not FastAGI"),
        (
            b"agi_network: yes\nagi_network_script: nothing\n\n",
            "AGI nothing ended: there is no script of that name",
        ),
        (
            b"agi_network: yes\nagi_network_script: ../../etc/passwd\n\n",
            "AGI ? ended: there is no script of that name",
        ),
        (b"agi_network: yes\n\n", "AGI ? ended: there is no script of that name"),
        (b"agi_network: " + b"y" * 5000, "AGI ? ended: a line is too long"),
        (
            b"agi_network: yes\n" + b"agi_x: y\n" * 200,
            "AGI ? ended: the description of the call has too many lines",
        ),
        (
            b"agi_network: yes\n" + (b"agi_x: " + b"y" * 3000 + b"\n") * 20,
            "AGI ? ended: the description of the call is too long",
        ),
        (b"agi_network: yes\nagi_network_script: broken\n\n", "AGI broken failed: RuntimeError at"),
        (b"agi_network: yes\n", "AGI ? ended: the conversation took too long"),
        (b"", "AGI ? ended: the conversation took too long"),
    ],
    ids=[
        "http",
        "tls",
        "empty",
        "no_network",
        "unknown",
        "path",
        "no_script",
        "line",
        "lines",
        "size",
        "error",
        "slow",
        "mute",
    ],
)
def test_a_stranger_is_refused_in_one_line(
    server: FastAgiServer, lines: pytest.LogCaptureFixture, said: bytes, line: str
) -> None:
    with connect(server) as stranger:
        stranger.sendall(said)
        until_closed(stranger)
    wait_until(lambda: told(lines), "a line in the log")
    assert len(told(lines)) == 1
    assert told(lines)[0].startswith(line)
    assert NUMBER.decode() not in lines.text
    assert "Traceback" not in lines.text


def test_a_drip_does_not_outlast_the_limit(server: FastAgiServer, lines: pytest.LogCaptureFixture) -> None:
    """Each byte comes in time, and all together too late."""
    closed = threading.Event()
    with connect(server) as stranger:

        def drip() -> None:
            try:
                while not closed.wait(0.05):
                    stranger.sendall(b"a")
            except OSError:
                return

        thread = threading.Thread(target=drip)
        thread.start()
        until_closed(stranger)
        closed.set()
        thread.join()
    wait_until(lambda: told(lines) == ["AGI ? ended: the conversation took too long"], "a line in the log")


def test_a_caller_who_hangs_up_is_no_trouble(server: FastAgiServer, lines: pytest.LogCaptureFixture) -> None:
    with connect(server) as asterisk:
        asterisk.sendall(GREET)
        asterisk.recv(100)
        asterisk.sendall(b"HANGUP\n")
        until_closed(asterisk)
    with connect(server) as asterisk:
        asterisk.sendall(GREET)
        asterisk.recv(100)
    with connect(server) as asterisk:
        asterisk.sendall(GREET[:30])
    wait_until(lambda: "AGI greet: the caller hung up" in lines.text, "noticed")
    wait_until(lambda: server.sessions == 0, "no conversation left")
    assert told(lines) == []


def test_a_variable_that_is_an_injection_goes_nowhere(
    server: FastAgiServer, lines: pytest.LogCaptureFixture
) -> None:
    with connect(server) as asterisk:
        asterisk.sendall(GREET)
        asterisk.recv(100)
        asterisk.sendall(b'200 result=1 (x" "y)\n')
        assert until_closed(asterisk) == b""
    wait_until(
        lambda: told(lines) == ["AGI greet ended: value has a character that may not go to Asterisk"], "told"
    )


def test_too_many_are_turned_away_and_the_next_is_served(
    server: FastAgiServer, lines: pytest.LogCaptureFixture
) -> None:
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(connect(server))
        wait_until(lambda: server.sessions == 5, "five conversations")
        with connect(server) as sixth:
            assert until_closed(sixth) == b""
        assert "FastAGI refused a connection: 5 conversations already" in told(lines)
    wait_until(lambda: server.sessions == 0, "all gone")
    with connect(server) as asterisk:
        asterisk.sendall(GREET)
        assert asterisk.recv(100).startswith(b"GET VARIABLE")


def test_thousands_who_come_and_go_leave_nothing(server: FastAgiServer) -> None:
    before = threading.active_count()
    for _ in range(1000):
        connect(server).close()
    wait_until(lambda: server.sessions == 0, "all gone")
    wait_until(lambda: threading.active_count() <= before, "no thread left")


def test_stop_ends_what_is_going_on(server: FastAgiServer) -> None:
    with connect(server) as asterisk:
        asterisk.sendall(GREET)
        asterisk.recv(100)
        port = server.port
        server.stop()
        assert until_closed(asterisk) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)
    server.stop()  # twice is once
    with pytest.raises(Unavailable):
        _ = server.port


def test_a_taken_port_is_one_sentence(server: FastAgiServer) -> None:
    with pytest.raises(
        Unavailable, match=f"FastAGI cannot listen on port {server.port}: Address already in use"
    ):
        FastAgiServer("127.0.0.1", server.port, {}).start()


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("::ffff:8.8.8.8", False),
        ("x", False),
    ],
)
def test_only_this_machine_is_a_neighbour(address: str, near: bool) -> None:
    assert is_neighbour(address) is near


def test_a_machine_without_a_thread_to_spare_refuses_a_call_and_serves_the_next(
    server: FastAgiServer, lines: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as machine:
        machine.setattr(threading.Thread, "start", full)
        with connect(server) as asterisk:
            assert until_closed(asterisk) == b""
    assert (server.sessions, server.unserved) == (0, 1)
    assert told(lines) == ["FastAGI cannot serve a connection: can't start new thread"]
    with connect(server) as asterisk:
        asterisk.sendall(GREET)
        assert asterisk.recv(100) == b'GET VARIABLE "HOTLINE_CALL_ID"\n'
