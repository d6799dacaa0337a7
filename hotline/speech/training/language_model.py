"""An interpolated n-gram language model with exact back-off weights, down to kinds of words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

START, END = "<s>", "</s>"
START_KIND, END_KIND, UNKNOWN = "start", "end", "x"

History = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How the counts of a generated corpus are turned into probabilities."""

    order: int = 3
    damping: float = 0.5  # counts are raised to this: a grammar repeats itself far more than people do
    least_backoff: float = 0.45  # share of every history that is left to the shorter one
    uniform: float = 0.02  # share of the words of a kind that is spread evenly
    general: float = 0.4  # share of the words of a kind, and of kinds in a row, that follows general Chinese
    cutoff: int = 2  # n-grams of the highest order seen less often are left out


@dataclass(frozen=True, slots=True)
class General:
    """What is known of the language beyond the sentences; by default nothing, and all words are of a kind."""

    count: Callable[[str], int] = lambda word: 0
    kind: Callable[[str], str] = lambda word: UNKNOWN
    following: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(slots=True)
class LanguageModel:
    """p(word | history) as listed, else backoff(history) * p(word | shorter history).

    The shortest history is the kind of the last word: p(kind | its kind) * p(word | kind).
    """

    within: dict[str, float]
    kinds: dict[str, str]
    following: dict[str, dict[str, float]]
    listed: dict[History, dict[str, float]] = field(default_factory=dict)
    backoff: dict[History, float] = field(default_factory=dict)

    def probability(self, word: str, history: History = (START,)) -> float:
        """Of the word after the history; only its last words that the model knows are looked at."""
        state = self.state_after(history[:-1], history[-1])
        if state not in self.listed:
            if word not in self.within:
                return 0.0
            return self.following[self.kinds[state[0]]][self.kinds[word]] * self.within[word]
        known = self.listed[state].get(word)
        if known is not None:
            return known
        return self.backoff[state] * self.probability(word, self.shorter(state))

    def state_after(self, history: History, word: str) -> History:
        """The longest history the model knows once the word is said; else the kind of the word."""
        longer = (*history, word)
        while longer and longer not in self.listed:
            longer = longer[1:]
        return longer or (kind_state(self.kinds[word]),)

    def shorter(self, history: History) -> History:
        """Where a listed history backs off to."""
        return (
            self.state_after((), history[-1]) if len(history) > 1 else (kind_state(self.kinds[history[0]]),)
        )


def kind_state(kind: str) -> str:
    """What stands in a history for any word of a kind."""
    return f"#{kind}"


def estimate(
    sentences: Sequence[Sequence[str]],
    vocabulary: Sequence[str],
    shape: Shape,
    general: General | None = None,
) -> LanguageModel:
    """The model of cut sentences; words outside the vocabulary may not occur in them."""
    general = general or General()
    counts: list[dict[History, Counter[str]]] = [defaultdict(Counter) for _ in range(shape.order)]
    pairs: Counter[tuple[str, str]] = Counter()
    for sentence in sentences:
        words = [START, *sentence, END]
        for place in range(1, len(words)):
            pairs[words[place - 1], words[place]] += 1
            for length in range(min(shape.order, place + 1)):
                counts[length][tuple(words[place - length : place])][words[place]] += 1
    model = _of_kinds(counts[0][()], pairs, vocabulary, shape, general)
    for length in range(1, shape.order):
        cutoff = shape.cutoff if length == shape.order - 1 and shape.order > 2 else 1
        for history, following in sorted(counts[length].items()):
            kept = {word: count for word, count in sorted(following.items()) if count >= cutoff}
            if kept and (length == 1 or history[1:] in model.listed):
                _interpolate(model, history, kept, shape)
    return model


def _of_kinds(
    counts: Counter[str],
    pairs: Counter[tuple[str, str]],
    vocabulary: Sequence[str],
    shape: Shape,
    general: General,
) -> LanguageModel:
    """The model that knows of the words before only the kind of the last."""
    kinds = {word: general.kind(word) for word in vocabulary} | {START: START_KIND, END: END_KIND}
    members: dict[str, list[str]] = defaultdict(list)
    for word in [*vocabulary, END]:
        members[kinds[word]].append(word)
    within: dict[str, float] = {}
    for words in members.values():
        own = {word: counts.get(word, 0) ** shape.damping for word in words}
        usual = {word: general.count(word) ** shape.damping for word in words}
        within |= _mixed(dict.fromkeys(words, 1.0), own, usual, shape)
    rows: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for (first, second), count in pairs.items():
        rows[kinds[first]][kinds[second]] += count**shape.damping
    sizes = {kind: float(len(words)) for kind, words in members.items()}
    following = {
        kind: _mixed(sizes, rows[kind], general.following.get(kind, {}), shape)
        for kind in [START_KIND, *members]
    }
    kinds |= {kind_state(kind): kind for kind in following}
    return LanguageModel(within, kinds, following)


def _mixed(
    even: Mapping[str, float], own: Mapping[str, float], usual: Mapping[str, float], shape: Shape
) -> dict[str, float]:
    """Shares of each key of `even`, drawn from all three; what one has nothing to say of, the others fill."""
    totals = [sum(weights.get(key, 0.0) for key in even) for weights in (even, own, usual)]
    usual_share = shape.general if totals[2] else 0.0
    own_share = 1 - shape.uniform - usual_share if totals[1] else 0.0
    even_share = 1 - own_share - usual_share
    return {
        key: even_share * weight / totals[0]
        + own_share * own.get(key, 0.0) / (totals[1] or 1)
        + usual_share * usual.get(key, 0.0) / (totals[2] or 1)
        for key, weight in even.items()
    }


def _interpolate(model: LanguageModel, history: History, following: dict[str, int], shape: Shape) -> None:
    """Witten and Bell: the more different words have followed, the more is left for yet another one."""
    damped = {word: count**shape.damping for word, count in following.items()}
    total = sum(damped.values())
    left = max(shape.least_backoff, len(damped) / (len(damped) + total))
    shorter = model.shorter(history)
    listed = {
        word: (1 - left) * count / total + left * model.probability(word, shorter)
        for word, count in damped.items()
    }
    # Listed words too have their part of what is left, so the same weight backs off to all others.
    model.listed[history] = listed
    model.backoff[history] = left
