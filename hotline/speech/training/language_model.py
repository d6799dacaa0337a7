"""An interpolated n-gram language model with exact back-off weights."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

START, END = "<s>", "</s>"

History = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How the counts of a generated corpus are turned into probabilities."""

    order: int = 3
    damping: float = 0.5  # counts are raised to this: a grammar repeats itself far more than people do
    least_backoff: float = 0.3  # share of every history that is left to the shorter one
    uniform: float = 0.02  # share of the unigrams that is spread evenly over all words
    general: float = 0.1  # share of the unigrams that follows general Chinese
    cutoff: int = 2  # n-grams of the highest order seen less often are left out


@dataclass(slots=True)
class LanguageModel:
    """p(word | history) as listed, else backoff(history) * p(word | shorter history)."""

    unigrams: dict[str, float]
    listed: dict[History, dict[str, float]] = field(default_factory=dict)
    backoff: dict[History, float] = field(default_factory=dict)

    def probability(self, word: str, history: History = ()) -> float:
        """Of the word after the history; only its last words that the model knows are looked at."""
        while history and history not in self.listed:
            history = history[1:]
        if not history:
            return self.unigrams.get(word, 0.0)
        known = self.listed[history].get(word)
        if known is not None:
            return known
        return self.backoff[history] * self.probability(word, history[1:])

    def state_after(self, history: History, word: str) -> History:
        """The longest history the model knows once the word is said."""
        longer = (*history, word)
        while longer and longer not in self.listed:
            longer = longer[1:]
        return longer


def estimate(
    sentences: Sequence[Sequence[str]],
    vocabulary: Sequence[str],
    shape: Shape,
    general_count: Callable[[str], int] = lambda word: 0,
) -> LanguageModel:
    """The model of cut sentences; words outside the vocabulary may not occur in them."""
    counts: list[dict[History, Counter[str]]] = [defaultdict(Counter) for _ in range(shape.order)]
    for sentence in sentences:
        words = [START, *sentence, END]
        for place in range(1, len(words)):
            for length in range(min(shape.order, place + 1)):
                counts[length][tuple(words[place - length : place])][words[place]] += 1
    model = LanguageModel(_unigrams(counts[0][()], vocabulary, shape, general_count))
    for length in range(1, shape.order):
        cutoff = shape.cutoff if length == shape.order - 1 and shape.order > 2 else 1
        for history, following in sorted(counts[length].items()):
            kept = {word: count for word, count in sorted(following.items()) if count >= cutoff}
            if kept and (length == 1 or history[1:] in model.listed):
                _interpolate(model, history, kept, shape)
    return model


def _unigrams(
    counts: Counter[str], vocabulary: Sequence[str], shape: Shape, general_count: Callable[[str], int]
) -> dict[str, float]:
    words = [*vocabulary, END]
    own = {word: counts.get(word, 0) ** shape.damping for word in words}
    general = {word: general_count(word) ** shape.damping for word in words}
    own_total, general_total = sum(own.values()), sum(general.values())
    general_share = shape.general if general_total else 0.0
    own_share = 1 - shape.uniform - general_share if own_total else 0.0
    even_share = 1 - own_share - general_share
    return {
        word: own_share * own[word] / (own_total or 1)
        + general_share * general[word] / (general_total or 1)
        + even_share / len(words)
        for word in words
    }


def _interpolate(model: LanguageModel, history: History, following: dict[str, int], shape: Shape) -> None:
    """Witten and Bell: the more different words have followed, the more is left for yet another one."""
    damped = {word: count**shape.damping for word, count in following.items()}
    total = sum(damped.values())
    left = max(shape.least_backoff, len(damped) / (len(damped) + total))
    listed = {
        word: (1 - left) * count / total + left * model.probability(word, history[1:])
        for word, count in damped.items()
    }
    # Listed words too have their part of what is left, so the same weight backs off to all others.
    model.listed[history] = listed
    model.backoff[history] = left
