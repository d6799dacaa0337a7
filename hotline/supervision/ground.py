"""What must hold before the hotline starts: nobody runs it there yet, its disk has room, ports are free."""

import fcntl
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hotline.domain.errors import Conflict, Unavailable
from hotline.settings import Settings

LEAST_FREE_BYTES = 300_000_000
_LOOPBACK = "127.0.0.1"


@contextmanager
def only_one(runtime_dir: Path) -> Iterator[None]:
    """Holds the runtime folder; the kernel lets go of it when this process ends, however it ends."""
    try:
        runtime_dir.mkdir(parents=True, exist_ok=True)
        lock = (runtime_dir / "hotline.lock").open("a+", encoding="utf-8")
    except OSError as problem:
        raise Unavailable(
            f"HOTLINE_RUNTIME_DIR {runtime_dir} cannot be written: {problem.strerror}"
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise Conflict(f"the hotline is running already in {runtime_dir} (process {holder})") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def check_disk(folder: Path) -> None:
    """Raises Unavailable where recordings would soon find no room."""
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise Unavailable(
            f"the disk is full: {folder} has {free / 1e6:.0f} MB free, and recordings need more"
        )


def tcp_ports(settings: Settings) -> dict[str, tuple[str, int]]:
    """Every TCP port we will listen on, by the setting that moves it."""
    ports = {
        "HOTLINE_WEB_PORT": (settings.web_host, settings.web_port),
        "HOTLINE_PBX_HTTP_PORT": (_LOOPBACK, settings.pbx_http_port),
        "HOTLINE_AMI_PORT": (_LOOPBACK, settings.ami_port),
        "HOTLINE_AGI_PORT": (_LOOPBACK, settings.agi_port),
        "HOTLINE_AUDIOSOCKET_PORT": (_LOOPBACK, settings.audiosocket_port),
    }
    if not os.environ.get("HOTLINE_REDIS_URL"):
        ports["HOTLINE_REDIS_PORT"] = (_LOOPBACK, settings.redis_port)
    return ports


def udp_ports(settings: Settings) -> dict[str, tuple[str, int]]:
    """The same for UDP; the voices' ports are looked for when a call needs one."""
    return {"HOTLINE_SIP_PORT": (settings.sip_host, settings.sip_port)}


def check_ports(settings: Settings) -> None:
    """Raises Conflict that names every port that is taken and the setting that moves it."""
    kinds = ((tcp_ports(settings), socket.SOCK_STREAM), (udp_ports(settings), socket.SOCK_DGRAM))
    taken = [
        f"{port} ({key})"
        for ports, kind in kinds
        for key, (host, port) in ports.items()
        if not can_bind(host, port, kind)
    ]
    if taken:
        noun = "port is" if len(taken) == 1 else "ports are"
        raise Conflict(f"{noun} taken by another program: {', '.join(taken)}; free it or set another number")


def hold_audiosocket(settings: Settings) -> socket.socket:
    """The ear of the speech process, open also while that is dead: a caller waits 2 s and is not refused.

    Asterisk 22 closes the descriptor of a refused AudioSocket connection twice, and the second time it may
    be that of another call, which ends.
    """
    try:
        return socket.create_server((_LOOPBACK, settings.audiosocket_port), backlog=1024)
    except OSError as problem:
        port = settings.audiosocket_port
        raise Conflict(f"port {port} (HOTLINE_AUDIOSOCKET_PORT) cannot be used: {problem.strerror}") from None


def can_bind(host: str, port: int, kind: socket.SocketKind) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
