"""Trains on one part of labelled messages, tries the other, and says how good that was."""

import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from hotline.categoriser import figures
from hotline.categoriser.damage import misheard
from hotline.categoriser.labelled import Labelled
from hotline.categoriser.reference import Reference
from hotline.categoriser.training import train
from hotline.domain.errors import Invalid

SEED = 12341
Split = tuple[Labelled, Labelled]


class Trained(Protocol):
    """What is measured: both kinds give a share for each label."""

    @property
    def labels(self) -> tuple[str, ...]: ...

    def probabilities(self, text: str) -> NDArray[np.float64]: ...


Teacher = Callable[[Sequence[str], Sequence[str]], Trained]  # texts, labels


@dataclass(slots=True)
class _Marks:
    """One kind's answers over all folds."""

    labels: tuple[str, ...]
    truth: list[str] = field(default_factory=list)
    rows: list[NDArray[np.float64]] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)
    train_s: list[float] = field(default_factory=list)

    def as_figures(self) -> dict[str, float]:
        chances = np.stack(self.rows)
        said = [self.labels[number] for number in chances.argmax(axis=1)]
        return {
            "macro_f1": round(figures.macro_f1(self.truth, said), 4),
            "accuracy": round(figures.accuracy(self.truth, said), 4),
            "top3": round(figures.top3(self.truth, self.labels, chances), 4),
            "ece": round(figures.calibration_error(self.truth, self.labels, chances), 4),
            "ms_single": round(statistics.median(self.took_ms), 3),
            "train_s": round(statistics.fmean(self.train_s), 2),
        }


def evaluate(splits: Sequence[Split], damage: float | None = None) -> dict[str, object]:
    """Ours and the reference on the same messages, in one run; with `damage`, ours also on misheard texts."""
    labels = tuple(sorted({label for learned, tried in splits for label in (*learned.labels, *tried.labels)}))
    ours, reference, damaged = _Marks(labels), _Marks(labels), _Marks(labels)
    rng = random.Random(SEED)  # noqa: S311  # repeatable, not secret
    for learned, tried in splits:
        model = _measure(train, learned, tried, ours)
        _measure(Reference, learned, tried, reference)
        if damage is not None:
            damaged.train_s.append(ours.train_s[-1])
            texts = tuple(misheard(text, damage, rng) for text in tried.texts)
            _try(model, Labelled(texts, tried.labels), damaged)
    result: dict[str, object] = {
        "messages": len(ours.truth),
        "labels": len(labels),
        "folds": len(splits),
        "ours": ours.as_figures(),
        "reference": reference.as_figures(),
    }
    if damage is not None:
        result["damaged"] = damaged.as_figures()
    return result


def _measure(teacher: Teacher, learned: Labelled, tried: Labelled, marks: _Marks) -> Trained:
    started = time.perf_counter()
    trained = teacher(learned.texts, learned.labels)
    marks.train_s.append(time.perf_counter() - started)
    _try(trained, tried, marks)
    return trained


def _try(trained: Trained, tried: Labelled, marks: _Marks) -> None:
    columns = [marks.labels.index(label) for label in trained.labels]
    for text in tried.texts:
        row = np.zeros(len(marks.labels))
        started = time.perf_counter()
        chances = trained.probabilities(text)
        marks.took_ms.append((time.perf_counter() - started) * 1000)
        row[columns] = chances
        marks.rows.append(row)
    marks.truth.extend(tried.labels)


def in_folds(messages: Labelled, folds: int) -> Iterator[Split]:
    """Each message is tried once, by a model that never saw it; each label is in every fold."""
    counts = Counter(messages.labels)
    if len(counts) < 2:
        raise Invalid("there is nothing to tell apart: the file has one label only")
    few = sorted(label for label, count in counts.items() if count < folds)
    if few:
        named = ", ".join(f"{label} ({counts[label]})" for label in few[:5]) + (" …" if len(few) > 5 else "")
        raise Invalid(f"{folds} folds need {folds} messages of each label; too few of: {named}")
    splitter = StratifiedKFold(folds, shuffle=True, random_state=SEED)
    for learned, tried in splitter.split(messages.texts, messages.labels):
        yield _some(messages, learned), _some(messages, tried)


def _some(messages: Labelled, rows: NDArray[np.intp]) -> Labelled:
    return Labelled(tuple(messages.texts[row] for row in rows), tuple(messages.labels[row] for row in rows))
