"""`hotline topics`: is a topics file right, before it is put in its place."""

from pathlib import Path

import click

from hotline.cli import one_sentence
from hotline.settings import Settings


@click.group()
def topics() -> None:
    """What citizens call about: one file the city edits."""


@topics.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@one_sentence
def check(file: Path | None) -> None:
    """Read FILE (the one in use, if none is named) and say what is wrong with it, by line."""
    from hotline.topics_file import load_topics

    found = load_topics(file or Settings.from_env().topics_file)
    words, examples = (sum(len(getattr(t, name)) for t in found.topics) for name in ("words", "examples"))
    of = f"{words} words, {examples} examples"
    click.echo(f"right: {len(found.topics)} topics in {len(found.categories)} categories, {of}")
