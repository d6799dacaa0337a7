"""A real Asterisk for tests: our configuration on free ports in a folder of its own, seats reachable by plain SIP."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from hotline.secrets import ensure_secrets, sip_secret
from hotline.settings import Settings
from hotline.setup import parts
from hotline.telephony.render import AsteriskPaths, render
from tests.support.servers import free_port

READY_S = 30.0
# A browser speaks SIP over WebSocket with encrypted sound; a test's seat is a plain UDP telephone.
PLAIN_SEATS = (("transport = seats-ws\n", "transport = trunk-udp\n"), ("webrtc = yes\n", ""))


def rtp_range() -> tuple[int, int]:
    """A hundred ports for voices, its first one free now."""
    start = free_port(socket.SOCK_DGRAM, 20_000, 32_000) & ~1
    return start, start + 100


def settings_for(folder: Path, **more: str) -> Settings:
    """Settings with free ports everywhere and everything written under `folder`."""
    keys = ("WEB", "PBX_HTTP", "AMI", "AGI", "AUDIOSOCKET", "REDIS")
    env = {f"HOTLINE_{key}_PORT": str(free_port()) for key in keys}
    env["HOTLINE_SIP_PORT"] = str(free_port(socket.SOCK_DGRAM))
    env["HOTLINE_TRUNK_OUT"] = f"127.0.0.2:{free_port(socket.SOCK_DGRAM)}"
    low, high = rtp_range()
    env |= {"HOTLINE_RTP_START": str(low), "HOTLINE_RTP_END": str(high), "HOTLINE_RUNTIME_DIR": str(folder)}
    settings = Settings.from_env(env | more)
    folder.mkdir(parents=True, exist_ok=True)
    ensure_secrets(settings.secrets_dir)
    return settings


@dataclass(slots=True)
class Pbx:
    """Asterisk under test."""

    settings: Settings
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    def prepare(cls, **more: str) -> Self:
        """Render into a short-named folder: a Unix socket's path has little room."""
        folder = Path(tempfile.mkdtemp(prefix="hl-", dir=os.environ.get("HOTLINE_TEST_DIR")))
        settings = settings_for(folder / "r", **more)
        part = parts.find("asterisk")
        paths = AsteriskPaths(
            modules_dir=Path(part.extra["modules_dir"]), data_dir=Path(part.extra["data_dir"])
        )
        render(settings, paths)
        pjsip = settings.runtime_dir / "asterisk/etc/pjsip.conf"
        text = pjsip.read_text()
        for old, new in PLAIN_SEATS:
            assert old in text, f"pjsip.conf no longer has {old!r}"
            text = text.replace(old, new)
        pjsip.write_text(text)
        return cls(settings, folder)

    @property
    def sip(self) -> tuple[str, int]:
        """Where telephones send their SIP."""
        return self.settings.sip_host, self.settings.sip_port

    @property
    def queue_log(self) -> Path:
        return self.settings.runtime_dir / "asterisk/log/queue_log"

    @property
    def cdr(self) -> Path:
        return self.settings.runtime_dir / "asterisk/log/cdr-custom/hotline.csv"

    def secret_of(self, user: str) -> str:
        """The SIP password of a seat or supervisor."""
        return sip_secret(self.settings.sip_secret_master, user)

    def start(self) -> None:
        """Start Asterisk and wait until it is fully booted."""
        conf = self.settings.runtime_dir / "asterisk/etc/asterisk.conf"
        out = (self.folder / "asterisk.out").open("ab")
        command = [parts.find("asterisk").executable, "-C", str(conf), "-f"]
        self.process = subprocess.Popen(
            command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True
        )
        out.close()
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            if self._booted():
                return
            time.sleep(0.1)
        self.stop()
        raise AssertionError(f"Asterisk did not start: {(self.folder / 'asterisk.out').read_text()[-2000:]}")

    def ami(self, *actions: str, wait_for: str = "\r\n\r\n", limit: float = 3, events: str = "off") -> str:
        """A second manager session: each action is `Key: value` lines; returns what came back."""
        secret = self.settings.ami_secret
        login = f"Action: Login\r\nUsername: switch\r\nSecret: {secret}\r\nEvents: {events}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.settings.ami_port), 1) as link:
            link.settimeout(0.2)
            link.sendall((login + "".join(f"{action}\r\n\r\n" for action in actions)).encode())
            came, deadline = "", time.monotonic() + limit
            while time.monotonic() < deadline:
                try:
                    data = link.recv(65536)
                except TimeoutError:
                    if wait_for in came:
                        break
                    continue
                if not data:
                    break
                came += data.decode("utf-8", "replace")
        return came

    def _booted(self) -> bool:
        try:
            return "Fully Booted" in self.ami(wait_for="Fully Booted", limit=1, events="system")
        except OSError:
            return False

    def channels(self) -> list[str]:
        """The names of all channels there are."""
        shown = self.ami("Action: CoreShowChannels", wait_for="EventList: Complete")
        return re.findall(r"^Channel: (\S+)\r$", shown, re.MULTILINE)

    def kill(self, number: signal.Signals) -> None:
        """Send a signal to Asterisk."""
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def stop(self) -> None:
        """End Asterisk; what it had written stays until `remove`."""
        if self.process is None:
            return
        self.kill(signal.SIGCONT)
        self.kill(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.kill(signal.SIGKILL)
            self.process.wait()
        self.process = None

    def remove(self) -> None:
        """Delete the folder with everything in it."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
