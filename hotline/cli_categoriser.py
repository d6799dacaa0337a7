"""`hotline categoriser`: how well it tells what citizens call about, on any labelled messages."""

import json
from pathlib import Path
from typing import Any

import click

from hotline.cli import one_sentence
from hotline.domain.errors import Invalid

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
    """Measure the learning categoriser."""


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
