"""The FastAGI server: Asterisk asks by TCP, a short script answers in a thread of its own, within limits."""

import contextlib
import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from ipaddress import ip_address

from hotline.domain.errors import HotlineError, Invalid, NotFound, Unavailable
from hotline.log_lines import kind_and_place
from hotline.telephony.agi_session import AgiSession, CallerHungUp

log = logging.getLogger(__name__)

Script = Callable[[AgiSession], None]

MAX_LINE = 4096
CHUNK = 4096
STOP_S = 2.0
_NAME = re.compile(r"[a-z_]{1,32}\Z")


class _SocketLine:
    """Lines over one socket, all of them together in a limited time."""

    def __init__(self, sock: socket.socket, timeout_s: float) -> None:
        self._sock = sock
        self._ends = time.monotonic() + timeout_s
        self._read = b""
        self._written: list[str] = []

    def readline(self) -> str:
        while b"\n" not in self._read:
            if len(self._read) > MAX_LINE:
                raise Invalid("a line is too long")
            try:
                self._sock.settimeout(self._left())
                chunk = self._sock.recv(CHUNK)
            except TimeoutError:
                raise Unavailable("the conversation took too long") from None
            except OSError:
                chunk = b""
            if not chunk:
                return ""
            self._read += chunk
        line, _, self._read = self._read.partition(b"\n")
        if len(line) > MAX_LINE:
            raise Invalid("a line is too long")
        return line.decode("utf-8", "replace") + "\n"

    def write(self, text: str) -> None:
        self._written.append(text)

    def flush(self) -> None:
        data, self._written = "".join(self._written).encode(), []
        try:
            self._sock.settimeout(self._left())
            self._sock.sendall(data)
        except TimeoutError:
            raise Unavailable("the conversation took too long") from None
        except OSError:
            raise CallerHungUp("the connection is closed") from None

    def _left(self) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise Unavailable("the conversation took too long")
        return left


def is_neighbour(address: str) -> bool:
    """Whether a peer is on this machine: nobody else is listened to, whatever the server was bound to."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


class FastAgiServer:
    """Runs `scripts` by name for Asterisk, `max_sessions` at once, each in `timeout_s` seconds at most.

    One who is refused costs one line in the log and nothing else: the dialplan goes on without an answer.
    """

    def __init__(
        self,
        host: str,
        port: int,
        scripts: Mapping[str, Script],
        timeout_s: float = 2.0,
        max_sessions: int = 200,
    ) -> None:
        self._address = (host, port)
        self._scripts = dict(scripts)
        self._timeout_s = timeout_s
        self._max_sessions = max_sessions
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._stopping = False
        self._sessions: dict[socket.socket, threading.Thread] = {}
        self.unserved = 0  # refused, or no thread was left for them

    @property
    def port(self) -> int:
        """The port listened on: the chosen one when 0 was asked for."""
        if self._listener is None:
            raise Unavailable("the FastAGI server is not started")
        return int(self._listener.getsockname()[1])

    @property
    def sessions(self) -> int:
        """Conversations going on now."""
        with self._lock:
            return len(self._sessions)

    def start(self) -> None:
        """Listen, and serve in threads. Raises Unavailable when the port is taken."""
        try:
            self._listener = socket.create_server(self._address, backlog=128)
            self._stopping = False
        except OSError as problem:
            raise Unavailable(
                f"FastAGI cannot listen on port {self._address[1]}: {problem.strerror}"
            ) from None
        self._thread = threading.Thread(
            target=self._accept, args=(self._listener,), name="fastagi", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Take nobody in any more, end the conversations, and wait a moment for their threads."""
        if self._listener is None or self._thread is None:
            return
        self._stopping = True  # a listener that is shut down says so before it is closed
        _close(self._listener)
        with self._lock:
            going = dict(self._sessions)
        for sock in going:
            _close(sock)
        ends = time.monotonic() + STOP_S
        for thread in (self._thread, *going.values()):
            thread.join(max(0.0, ends - time.monotonic()))
        self._listener = self._thread = None

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, (address, *_) = listener.accept()
            except OSError as problem:
                if self._stopping or listener.fileno() == -1:
                    return
                log.error("FastAGI cannot take a connection: %s", problem.strerror)
                time.sleep(0.1)  # out of file descriptors: they come back when conversations end
                continue
            refusal = self._refusal(address)
            if refusal:
                log.warning("FastAGI refused a connection: %s", refusal)
                self.unserved += 1
                _close(sock)
                continue
            self._begin(sock)

    def _begin(self, sock: socket.socket) -> None:
        thread = threading.Thread(target=self._serve, args=(sock,), name="fastagi-call", daemon=True)
        with self._lock:
            self._sessions[sock] = thread
        try:
            thread.start()
        except RuntimeError as problem:  # the machine has none left: this call goes on without us
            self.unserved += 1
            log.error("FastAGI cannot serve a connection: %s", problem)
            self._leave(sock)

    def _refusal(self, address: str) -> str:
        if not is_neighbour(address):
            return "not from this machine"
        if self.sessions >= self._max_sessions:
            return f"{self._max_sessions} conversations already"
        return ""

    def _serve(self, sock: socket.socket) -> None:
        try:
            self._converse(_SocketLine(sock, self._timeout_s))
        finally:
            self._leave(sock)

    def _leave(self, sock: socket.socket) -> None:
        with self._lock:
            self._sessions.pop(sock, None)
        _close(sock)

    def _converse(self, line: _SocketLine) -> None:
        name = "?"
        try:
            session = AgiSession(line)
            name = _script_name(session)
            script = self._scripts.get(name)
            if script is None:
                raise NotFound("there is no script of that name")
            script(session)
        except CallerHungUp:
            log.debug("AGI %s: the caller hung up", name)
        except HotlineError as problem:
            log.warning("AGI %s ended: %s", name, problem)
        except Exception as problem:
            log.error("AGI %s failed: %s", name, kind_and_place(problem))


def _script_name(session: AgiSession) -> str:
    if session.env.get("agi_network") != "yes":
        raise Invalid("this is not FastAGI")
    name = session.env.get("agi_network_script", "").partition("?")[0]
    if not _NAME.match(name):
        raise NotFound("there is no script of that name")
    return name


def _close(sock: socket.socket) -> None:
    """Close at once, also for a thread that waits in it."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
