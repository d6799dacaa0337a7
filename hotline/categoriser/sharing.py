"""Fits how evidence becomes probabilities, on messages that were held back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from hotline.domain.categorise import Sharing

WEIGHTS = (0.15, 0.3, 0.5, 0.8, 1.2, 1.8)  # of the model's opinion, tried beside the topics file
_LEAST_CHANCE = 1e-3  # one message that could not be foreseen must not decide
_START = (1.5, 1.0)
_BOUNDS = ((0.3, 5.0), (0.3, 6.0))


@dataclass(frozen=True, slots=True)
class Trial:
    """One message: what the topics file says, what the model says, and the truth; "" is no topic at all."""

    by_rules: dict[str, float]
    by_model: dict[str, float]
    topic: str


def fit(trials: Sequence[Trial]) -> tuple[float, Sharing]:
    """The weight of the model's opinion and the sharing with which the truth surprises least."""
    table = _Table(trials)
    found = [(table.best(weight), weight) for weight in WEIGHTS]
    (_, sharing), weight = min(found, key=lambda each: each[0][0])
    return weight, sharing


class _Table:
    """The trials side by side: one row each, one column for each topic that anything speaks for."""

    def __init__(self, trials: Sequence[Trial]) -> None:
        topics = [sorted({*trial.by_rules, *trial.by_model}) for trial in trials]
        width = max(1, *map(len, topics))
        self._by_rules = _filled(
            ((t.by_rules, names) for t, names in zip(trials, topics, strict=True)), width
        )
        self._by_model = _filled(
            ((t.by_model, names) for t, names in zip(trials, topics, strict=True)), width
        )
        self._known = np.array([[n < len(names) for n in range(width)] for names in topics])
        self._truth = np.array(
            [
                names.index(t.topic) if t.topic in names else -1
                for t, names in zip(trials, topics, strict=True)
            ]
        )
        self._is_nothing = np.array([not trial.topic for trial in trials])

    def best(self, weight: float) -> tuple[float, Sharing]:
        """The least mean surprise, and the sharing it is reached with."""
        evidence = self._by_rules + weight * self._by_model
        options = {"maxfev": 80, "xatol": 0.02, "fatol": 1e-4}
        found = minimize(
            lambda of: self._surprise(evidence, *of),
            _START,
            method="Nelder-Mead",
            bounds=_BOUNDS,
            options=options,
        )
        return float(found.fun), Sharing(*(round(float(value), 3) for value in found.x))

    def _surprise(self, evidence: NDArray[np.float64], sharpness: float, nothing: float) -> float:
        """As `domain.categorise.shares`, for all rows at once."""
        powers = np.where(self._known, np.exp(sharpness * (evidence - nothing)), 0.0)
        chances = powers / (powers.sum(axis=1, keepdims=True) + 1.0)
        rows = np.arange(len(chances))
        right = np.where(self._truth >= 0, chances[rows, self._truth], 0.0)
        right = np.where(self._is_nothing, 1.0 - chances.sum(axis=1), right)
        return float(-np.mean(np.log(np.maximum(right, _LEAST_CHANCE))))


def _filled(rows: Iterable[tuple[dict[str, float], Sequence[str]]], width: int) -> NDArray[np.float64]:
    return np.array(
        [[*(values.get(n, 0.0) for n in names), *[0.0] * (width - len(names))] for values, names in rows]
    )
