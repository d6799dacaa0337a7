"""One process of the hotline: started with its output in a log file, watched, and ended for certain."""

import os
import re
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hotline.supervision import kernel

LOG_LIMIT_BYTES = 20_000_000
_TAIL_BYTES = 8_000
_REASON = re.compile(r"hotline: |[\w.]*(Error|Exception|Invalid|Unavailable|NotFound|Conflict): ")


@dataclass(frozen=True, kw_only=True)
class Spec:
    """How a process is started, when it is ready, and whether the hotline can open without it.

    `ready_within_s` and `stop_within_s` are seconds. With `heartbeat` it renews its key in Redis; with
    `together` it is started without waiting for the one before to be ready.
    """

    name: str
    argv: Sequence[str]
    log: Path
    ready: Callable[[], bool]
    ready_within_s: float = 30.0
    stop_within_s: float = 5.0
    needed: bool = True
    heartbeat: bool = False
    together: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    pass_fds: Sequence[int] = ()


class Child:
    """A running instance of a spec; its group holds whatever it started itself."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.started_at = time.time()
        turn_over(spec.log)
        parent = os.getpid()
        with spec.log.open("ab") as log:
            os.fchmod(log.fileno(), 0o600)
            self._process = subprocess.Popen(
                list(spec.argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **spec.env},
                start_new_session=True,
                pass_fds=spec.pass_fds,
                preexec_fn=lambda: _before_exec(parent),
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def ended(self) -> str | None:
        """How it ended, in words; None while it runs."""
        code = self._process.poll()
        if code is None:
            return None
        if code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"exit code {code}"

    def ask_to_stop(self) -> None:
        """The leader is asked alone: it knows the order in which its own processes must go."""
        if self._process.poll() is None:
            self._process.terminate()

    def wait(self, seconds: float) -> bool:
        """Whether it ended in that time."""
        try:
            self._process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """Ends the leader and everything in its group, also what a dead leader left behind."""
        kernel.kill_group(self.pid, signal.SIGKILL)
        self._process.wait()


def _before_exec(parent: int) -> None:
    """In the new process: go when the supervisor goes, and have room for ten thousand connections."""
    kernel.end_with_parent(parent)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def turn_over(log: Path) -> None:
    """Keeps one old log beside the current one; works under a writer too, as it appends."""
    try:
        if log.stat().st_size < LOG_LIMIT_BYTES:
            return
        older = log.with_name(log.name + ".1")
        older.write_bytes(log.read_bytes())
        older.chmod(0o600)
        os.truncate(log, 0)
    except FileNotFoundError:
        return


def last_words(log: Path) -> str:
    """The reason a process gave last, else its last line, for the sentence about its end."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    said = [line.strip()[:300] for line in lines if line.strip()]
    reasons = [line for line in said if _REASON.match(line)]
    return (reasons or said or [""])[-1]
