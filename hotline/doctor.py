"""`hotline doctor`: every part, its version, where it came from, and whether it is well or what to do."""

import json
import platform
from dataclasses import asdict
from importlib import metadata

import click

from hotline.doctor_looks import LOOKS, Finding
from hotline.domain.errors import HotlineError
from hotline.settings import Settings
from hotline.setup import parts, places, probe, python_env
from hotline.setup.recipes import RECIPES, Recipe, Use


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
    return findings + [finding for look in LOOKS for finding in look(settings)]


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
