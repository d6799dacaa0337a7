"""From labelled messages to a model: groups weighted by rarity, a linear SVM, calibrated probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from hotline.categoriser.features import BLOCKS, Keys, keys_of, normalised
from hotline.categoriser.model import Floats, Model, Vocabulary, softmax
from hotline.domain.errors import Invalid

_SEED = 12341
_CALIBRATED_ON = 2_000  # more messages would not move one number
_INNER_FOLDS = 3
_MOST_GROUPS = 120_000  # in one block: bounds time and memory, whatever is learned from
_MOST_WEIGHTS = 4_000_000  # in one block: 16 MB; with many labels there are fewer groups
_DOUBT = 0.05  # added to what a group weighs with and without a label
_UNKNOWN = -1.0  # margin of a label without messages
_PLAIN_SHARPNESS = 2.0  # where there is too little to measure it on


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What was tried; docs/categoriser.md has the figures of each try."""

    softness: float = 0.4  # C of the SVM
    seen_in: int = 2  # messages; a group seen in fewer is chance
    seen_in_many: int = 3  # the same from `many` messages on
    many: int = 1_200


class Collection:
    """Messages as groups: read once, trained on in several cuts."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.keys = [keys_of(normalised(text)) for text in texts]

    def vocabularies(self, rows: NDArray[np.intp], seen_in: int, most: int) -> tuple[Vocabulary, ...]:
        """The groups that at least `seen_in` of these messages have; `most` of a block at most."""
        return tuple(self._vocabulary(rows, block, seen_in, most) for block in range(len(BLOCKS)))

    def _vocabulary(self, rows: NDArray[np.intp], block: int, seen_in: int, most: int) -> Vocabulary:
        everything = np.concatenate([np.unique(self.keys[row][block]) for row in rows])
        keys, spread = np.unique(everything, return_counts=True)
        if len(keys) > most:  # the most widespread, all of one spread or none
            seen_in = max(seen_in, int(np.partition(spread, -most)[-most]) + 1)
        keys, spread = keys[spread >= seen_in], spread[spread >= seen_in]
        rarity = np.log((1 + len(rows)) / (1 + spread)) + 1
        return Vocabulary(keys, rarity.astype(np.float32))

    def matrix(self, rows: NDArray[np.intp], vocabularies: Sequence[Vocabulary]) -> sparse.csr_matrix:
        """One row a message, the blocks side by side."""
        parts = [
            BLOCKS[number].share * _block([self.keys[row][number] for row in rows], known)
            for number, known in enumerate(vocabularies)
        ]
        return sparse.csr_matrix(sparse.hstack(parts, format="csr"))


def _block(messages: Sequence[Keys], vocabulary: Vocabulary) -> sparse.csr_matrix:
    found = [vocabulary.find(keys) for keys in messages]
    ends = np.cumsum([0, *(len(places) for places, _ in found)])
    places = np.concatenate([places for places, _ in found])
    values = np.concatenate([values for _, values in found])
    return sparse.csr_matrix((values, places, ends), shape=(len(messages), len(vocabulary.keys)))


def train(
    texts: Sequence[str],
    labels: Sequence[str],
    recipe: Recipe | None = None,
    sharpness: float | None = None,
) -> Model:
    """Learn from messages and their labels; the same ones give the same model.

    `sharpness` saves finding it, where a model of nearly the same messages has it already.
    """
    recipe = recipe or Recipe()
    names, numbers = np.unique(np.asarray(labels), return_inverse=True)
    if len(names) < 2:
        raise Invalid("there is nothing to learn: the messages need two labels at least")
    collection = Collection(texts)
    rows = np.arange(len(texts))
    vocabularies, weights, offsets = _fit(collection, rows, numbers, len(names), recipe)
    edges = np.cumsum([0, *(len(known.keys) for known in vocabularies)])
    return Model(
        labels=tuple(str(name) for name in names),
        vocabularies=vocabularies,
        weights=tuple(
            np.float32(block.share) * weights[start:end]
            for block, (start, end) in zip(BLOCKS, pairwise(edges), strict=True)
        ),
        offsets=offsets,
        sharpness=sharpness or _sharpness(collection, numbers, len(names), recipe),
    )


def _fit(
    collection: Collection, rows: NDArray[np.intp], numbers: NDArray[np.intp], count: int, recipe: Recipe
) -> tuple[tuple[Vocabulary, ...], Floats, Floats]:
    seen_in = recipe.seen_in_many if len(rows) >= recipe.many else min(recipe.seen_in, 1 + len(rows) // 20)
    vocabularies = collection.vocabularies(rows, seen_in, min(_MOST_GROUPS, _MOST_WEIGHTS // count))
    if not any(len(known.keys) for known in vocabularies):
        raise Invalid("there is nothing to learn: the messages have no words in common")
    matrix = collection.matrix(rows, vocabularies)
    weights = np.zeros((matrix.shape[1], count), np.float32)
    offsets = np.full(count, _UNKNOWN, np.float32)
    for label in np.unique(numbers[rows]):
        weights[:, label], offsets[label] = _one_against_all(matrix, numbers[rows] == label, recipe.softness)
    return vocabularies, weights, offsets


def _one_against_all(
    matrix: sparse.csr_matrix, is_label: NDArray[np.bool_], softness: float
) -> tuple[Floats, float]:
    """A linear SVM on groups that count by how much more often they come with the label than without it.

    The weighting of Wang and Manning (2012). The learned weights take it in: scoring stays one product.
    """
    with_label = np.asarray(matrix[is_label].sum(axis=0)).ravel() + _DOUBT
    without = np.asarray(matrix[~is_label].sum(axis=0)).ravel() + _DOUBT
    ratio = np.abs(np.log(with_label / with_label.sum()) - np.log(without / without.sum()))
    ratio /= max(float(np.sqrt(np.mean(ratio**2))), 1e-9)
    scaled = matrix.copy()
    scaled.data *= ratio[scaled.indices]
    machine = LinearSVC(C=softness, class_weight="balanced", tol=1e-2, random_state=_SEED)
    machine.fit(scaled, is_label)
    return machine.coef_[0] * ratio, float(machine.intercept_[0])


def _sharpness(collection: Collection, numbers: NDArray[np.intp], count: int, recipe: Recipe) -> float:
    """Found on messages that were not learned from, so that 0.8 is right eight times of ten."""
    rows = np.random.default_rng(_SEED).permutation(len(numbers))[:_CALIBRATED_ON]
    common = np.bincount(numbers[rows], minlength=count)[numbers[rows]] >= _INNER_FOLDS
    rows = rows[common]
    if len(rows) < 10 * _INNER_FOLDS or len(np.unique(numbers[rows])) < 2:
        return _PLAIN_SHARPNESS
    margins = np.empty((len(rows), count), np.float32)
    folds = StratifiedKFold(_INNER_FOLDS, shuffle=True, random_state=_SEED)
    for learned, held_back in folds.split(rows, numbers[rows]):
        vocabularies, weights, offsets = _fit(collection, rows[learned], numbers, count, recipe)
        margins[held_back] = collection.matrix(rows[held_back], vocabularies) @ weights + offsets

    def surprise(log_sharpness: float) -> float:
        chances = softmax(margins, float(np.exp(log_sharpness)))
        return float(-np.log(chances[np.arange(len(rows)), numbers[rows]] + 1e-12).mean())

    return float(np.exp(minimize_scalar(surprise, bounds=(-2.0, 4.0), method="bounded").x))
