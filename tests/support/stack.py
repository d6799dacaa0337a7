"""The whole hotline on free ports in a folder of its own, started as a user starts it: `hotline run --demo`."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from hotline import ourselves
from hotline.settings import CHECKOUT, Settings
from hotline.storage.sql import SqlStorage
from hotline.supervision import state
from tests.support.patience import PATIENCE_S
from tests.support.pbx import free_port, rtp_range
from tests.support.servers import wait_until

HOTLINE = ourselves.command()
PORTS = ("WEB", "PBX_HTTP", "AMI", "AGI", "AUDIOSOCKET", "REDIS")


@dataclass(slots=True)
class Stack:
    """A running hotline. `env` holds every setting; give it to whatever must find this one."""

    folder: Path
    env: dict[str, str]
    process: "subprocess.Popen[bytes] | None" = None
    frozen: list[int] = field(default_factory=list)

    @classmethod
    def prepare(cls, **more: str) -> Self:
        folder = Path(tempfile.mkdtemp(prefix="hl-"))
        env = {f"HOTLINE_{key}_PORT": str(free_port()) for key in PORTS}
        low, high = rtp_range()
        env |= {
            "HOTLINE_SIP_PORT": str(free_port(socket.SOCK_DGRAM)),
            "HOTLINE_TRUNK_OUT": f"127.0.0.2:{free_port(socket.SOCK_DGRAM)}",
            "HOTLINE_RTP_START": str(low),
            "HOTLINE_RTP_END": str(high + 100),
            "HOTLINE_RUNTIME_DIR": str(folder / "run"),
            "HOTLINE_DEMO": "1",
            "PYTHONPATH": str(CHECKOUT),
        }
        return cls(folder, env | {f"HOTLINE_{key.upper()}": value for key, value in more.items()})

    @property
    def settings(self) -> Settings:
        return Settings.from_env(self.env)

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.settings.web_port}"

    @property
    def storage(self) -> SqlStorage:
        return SqlStorage.open(self.settings.database_url)

    @property
    def said(self) -> Path:
        """What `hotline run` printed."""
        return self.folder / "run.out"

    def start(self) -> Self:
        with self.said.open("wb") as out:
            self.process = subprocess.Popen(
                [*HOTLINE, "run"], env=os.environ | self.env, stdout=out, stderr=out, start_new_session=True
            )
        wait_until(lambda: self._is_open(), "the hotline is open", 90)
        return self

    def _is_open(self) -> bool:
        assert self.process
        if self.process.poll() is not None:
            raise AssertionError(f"hotline run ended:\n{self.said.read_text()}\n{self.logs()}")
        return "The hotline is open" in self.said.read_text(errors="replace")

    def logs(self, last: int = 4_000) -> str:
        """The end of every process's log, for a failure's message."""
        files = sorted((self.settings.runtime_dir / "log").glob("*.log"))
        return "\n".join(f"--- {f.name}\n{f.read_text(errors='replace')[-last:]}" for f in files)

    def pid(self, name: str) -> int | None:
        """The process's id now; None while it is being started again."""
        now = state.running(self.settings.runtime_dir)
        return now.processes[name].pid if now else None

    def kill(self, name: str, number: int = signal.SIGKILL) -> int:
        """Send `number` to a process by its id; returns the id."""
        wait_until(lambda: self.pid(name), f"{name} runs")
        pid = self.pid(name)
        assert pid
        os.kill(pid, number)
        return pid

    def freeze(self, name: str) -> int:
        """Stop a process without ending it: it accepts and never answers."""
        pid = self.kill(name, signal.SIGSTOP)
        self.frozen.append(pid)
        return pid

    def thaw(self) -> None:
        """Let the frozen ones go on."""
        while self.frozen:
            try:
                os.kill(self.frozen.pop(), signal.SIGCONT)
            except ProcessLookupError:
                continue

    def hotline(self, *args: str, timeout: float = 90) -> "subprocess.CompletedProcess[str]":
        """Run a `hotline` command against this one."""
        env = os.environ | self.env
        return subprocess.run([*HOTLINE, *args], env=env, capture_output=True, text=True, timeout=timeout)

    def calling(self, *args: str) -> "subprocess.Popen[str]":
        """`hotline call --json …` in the background; `outcome()` waits for it."""
        env = os.environ | self.env
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [*HOTLINE, "call", "--json", *args], env=env, stdout=pipe, stderr=pipe, text=True
        )

    def stop(self) -> None:
        self.thaw()
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
                raise
        self.process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def outcome(call: "subprocess.Popen[str]", timeout: float = 90) -> tuple[int, dict[str, Any]]:
    """Exit code and the JSON of a `Stack.calling`."""
    out, err = call.communicate(timeout=timeout)
    assert out.strip(), f"hotline call printed nothing; exit {call.returncode}: {err}"
    return call.returncode, json.loads(out)
