"""`hotline doctor`: every part, its version, where it came from, and whether it is well or what to do."""

import json
import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

import click

from hotline.domain.errors import HotlineError
from hotline.settings import Settings
from hotline.setup import parts, places, probe, python_env
from hotline.setup.recipes import RECIPES, Recipe, Use
from hotline.supervision import ground, readiness
from hotline.supervision.state import running

LEAST_FREE_BYTES = 300_000_000
_MODEL_FILES = ("am/final.mdl", "conf/model.conf")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the report; `advice` says what to do and is empty when all is well."""

    name: str
    well: bool
    needed: bool = True
    version: str = ""
    source: str = ""
    advice: str = ""


def main(as_json: bool = False) -> int:
    """Prints the report; 1 when a part that the hotline needs is not well."""
    findings = examine()
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(line(finding))
    return 1 if any(finding.needed and not finding.well for finding in findings) else 0


def line(finding: Finding) -> str:
    """One finding for a person: ok, or xx where it is needed, or -- where it is not."""
    mark = "ok" if finding.well else "xx" if finding.needed else "--"
    told = f"{finding.name:<12} {finding.version:<18} {finding.source}".rstrip()
    return f"{mark} {told}" + (f"  → {finding.advice}" if finding.advice else "")


def examine() -> list[Finding]:
    """Everything that can be said without starting anything."""
    findings = [_python(), _packages(), *(_part(recipe) for recipe in RECIPES), _vosk()]
    try:
        settings = Settings.from_env()
    except HotlineError as problem:
        return [*findings, Finding(name="settings", well=False, advice=str(problem))]
    looks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _model,
        _disk,
        _database,
        _ports,
        _processes,
    )
    return findings + [finding for look in looks for finding in look(settings)]


def _python() -> Finding:
    return Finding(name="python", well=True, version=platform.python_version(), source=str(places.venv_dir()))


def _packages() -> Finding:
    well = python_env.ready(with_tests=False)
    return Finding(
        name="packages",
        well=well,
        version="as pinned" if well else "not as pinned",
        source="requirements.txt",
        advice="" if well else "run make setup",
    )


def _part(recipe: Recipe) -> Finding:
    """Asked for its version again: a part that was found once may have been removed or broken since."""
    needed = recipe.use is Use.RUN
    advice = "run make setup" if needed else "only for the tests: run make setup-tests"
    part = parts.load().get(recipe.name)
    if part is None:
        return Finding(name=recipe.name, well=False, needed=needed, version="not there", advice=advice)
    version = probe.version_of(part.executable, recipe.version_args) if recipe.commands else part.version
    well = part.is_there() and version is not None and probe.new_enough(version, recipe.minimum)
    return Finding(
        name=recipe.name,
        well=well,
        needed=needed,
        version=version or "does not start",
        source=f"{part.source}, {part.executable}",
        advice="" if well else advice,
    )


def _vosk() -> Finding:
    try:
        version = metadata.version("vosk")
    except metadata.PackageNotFoundError:
        return Finding(name="vosk", well=False, version="not there", advice="run make setup")
    return Finding(name="vosk", well=True, version=version, source="requirements.txt")


def _model(settings: Settings) -> Iterator[Finding]:
    model = settings.speech_model
    well = all((model / name).is_file() for name in _MODEL_FILES)
    advice = "" if well else "not a Vosk model: set HOTLINE_SPEECH_MODEL; until then nobody is listened to"
    yield Finding(name="model", well=well, version=model.name, source=str(model), advice=advice)


def _disk(settings: Settings) -> Iterator[Finding]:
    for name, folder in (("disk", settings.runtime_dir), ("cache disk", places.cache_dir())):
        there = next(parent for parent in (folder, *folder.parents) if parent.exists())
        free, writable = shutil.disk_usage(there).free, os.access(there, os.W_OK)
        advice = "" if writable else "cannot be written"
        if free < LEAST_FREE_BYTES:
            advice = f"free at least {LEAST_FREE_BYTES / 1e6:.0f} MB"
        yield Finding(
            name=name, well=not advice, version=f"{free / 1e9:.1f} GB free", source=str(folder), advice=advice
        )


def _database(settings: Settings) -> Iterator[Finding]:
    kind, _, rest = settings.database_url.partition(":///")
    if not kind.startswith("sqlite"):
        yield Finding(name="database", well=True, version="PostgreSQL", source="HOTLINE_DATABASE_URL")
        return
    file = Path(rest)
    size = f"{file.stat().st_size / 1e6:.1f} MB" if file.exists() else "made at the first start"
    yield Finding(name="database", well=True, version=f"SQLite, {size}", source=str(file))


def _ports(settings: Settings) -> Iterator[Finding]:
    ours = running(settings.runtime_dir) is not None
    for key, (host, port) in ground.tcp_ports(settings).items():
        used = readiness.listens(host, port)
        taken = used and not ours
        yield Finding(
            name="port",
            well=not taken,
            version=str(port),
            source=f"{key}, {'taken' if taken else 'in use by the hotline' if used else 'free'}",
            advice=f"another program has it: end that or set {key}" if taken else "",
        )


def _processes(settings: Settings) -> Iterator[Finding]:
    state = running(settings.runtime_dir)
    if state is None:
        yield Finding(name="running", well=True, needed=False, version="no", source="start it with make run")
        return
    yield Finding(name="running", well=True, version=f"process {state.supervisor}", source="hotline run")
    for name, process in state.processes.items():
        yield Finding(
            name=name,
            well=process.pid is not None,
            version=f"process {process.pid}" if process.pid else "not running",
            source=f"started again {process.restarts} times" if process.restarts else "",
            advice=""
            if process.pid
            else f"{process.last_end}; see {settings.runtime_dir / 'log'}/{name}.log",
        )
