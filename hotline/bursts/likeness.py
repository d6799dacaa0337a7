"""How likely two messages tell of the same matter: by words, place, topic and the time between.

Likenesses are cosines of two weighted bags; the weights of the logistic curve over them were learned from
made messages (`python -m hotline.bursts.learn`), not set by hand.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

Floats = NDArray[np.float32]
MAX_TEXT = 2_000  # characters; what comes later adds little
_SPACES = re.compile(r"[\s\W_]+")
# Where a name ends; what stands before is the name, however much of it is.
_PLACE_END = re.compile(
    r"街道|大街|小区|社区|花园|家园|广场|学校|中学|小学|医院|市场|公园|公司|工地|超市|[路街村镇区县市乡巷苑园城桥站湾河厂楼]"
)
_MASKED = re.compile(r"[A-Za-z]{1,2}\d+(?=[省市区县镇乡村路街]?)")
_BEFORE = (2, 3, 4)
_STRANGE = 0.05  # likeness of two places below which they are different ones
LIKENESSES = ("words", "place", "no place", "other place", "topic", "hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Weights in the order of LIKENESSES, and the offset."""

    weights: tuple[float, ...]
    offset: float


LEARNED = Curve(weights=(1.22, 2.46, -2.45, -4.56, 5.42, -1.12), offset=-0.02)


class Bags:
    """Messages as rows of sparse matrices, ready to be compared."""

    def __init__(
        self,
        texts: Sequence[str],
        hours: Sequence[float],
        *,
        known_places: Callable[[str], list[str]],
        topics: Callable[[str], dict[str, float]],
        usual: Sequence[str] = (),
    ) -> None:
        """`usual` are sentences that say what is common; `known_places` names what the gazetteer hears."""
        plain = [_SPACES.sub("", text[:MAX_TEXT].lower()) for text in texts]
        words = TfidfVectorizer(analyzer="char", ngram_range=(2, 3), sublinear_tf=True, dtype=np.float32)
        words.fit([*plain, *usual])
        self.words: csr_matrix = words.transform(plain).tocsr()
        places = [[*_place_tokens(text), *(f"@{name}" for name in known_places(text))] for text in plain]
        self.places = _weighted(places)
        self.topics = _shares([topics(text) for text in plain])
        self.hours = np.asarray(hours, dtype=np.float64)
        self.placed = np.asarray([bool(each) for each in places])

    def features(self, rows: slice, others: slice) -> Floats:
        """Every row compared with every other: an array of rows × others × features."""
        place = _cosines(self.places, rows, others)
        both = self.placed[rows, None] & self.placed[None, others]
        gap = np.log1p(np.abs(self.hours[rows, None] - self.hours[None, others]))
        words, topic = _cosines(self.words, rows, others), _cosines(self.topics, rows, others)
        strange = both & (place < _STRANGE)
        return np.stack([words, place, ~both, strange, topic, gap], axis=-1).astype(np.float32)


def likelihoods(features: Floats, curve: Curve = LEARNED) -> Floats:
    """0 to 1 for each pair of `features`."""
    reckoned = features @ np.asarray(curve.weights, dtype=np.float32) + curve.offset
    return np.asarray(1 / (1 + np.exp(-np.clip(reckoned, -40, 40))), dtype=np.float32)


def _place_tokens(text: str) -> Iterator[str]:
    for found in _PLACE_END.finditer(text):
        for count in _BEFORE:
            if found.start() >= count:
                yield text[found.start() - count : found.end()]
    yield from (found.group() for found in _MASKED.finditer(text))


def _weighted(tokens: list[list[str]]) -> csr_matrix:
    if not any(tokens):
        return csr_matrix((len(tokens), 1), dtype=np.float32)
    vectors = TfidfVectorizer(analyzer=lambda given: given, sublinear_tf=True, dtype=np.float32)
    return vectors.fit_transform(tokens).tocsr()


def _shares(evidence: list[dict[str, float]]) -> csr_matrix:
    """Rows of length 1 over the topics."""
    columns: dict[str, int] = {}
    data, rows, cols = [], [], []
    for row, found in enumerate(evidence):
        length = sum(value * value for value in found.values()) ** 0.5 or 1.0
        for topic, value in found.items():
            rows.append(row)
            cols.append(columns.setdefault(topic, len(columns)))
            data.append(value / length)
    shape = (len(evidence), max(1, len(columns)))
    return csr_matrix((data, (rows, cols)), shape=shape, dtype=np.float32)


def _cosines(matrix: csr_matrix, rows: slice, others: slice) -> Floats:
    return np.asarray((matrix[rows] @ matrix[others].T).toarray(), dtype=np.float32)
