"""`hotline bursts`: which messages tell of the same matter, on any file of messages with their times."""

import json
from pathlib import Path

import click

from hotline.cli import one_sentence
from hotline.settings import Settings

_FILE = click.Path(path_type=Path)


@click.group()
def bursts() -> None:
    """Put messages of the same matter together."""


@bursts.command()
@click.argument("file", type=_FILE)
@click.option("--output", type=_FILE, help="Write the lines there instead of to standard output.")
@click.option("--json", "as_json", is_flag=True, help="Only the figures, as one JSON object.")
@one_sentence
def evaluate(file: Path, output: Path | None, as_json: bool) -> None:
    """Read FILE (id, time, text, and where known the true group); write id and group, a line each.

    A group is named by the id of its first message; a message that stands alone is a group of its own. With
    the truth in a fourth column, precision and recall are told as well.
    """
    from hotline.bursts.evaluate import figures
    from hotline.bursts.messages import read_messages
    from hotline.bursts.similar import Comparer
    from hotline.places_file import load_places
    from hotline.topics_file import load_topics

    messages = read_messages(file)
    settings = Settings.from_env()
    comparer = Comparer(load_topics(settings.topics_file), load_places(settings.places_file))
    found = comparer.group(messages)
    known = [message for message in messages if message.group is not None]
    told: dict[str, float] = {"messages": len(messages), "groups": len(set(found.values()))}
    if known:
        told |= figures([found[each.id] for each in known], [str(each.group) for each in known])
    if as_json:
        click.echo(json.dumps(told))
    lines = "".join(f"{message.id}\t{found[message.id]}\n" for message in messages)
    if output:
        output.write_text(lines, encoding="utf-8")
    elif not as_json:
        click.echo(lines, nl=False)
    if not as_json:
        click.echo("  ".join(f"{key} {value}" for key, value in told.items()), err=True)


@bursts.command()
@click.argument("file", type=_FILE)
@click.option("--seed", type=int, default=12341, show_default=True)
@click.option("--matters", type=click.IntRange(1, 10_000), default=60, show_default=True)
@click.option("--alone", type=click.IntRange(0, 100_000), default=900, show_default=True)
@one_sentence
def make(file: Path, seed: int, matters: int, alone: int) -> None:
    """Write made messages whose truth is known to FILE (id, time, text, group)."""
    from hotline.bursts.made import made_messages
    from hotline.places_file import load_places
    from hotline.topics_file import load_topics

    settings = Settings.from_env()
    topics, places = load_topics(settings.topics_file), load_places(settings.places_file)
    messages = made_messages(topics.topics, places, matters=matters, alone=alone, seed=seed)
    lines = (f"{each.id}\t{each.at:.0f}\t{each.text}\t{each.group}\n" for each in messages)
    file.write_text("".join(lines), encoding="utf-8")
    click.echo(f"{len(messages)} messages in {file}")
