"""Real servers for the tests: started on free loopback ports, gone with the test run."""

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import redis

from hotline.setup import parts
from tests.support.patience import PATIENCE_S

_handed_out: set[int] = set()
_WORKERS = 8  # test processes beside each other, each with ports of its own
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS


def free_port(kind: int = socket.SOCK_STREAM, low: int = 10_100, high: int = 20_100) -> int:
    """A port nobody has on any loopback address now, and no test of this run was given before.

    Below the ports that Linux gives to outgoing connections: one of those could take it before its server does.
    Above 10080, which Chromium calls unsafe and does not open.
    """
    room = (high - low) // _WORKERS
    low += _WORKER * room
    while True:
        port = random.randrange(low, low + room)
        with socket.socket(socket.AF_INET, kind) as probe, suppress(OSError):
            if port not in _handed_out:
                probe.bind(("0.0.0.0", port))
                _handed_out.add(port)
                return port


def own_environment(runtime: Path) -> dict[str, str]:
    """Of a hotline with a folder and ports that no other has."""
    ports = {
        f"HOTLINE_{name}_PORT": str(free_port())
        for name in ("WEB", "PBX_HTTP", "AMI", "AGI", "AUDIOSOCKET", "REDIS")
    }
    ports["HOTLINE_SIP_PORT"] = str(free_port(socket.SOCK_DGRAM))
    return {**os.environ, **ports, "HOTLINE_RUNTIME_DIR": str(runtime)}


def wait_until(true: Callable[[], object], what: str, timeout_s: float = PATIENCE_S) -> None:
    """Poll until `true()`; fails the test with `what` after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s:g} s: {what}")
        time.sleep(0.02)


@dataclass
class RedisServer:
    """A Redis of our own; `stop`, `freeze` and `start` let a test take it away and give it back."""

    port: int
    password: str = "test-redis-password"
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        args = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        args += ["--requirepass", self.password, "--dir", tempfile.gettempdir()]
        program = parts.find("redis").executable
        self.process = subprocess.Popen([program, *args], stdout=subprocess.DEVNULL)
        client = redis.Redis.from_url(self.url)
        wait_until(lambda: _answers(client), "redis answers")

    def stop(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self, frozen: bool = True) -> None:
        assert self.process
        self.process.send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)


def _answers(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


@contextmanager
def running_redis() -> Iterator[RedisServer]:
    server = RedisServer(free_port())
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def running_postgres(durable: bool = False, settings: Sequence[str] = ()) -> Iterator[str]:
    """A PostgreSQL cluster of our own; yields the URL of its server without a database name.

    Only with `durable` a commit waits for the disk. Each of `settings` is a `name=value` of its configuration.
    """
    bin_dir = Path(parts.find("postgres").extra["bin_dir"])
    home = Path(tempfile.mkdtemp(prefix="hotline-pg-"))
    owner = _unprivileged()
    if owner:
        shutil.chown(home, owner.pw_uid, owner.pw_gid)
        home.chmod(0o755)
    who = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    data, port = home / "data", free_port()
    init = [bin_dir / "initdb", "-D", data, "-U", "hotline", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run([*init, "--locale=C"], check=True, stdout=subprocess.DEVNULL, cwd=home, **who)
    args = ["-D", data, "-p", str(port), "-k", "", "-c", "listen_addresses=127.0.0.1"]
    for setting in [*settings, *([] if durable else ["fsync=off"])]:
        args += ["-c", setting]
    process = subprocess.Popen([bin_dir / "postgres", *args], stderr=subprocess.DEVNULL, cwd=home, **who)
    try:
        wait_until(lambda: _is_open(port), "postgres listens")
        wait_until(lambda: "ready" in (data / "postmaster.pid").read_text(), "postgres is ready")
        yield f"postgresql://hotline@127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_S)
        shutil.rmtree(home, ignore_errors=True)


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _unprivileged() -> "pwd.struct_passwd | None":
    """PostgreSQL refuses to run as root; anyone else may run it as himself."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise AssertionError("no unprivileged user to run PostgreSQL as")
