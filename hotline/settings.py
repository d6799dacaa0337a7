"""Every setting of the hotline, read once from `HOTLINE_…` variables; all wrong ones are reported at once."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from hotline import setting_values as values
from hotline.domain.calendar import LONGEST_LIMIT
from hotline.domain.deadlines import DEFAULT_LIMITS, Limits
from hotline.domain.errors import Invalid, Unavailable
from hotline.secrets import read_secret

T = TypeVar("T")
PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent
SHIPPED_MODEL = PACKAGE / "speech/models/hotline-synthetic-cn"
PORT_KEYS = {
    "WEB_PORT": 8341,
    "PBX_HTTP_PORT": 8342,
    "AMI_PORT": 8343,
    "AGI_PORT": 8344,
    "AUDIOSOCKET_PORT": 8345,
    "REDIS_PORT": 8346,
    "SIP_PORT": 5341,
    "RTP_START": 18000,
    "RTP_END": 18999,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator chose. Ports are TCP except `sip_port` and the RTP range (UDP); times in seconds."""

    runtime_dir: Path
    database_url: str
    demo: bool
    web_host: str
    web_port: int
    pbx_http_port: int
    ami_port: int
    agi_port: int
    audiosocket_port: int
    audiosocket_fd: int | None  # the listening socket that the supervisor holds for the speech process
    redis_port: int
    sip_host: str
    sip_port: int
    rtp_start: int
    rtp_end: int
    trunk_peers: tuple[str, ...]
    auto_callback: tuple[str, ...]  # kinds of ticket whose citizens the hotline asks by itself
    auto_callback_hours: tuple[tuple[int, int], ...]  # from and to, o'clock in the city
    trunk_out: str  # host:port that takes the calls we make
    speech_model: Path
    speech_model_given: bool  # by the operator: then `hotline model use` does not change it
    speech_streams: int
    transcribe: bool  # recordings are written down after the call
    listen_cap_s: float
    hear_on: bool  # also while a caller and a seat talk
    topics_file: Path
    places_file: Path
    time_limits: Limits
    smtp_host: str  # empty: no mails are sent
    smtp_port: int
    smtp_security: str
    smtp_user: str
    smtp_from: str
    public_url: str  # how people on other machines reach our pages
    softphone_url: str  # where the seats' browsers speak SIP with Asterisk
    issuer: str
    paper_font: Path | None

    @property
    def secrets_dir(self) -> Path:
        """Where the generated secrets are."""
        return self.runtime_dir / "secrets"

    @property
    def models_dir(self) -> Path:
        """Where fetched speech models are."""
        return self.runtime_dir / "models"

    @property
    def shipped_model(self) -> Path:
        """The speech model that came with the program."""
        return SHIPPED_MODEL

    @property
    def recordings_dir(self) -> Path:
        """Where Asterisk writes the recordings."""
        return self.runtime_dir / "recordings"

    @property
    def exports_dir(self) -> Path:
        """Where lists are kept as files until somebody takes them home."""
        return self.runtime_dir / "exports"

    @property
    def attachments_dir(self) -> Path:
        """Where the files that units send are."""
        return self.runtime_dir / "attachments"

    @property
    def smtp_password(self) -> str:
        """Of our account at the city's mail server; empty when there is none. Raises Unavailable."""
        file = os.environ.get("HOTLINE_SMTP_PASSWORD_FILE")
        if not file:
            return os.environ.get("HOTLINE_SMTP_PASSWORD", "")
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as problem:
            raise Unavailable(f"HOTLINE_SMTP_PASSWORD_FILE cannot be read: {problem.strerror}") from None

    @property
    def ami_secret(self) -> str:
        """Password of the switch at Asterisk's manager interface."""
        return read_secret("ami", self.secrets_dir)

    @property
    def redis_secret(self) -> str:
        """Password of our Redis."""
        return read_secret("redis", self.secrets_dir)

    @property
    def web_secret(self) -> str:
        """Key that signs the session cookies."""
        return read_secret("web", self.secrets_dir)

    @property
    def number_secret(self) -> str:
        """Key under which callers' numbers are hashed for searching; another one finds none of the old."""
        return read_secret("numbers", self.secrets_dir)

    @property
    def sip_secret_master(self) -> str:
        """Key the seats' SIP secrets are derived from (`hotline.secrets.sip_secret`)."""
        return read_secret("sip", self.secrets_dir)

    @property
    def redis_url(self) -> str:
        """Address of our Redis, with its password: never log it."""
        given = os.environ.get("HOTLINE_REDIS_URL")
        return given or f"redis://:{quote(self.redis_secret, safe='')}@127.0.0.1:{self.redis_port}/0"

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read `env` (default: the process's). Raises Invalid with one line for every wrong key."""
        return _Reader(os.environ if env is None else env).settings()


class _Reader:
    """Collects what is wrong instead of stopping at the first."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env
        self.wrong: list[str] = []

    def get(self, key: str, default: T, parse: Callable[[str], T]) -> T:
        raw = self.env.get(f"HOTLINE_{key}", "")
        if raw == "":
            return default
        try:
            return parse(raw)
        except ValueError as problem:
            self.wrong.append(f"HOTLINE_{key}: {problem}")
            return default

    def settings(self) -> Settings:
        runtime = self.get("RUNTIME_DIR", CHECKOUT / ".hotline" / "run", values.path).absolute()
        cores = os.cpu_count() or 1
        ports: dict[str, Any] = {
            key.lower(): self.get(key, default, values.port) for key, default in PORT_KEYS.items()
        }
        settings: dict[str, Any] = {
            "runtime_dir": runtime,
            "database_url": self.get("DATABASE_URL", f"sqlite:///{runtime}/hotline.db", values.database_url),
            "demo": self.get("DEMO", False, values.flag),
            "web_host": self.get("WEB_HOST", "127.0.0.1", values.address),
            "sip_host": self.get("SIP_HOST", "127.0.0.1", values.address),
            "trunk_peers": self.get("TRUNK_PEERS", values.addresses("127.0.0.2"), values.addresses),
            "auto_callback": self.get("AUTO_CALLBACK", values.kinds(""), values.kinds),
            "auto_callback_hours": self.get("AUTO_CALLBACK_HOURS", values.hours("9-12,14-20"), values.hours),
            "trunk_out": self.get("TRUNK_OUT", "127.0.0.2:5060", values.host_and_port),
            "speech_model": self.get("SPEECH_MODEL", SHIPPED_MODEL, values.path),
            "speech_model_given": self.env.get("HOTLINE_SPEECH_MODEL", "") != "",
            "audiosocket_fd": self.get("AUDIOSOCKET_FD", None, values.between(3, 1_000_000)),
            "transcribe": self.get("TRANSCRIBE", True, values.flag),
            "speech_streams": self.get("SPEECH_STREAMS", 20 * cores, values.between(0, 10_000)),
            "hear_on": self.get("HEAR_ON", cores >= 4, values.flag),
            "listen_cap_s": float(self.get("LISTEN_CAP_S", 8, values.between(1, 30))),
            "topics_file": self.get("TOPICS_FILE", PACKAGE / "topics/zhucheng.toml", values.path),
            "time_limits": self._time_limits(),
            **self._mail(),
            "issuer": self.get("ISSUER", "12341政务服务便民热线", values.issuer),
            "paper_font": self.get("PAPER_FONT", None, values.path),
            "places_file": self.get("PLACES_FILE", PACKAGE / "topics/places.toml", values.path),
        }
        settings["softphone_url"] = _softphone_url(settings["public_url"], ports["pbx_http_port"])
        settings["public_url"] = settings["public_url"] or f"http://127.0.0.1:{ports['web_port']}"
        self._check_ports(ports)
        if settings["sip_host"] in settings["trunk_peers"]:
            self.wrong.append("HOTLINE_TRUNK_PEERS: must not hold HOTLINE_SIP_HOST: seats call from there")
        if self.wrong:
            raise Invalid("; ".join(self.wrong))
        return Settings(**ports, **settings)

    def _mail(self) -> dict[str, Any]:
        """Mails to units are off until a server and a sender are named."""
        found: dict[str, Any] = {
            "smtp_host": self.get("SMTP_HOST", "", values.plain),
            "smtp_port": self.get("SMTP_PORT", 25, values.port),
            "smtp_security": self.get("SMTP_SECURITY", "starttls", values.one_of("none", "starttls", "tls")),
            "smtp_user": self.get("SMTP_USER", "", values.plain),
            "smtp_from": self.get("SMTP_FROM", "", values.mail_address),
            "public_url": self.get("PUBLIC_URL", "", values.web_address),
        }
        if found["smtp_host"] and not found["smtp_from"]:
            self.wrong.append("HOTLINE_SMTP_FROM: is needed with HOTLINE_SMTP_HOST")
        return found

    def _time_limits(self) -> Limits:
        """Working days by kind: `DAYS_CONSULTATION` and so on."""
        days = values.between(1, LONGEST_LIMIT)
        return {kind: self.get(f"DAYS_{kind.upper()}", n, days) for kind, n in DEFAULT_LIMITS.items()}

    def _check_ports(self, ports: dict[str, int]) -> None:
        seen: dict[int, str] = {}
        for name, port in ports.items():
            if name in ("rtp_start", "rtp_end", "sip_port"):
                continue
            if port in seen:
                self.wrong.append(f"HOTLINE_{name.upper()}: {port} is already {seen[port]}'s port")
            seen[port] = f"HOTLINE_{name.upper()}"
        if ports["rtp_end"] - ports["rtp_start"] < 10:
            self.wrong.append("HOTLINE_RTP_END: must be at least 10 above HOTLINE_RTP_START")


def _softphone_url(public_url: str, pbx_http_port: int) -> str:
    """Asterisk listens on loopback only: from other machines it is behind the same proxy as the pages."""
    if not public_url:
        return f"ws://127.0.0.1:{pbx_http_port}/ws"
    parts = urlsplit(public_url)
    return f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}/ws"
