"""`hotline model`: which speech models there are, fetching and trying them, and choosing the one in use."""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hotline.cli import one_sentence
from hotline.domain.errors import Invalid, Unavailable
from hotline.settings import Settings

if TYPE_CHECKING:
    from hotline.speech.models_store import Choice, ModelStore

_TAKES_UP_S = 150.0


@click.group()
def model() -> None:
    """The speech models."""


@model.command("list")
@one_sentence
def list_models() -> None:
    """Known and installed models; * is the one in use."""
    from hotline.speech import models_known

    store = _store()
    installed, in_use = store.installed(), _in_use(store).path.name
    known = {one.name: one for one in models_known.KNOWN}
    for name in dict.fromkeys((*known, *installed)):
        one = known.get(name)
        mark = "*" if name == in_use else " "
        here = "here" if name in installed else "-"
        size = f"{one.size_mb} MB" if one else ""
        click.echo(f"{mark} {name:<34} {here:<5} {size:>8}  {one.licence if one else ''}")
        if one:
            click.echo(f"    {one.note}; character errors in 100, published: {one.errors}")
        seen = store.sums().get(name)
        if seen:
            checked = "as published (MD5)" if seen.get("md5_published") else "no published sum to compare"
            click.echo(f"    fetched {seen.get('at')}, SHA-256 {seen.get('sha256')}, {checked}")


@model.command()
@click.argument("name")
@one_sentence
def fetch(name: str) -> None:
    """Download NAME; goes on where an earlier download was cut off.

    It takes the place of one that is there when it loads, else that one stays.
    """

    def trial(fresh: Path) -> None:
        try:
            _require_loads(fresh, name)
        except Unavailable as problem:
            raise Unavailable(f"{problem}; nothing was changed") from None

    path = _store().fetch(name, lambda text: click.echo(text, err=True), trial)
    click.echo(f"{name} is in {path}; `hotline model use {name}` puts it to use")


@model.command()
@click.argument("name")
@one_sentence
def use(name: str) -> None:
    """Hear with NAME from now on. No call is lost; a model that does not load changes nothing."""
    from hotline import bootstrap
    from hotline.speech.models_store import Choice

    settings, store = Settings.from_env(), _store()
    if settings.speech_model_given:
        raise Unavailable("HOTLINE_SPEECH_MODEL names the model: take that setting away first")
    path, before = store.path_of(name), _in_use(store)
    _require_loads(path, path.name)
    chosen = Choice(path, bootstrap.utc_now().isoformat())
    store.choose(chosen)
    answer = _taken_up(settings, chosen)
    if answer is None:
        click.echo(f"{path.name} is chosen; the speech process is not running and will begin with it")
    elif answer:
        store.choose(before)
        raise Unavailable(f"{answer}; {before.path.name} goes on")
    else:
        click.echo(f"{path.name} is in use")


@model.command("test")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option("--model", "name", help="An installed model, or a folder; else the one in use.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@one_sentence
def try_on(source: Path, name: str | None, as_json: bool) -> None:
    """Character errors and speed on a folder of WAVs, each with a .txt, or a file of path, tab, words.

    A clip that cannot be read is named, and the exit code is 1; the others count.
    """
    from hotline.speech import models_measure

    store = _store()
    path = store.path_of(name) if name else _in_use(store).path
    clips = models_measure.clips_of(source)
    _require_loads(path, path.name)
    import vosk

    vosk.SetLogLevel(-1)
    figures = models_measure.measure(vosk.Model(str(path)), vosk.KaldiRecognizer, clips)
    figures = {"model": path.name} | figures
    for problem in figures["refused"]:
        click.echo(f"not heard: {problem}", err=True)
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False))
    else:
        click.echo(
            f"{path.name}: {figures['cer']} % of {figures['characters']} characters wrong in "
            f"{figures['clips']} clips; {figures['speed']} times as fast as speech on one core"
        )
    sys.exit(1 if figures["refused"] else 0)


def _store() -> "ModelStore":
    from hotline.speech.models_store import ModelStore

    settings = Settings.from_env()
    return ModelStore(settings.models_dir, settings.shipped_model)


def _in_use(store: "ModelStore") -> "Choice":
    """What was chosen; where that makes no sense, what the speech process takes then."""
    from hotline.speech.models_store import Choice

    try:
        return store.chosen()
    except Invalid as problem:
        click.echo(f"{problem}: {store.shipped.name} is; `hotline model use` writes it anew", err=True)
    return Choice(store.shipped)


def _require_loads(path: Path, name: str) -> None:
    """In a process of its own: what is wrong with a model may end the process that loads it."""
    from hotline.speech.models_unpack import require_files
    from hotline.speech.nursery_process import NurseryProcess

    async def load() -> None:
        trial = NurseryProcess(path)
        await trial.start()
        await trial.end()

    require_files(path)
    try:
        asyncio.run(load())
    except Unavailable as problem:
        raise Unavailable(f"model {name} does not load: {problem}") from None


def _taken_up(settings: Settings, chosen: "Choice") -> str | None:
    """What kept the speech process from hearing with it, or nothing; None when there is no such process."""
    from hotline.live.channel import RedisPresence, connect

    presence = RedisPresence(connect(settings.redis_url))
    deadline = time.monotonic() + _TAKES_UP_S
    while time.monotonic() < deadline:
        figures = presence.alive().get("speech")
        if figures is None:
            return None
        if figures.get("model_chosen_at") == chosen.at:
            return str(figures.get("model_problem", ""))
        time.sleep(0.3)
    return "the speech process did not take it up in time"
