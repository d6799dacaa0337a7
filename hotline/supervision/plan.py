"""Which processes the hotline consists of, in the order in which they start."""

import os
from collections.abc import Callable
from pathlib import Path

from hotline import ourselves
from hotline.domain.errors import Unavailable
from hotline.settings import CHECKOUT, Settings
from hotline.setup import parts
from hotline.setup.narrate import SetupFailed
from hotline.setup.parts import Part
from hotline.supervision import readiness
from hotline.supervision.child import Spec
from hotline.telephony.render import AsteriskPaths, render

_LOOPBACK = "127.0.0.1"

_REDIS_CONF = """# Made by `hotline run`. Nothing in this Redis must survive, so it writes nothing to disk.
bind 127.0.0.1
port {port}
requirepass {password}
save ""
appendonly no
maxmemory 256mb
maxmemory-policy volatile-ttl
dir {folder}
daemonize no
"""


def part(name: str) -> Part:
    """A part of this machine; Unavailable says how to get it."""
    try:
        return parts.find(name)
    except SetupFailed as problem:
        raise Unavailable(str(problem)) from None


def processes(settings: Settings, ear: int) -> list[Spec]:
    """Writes the configurations and returns the processes; secrets and database must be there already.

    `ear` is the descriptor of the listening socket that is kept for the speech process.
    """
    own_redis = [] if os.environ.get("HOTLINE_REDIS_URL") else [_redis(settings)]
    return [*own_redis, _pbx(settings), *_ours(settings, ear)]


def _log(settings: Settings, name: str) -> Path:
    return settings.runtime_dir / "log" / f"{name}.log"


def _redis(settings: Settings) -> Spec:
    folder = settings.runtime_dir / "redis"
    folder.mkdir(mode=0o700, exist_ok=True)
    conf = folder / "redis.conf"
    conf.touch(mode=0o600)
    conf.write_text(
        _REDIS_CONF.format(port=settings.redis_port, password=settings.redis_secret, folder=f'"{folder}"'),
        encoding="utf-8",
    )
    url = settings.redis_url
    return Spec(
        name="redis",
        argv=[part("redis").executable, str(conf)],
        log=_log(settings, "redis"),
        ready=lambda: readiness.redis_answers(url),
    )


def _pbx(settings: Settings) -> Spec:
    asterisk = part("asterisk")
    folders = AsteriskPaths(
        modules_dir=Path(asterisk.extra["modules_dir"]), data_dir=Path(asterisk.extra["data_dir"])
    )
    conf = render(settings, folders)
    return Spec(
        name="pbx",
        argv=[asterisk.executable, "-C", str(conf), "-f"],
        log=_log(settings, "pbx"),
        ready=lambda: readiness.asterisk_booted(asterisk.executable, conf),
        together=True,
    )


def _ours(settings: Settings, ear: int) -> list[Spec]:
    url, web_host = settings.redis_url, _reachable(settings.web_host)
    return [
        _our(
            settings,
            "speech",
            lambda: bool(readiness.signs(url, ["speech"])),
            needed=False,  # a call that is not listened to is still answered
            ear=ear,
        ),
        _our(settings, "switch", lambda: readiness.listens(_LOOPBACK, settings.agi_port)),
        _our(settings, "web", lambda: readiness.answers_http(web_host, settings.web_port, "/healthz")),
        _our(settings, "clock", lambda: bool(readiness.signs(url, ["clock"])), needed=False),
    ]


def _our(
    settings: Settings, name: str, ready: Callable[[], bool], needed: bool = True, ear: int | None = None
) -> Spec:
    return Spec(
        name=name,
        argv=ourselves.command(name),
        log=_log(settings, name),
        ready=ready,
        needed=needed,
        heartbeat=True,
        together=name != "speech",  # all of ours at once, when Redis and Asterisk are there
        env={
            "HOTLINE_RUNTIME_DIR": str(settings.runtime_dir),
            "HOTLINE_DEMO": "1" if settings.demo else "0",
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": str(CHECKOUT),
            **({} if ear is None else {"HOTLINE_AUDIOSOCKET_FD": str(ear)}),
        },
        pass_fds=() if ear is None else (ear,),
    )


def _reachable(host: str) -> str:
    """Where to ask a server that listens on every address."""
    return {"0.0.0.0": _LOOPBACK, "::": "::1"}.get(host, host)  # noqa: S104 - compared with, not bound to
