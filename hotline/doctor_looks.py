"""What `hotline doctor` looks at in one installation: its model, disk, database, ports and processes."""

import os
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from hotline.domain.errors import HotlineError, Invalid
from hotline.live.channel import RedisPresence, connect
from hotline.settings import Settings
from hotline.setup import places
from hotline.speech.models_store import ModelStore
from hotline.speech.models_unpack import require_files
from hotline.storage.engine import open_engine
from hotline.supervision import ground, readiness
from hotline.supervision.state import State, running

MOST_LOOKED_THROUGH_BYTES = 1_000_000_000  # a look through a larger database takes minutes
_ASK_MS = 1_000


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the report; `advice` says what to do and is empty when all is well."""

    name: str
    well: bool
    needed: bool = True
    version: str = ""
    source: str = ""
    advice: str = ""


def _model(settings: Settings) -> Iterator[Finding]:
    model, advice = (
        settings.speech_model,
        "set HOTLINE_SPEECH_MODEL to another; until then nobody is listened to",
    )
    if not settings.speech_model_given:
        advice = f"`hotline model use` another; until then {settings.shipped_model.name} hears"
    try:
        if not settings.speech_model_given:
            model = ModelStore(settings.models_dir, settings.shipped_model).chosen().path
        require_files(model)
    except (Invalid, OSError) as problem:
        yield Finding(
            name="model", well=False, version=model.name, source=str(model), advice=f"{problem}: {advice}"
        )
        return
    yield Finding(name="model", well=True, version=model.name, source=str(model))


def _disk(settings: Settings) -> Iterator[Finding]:
    for name, folder in (("disk", settings.runtime_dir), ("cache disk", places.cache_dir())):
        there = next(parent for parent in (folder, *folder.parents) if parent.exists())
        free, writable = shutil.disk_usage(there).free, os.access(there, os.W_OK)
        advice = "" if writable else "cannot be written"
        if free < ground.LEAST_FREE_BYTES:
            advice = f"free at least {ground.LEAST_FREE_BYTES / 1e6:.0f} MB"
        yield Finding(
            name=name, well=not advice, version=f"{free / 1e9:.1f} GB free", source=str(folder), advice=advice
        )


def _database(settings: Settings) -> Iterator[Finding]:
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        problem = _asked(settings.database_url, "SELECT 1")
        advice = f"{problem}: start it or set HOTLINE_DATABASE_URL" if problem else ""
        yield Finding(
            name="database",
            well=not problem,
            version="PostgreSQL",
            source="HOTLINE_DATABASE_URL",
            advice=advice,
        )
        return
    file = Path(url.database or "")
    size = file.stat().st_size if file.exists() else 0
    told = f"{size / 1e6:.1f} MB" if size else "made at the first start"
    advice = ""
    if size:
        whole = size <= MOST_LOOKED_THROUGH_BYTES
        question = "PRAGMA quick_check(1)" if whole else "SELECT count(*) FROM sqlite_master"
        problem = _asked(settings.database_url, question)
        advice = f"{problem}: stop the hotline and put a copy of it in its place" if problem else ""
        told += "" if whole else ", not looked through"
    yield Finding(
        name="database", well=not advice, version=f"SQLite, {told}", source=str(file), advice=advice
    )


def _asked(url: str, question: str) -> str:
    """What is wrong with the database, in its driver's words; "" when it answers."""
    engine = open_engine(url, busy_ms=_ASK_MS)
    try:
        with engine.connect() as database:
            answer = str(database.exec_driver_sql(question).scalar())
    except (SQLAlchemyError, sqlite3.Error) as problem:
        return str(getattr(problem, "orig", None) or problem).strip().splitlines()[0][:200]
    finally:
        engine.dispose()
    return "" if answer == "ok" or answer.isdigit() else " ".join(answer.split())[:200]


def _ports(settings: Settings) -> Iterator[Finding]:
    ours = running(settings.runtime_dir) is not None
    used = {
        key: (port, readiness.listens(host, port)) for key, (host, port) in ground.tcp_ports(settings).items()
    }
    used |= {
        key: (port, not ground.can_bind(host, port, socket.SOCK_DGRAM))
        for key, (host, port) in ground.udp_ports(settings).items()
    }
    for key, (port, in_use) in used.items():
        taken = in_use and not ours
        yield Finding(
            name="port",
            well=not taken,
            version=str(port),
            source=f"{key}, {'taken' if taken else 'in use by the hotline' if in_use else 'free'}",
            advice=f"another program has it: end that or set {key}" if taken else "",
        )


def _processes(settings: Settings) -> Iterator[Finding]:
    state = running(settings.runtime_dir)
    if state is None:
        yield Finding(name="running", well=True, needed=False, version="no", source="start it with make run")
        return
    yield Finding(name="running", well=True, version=f"process {state.supervisor}", source="hotline run")
    told = _told(settings)
    for name, process in state.processes.items():
        log = settings.runtime_dir / "log" / f"{name}.log"
        advice = f"{process.last_end}; see {log}" if process.pid is None else _complaint(name, told, state)
        yield Finding(
            name=name,
            well=not advice,
            version=f"process {process.pid}" if process.pid else "not running",
            source=f"started again {process.restarts} times" if process.restarts else "",
            advice=advice,
        )


def _told(settings: Settings) -> dict[str, dict[str, Any]] | None:
    """What each process last said of itself; None when Redis does not answer."""
    try:
        url = settings.redis_url
    except HotlineError:
        return None
    return RedisPresence(connect(url)).alive() if readiness.redis_answers(url) else None


def _complaint(name: str, told: dict[str, dict[str, Any]] | None, state: State) -> str:
    """What is wrong with a process that runs, and what to do."""
    if told is None:  # then nobody can say how he is
        return "does not answer: see its log, or start the hotline again" if name == "redis" else ""
    if name == "pbx":
        refused = told.get("switch", {}).get("pbx") is False
        return "the switch is not logged in at Asterisk: see the logs of switch and pbx" if refused else ""
    if name == "redis":
        return ""
    if name not in told:
        return "runs and says nothing: wait half a minute for it to be started again, then see its log"
    problem = name == "speech" and (told[name].get("problem") or told[name].get("model_problem"))
    return f"{problem}: `hotline model use` another" if problem else ""


LOOKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (_model, _disk, _database, _ports, _processes)
