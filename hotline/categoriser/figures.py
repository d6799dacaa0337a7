"""How good suggestions are: shares right, macro-F1, and whether probabilities mean what they say."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_BINS = 15
_TOP = 3


def macro_f1(truth: Sequence[str], said: Sequence[str]) -> float:
    """The mean of each label's F1; every label that was true or said counts alike."""
    right = Counter(true for true, named in zip(truth, said, strict=True) if true == named)
    true_or_said = Counter(truth) + Counter(said)
    scores = [2 * right[label] / count for label, count in true_or_said.items()]
    return sum(scores) / len(scores)


def accuracy(truth: Sequence[str], said: Sequence[str]) -> float:
    return sum(a == b for a, b in zip(truth, said, strict=True)) / len(truth)


def top3(truth: Sequence[str], labels: Sequence[str], scores: NDArray[np.floating]) -> float:
    """The share of messages whose label is among the three likeliest."""
    best = np.argsort(-scores, axis=1, kind="stable")[:, :_TOP]
    names = np.asarray(labels)
    return sum(bool(true in names[row]) for true, row in zip(truth, best, strict=True)) / len(truth)


def calibration_error(truth: Sequence[str], labels: Sequence[str], chances: NDArray[np.float64]) -> float:
    """Expected calibration error of the first suggestion, in 15 bins of equal width."""
    sure = chances.max(axis=1)
    right = np.asarray(labels)[chances.argmax(axis=1)] == np.asarray(truth)
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    return float(
        sum(abs(sure[bins == one].sum() - right[bins == one].sum()) / len(truth) for one in range(_BINS))
    )
