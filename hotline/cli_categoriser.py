"""`hotline categoriser`: trained on what seats chose, its versions, and its figures on any messages."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from hotline.cli import one_sentence
from hotline.domain.calendar import SHANGHAI
from hotline.domain.errors import Invalid
from hotline.domain.learning import Marks
from hotline.services.ports_learning import Version
from hotline.settings import Settings

_NAMES = {
    "macro_f1": "macro-F1",
    "accuracy": "accuracy",
    "top3": "in the first three",
    "ece": "calibration error",
    "ms_single": "ms a message, median",
    "train_s": "seconds to train",
}
_FILE = click.Path(path_type=Path)


@click.group()
def categoriser() -> None:
    """Train the learning categoriser, choose its version, measure it."""


@categoriser.command()
@click.option(
    "--train", "train_file", type=_FILE, required=True, help="One message a line: label, tab, text."
)
@click.option("--test", "test_file", type=_FILE, help="Try on these instead of on folds of the first file.")
@click.option("--folds", type=click.IntRange(2, 20), default=None, help="Parts of the first file (5).")
@click.option(
    "--first-chars", type=click.IntRange(min=1), help="Learn and try on the first N characters only."
)
@click.option(
    "--damage", type=click.FloatRange(0, 1), help="Also try with this share of characters misheard."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@one_sentence
def evaluate(
    train_file: Path,
    test_file: Path | None,
    folds: int | None,
    first_chars: int | None,
    damage: float | None,
    as_json: bool,
) -> None:
    """Train and try ours and the usual reference (TF-IDF of 1–3 characters, linear SVM) in one run."""
    from hotline.categoriser.evaluate import evaluate as measure
    from hotline.categoriser.evaluate import in_folds
    from hotline.categoriser.labelled import read_labelled

    if test_file and folds:
        raise Invalid("--test and --folds do not go together: choose one")
    learned = read_labelled(train_file).first(first_chars)
    if test_file:
        splits = [(learned, read_labelled(test_file).first(first_chars))]
    else:
        splits = list(in_folds(learned, folds or 5))
    result = measure(splits, damage)
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else _as_lines(result))


def _as_lines(result: dict[str, Any]) -> str:
    kinds = [kind for kind in ("ours", "reference", "damaged") if kind in result]
    lines = [f"{result['messages']} messages tried, {result['labels']} labels"]
    lines.append(" " * 24 + "".join(f"{kind:>12}" for kind in kinds))
    for key, name in _NAMES.items():
        lines.append(f"{name:<24}" + "".join(f"{result[kind][key]:>12}" for kind in kinds))
    return "\n".join(lines)


@categoriser.command()
@click.option("--if-due", is_flag=True, help="Only with enough new choices, other topics, or no version yet.")
@one_sentence
def train(if_due: bool) -> None:
    """Make a version of the topics file and what seats chose; in force if not worse than the present.

    That is measured on the calls held back. With fewer than 30 of them the first is measured on examples of
    the topics file, and a later one is kept and not put in force.
    """
    from hotline import bootstrap
    from hotline.services import learning

    settings = Settings.from_env()
    storage, school = bootstrap.open_hotline(settings).storage, bootstrap.open_school(settings)
    if if_due and (why := learning.why_train(storage, school.fingerprint())) is None:
        return click.echo("nothing new to learn")
    if if_due:
        click.echo(why)
    version = learning.train(storage, school, bootstrap.utc_now)
    click.echo(f"version {version.number}: learned from {version.lessons} calls and the topics file")
    of_what = "of the topics file's examples" if version.by_examples else "calls"
    click.echo(f"on {version.marks.count} {of_what} held back: {_share(version.marks)}")
    click.echo(f"the one in force before: {_share(version.marks_of_live)}")
    why = learning.why_kept(version)
    return click.echo(f"kept, but not in force: {why}" if why else "in force now")


@categoriser.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@one_sentence
def versions(as_json: bool) -> None:
    """List every version with its figures on the calls held back at its time, and why it was only kept."""
    from hotline import bootstrap
    from hotline.services import learning

    with bootstrap.open_hotline(Settings.from_env()).storage.reading() as tx:
        found = tx.learning.versions()
    if as_json:
        return click.echo(json.dumps([_as_json(version) for version in found]))
    if not found:
        return click.echo(
            "no version yet: the topics file alone is in force; `hotline categoriser train` makes one"
        )
    for version in found:
        made = f"{version.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        mark = "*" if version.in_force else " "
        told = f"{version.lessons:>6} calls  {_share(version.marks)} of {version.marks.count}"
        click.echo(f"{mark} {version.number:>4}  {made}  {told}  {version.sha256[:12]}")
        if why := learning.why_kept(version):
            click.echo(f"        only kept: {why}")
    return None


@categoriser.command()
@click.argument("number", type=click.IntRange(min=0))
@one_sentence
def use(number: int) -> None:
    """Put version NUMBER in force; 0 is the topics file alone.

    A later training is measured against it, and takes its place if it is not worse.
    """
    from hotline import bootstrap
    from hotline.services import learning

    settings = Settings.from_env()
    storage, school = bootstrap.open_hotline(settings).storage, bootstrap.open_school(settings)
    if number:
        learning.use(storage, school, number, bootstrap.utc_now())
    else:
        learning.use_rules_only(storage, school, bootstrap.utc_now())
    click.echo(_in_force(number))


@categoriser.command()
@one_sentence
def rollback() -> None:
    """Go back to the version that was in force before the present one."""
    from hotline import bootstrap
    from hotline.services import learning

    settings = Settings.from_env()
    storage, school = bootstrap.open_hotline(settings).storage, bootstrap.open_school(settings)
    click.echo(_in_force(learning.roll_back(storage, school, bootstrap.utc_now())))


def _in_force(number: int) -> str:
    """A person's choice is no lock, and he is told so."""
    now = f"version {number}" if number else "the topics file alone"
    return (
        f"{now} is in force; a later training takes its place only if it is not worse on the calls held back"
    )


def _share(marks: Marks) -> str:
    if not marks.count:
        return "nothing to be marked on"
    return f"first right {marks.first:.1%}, among three {marks.first_three:.1%}"


def _as_json(version: Version) -> dict[str, Any]:
    from hotline.services import learning

    whole = asdict(version) | {"only_kept": learning.why_kept(version)}
    for name in ("at", "in_force_at"):
        whole[name] = whole[name] and whole[name].isoformat()
    return whole
