"""The kind of a matter, from the words that callers use for it and from what is usual for its topic."""

from collections.abc import Sequence

from hotline.domain.heard import KindHeard
from hotline.domain.topics import Topics

_LENGTH = {1: 0.5, 2: 1.0, 3: 1.3}
_LONGEST = 1.6
_USUAL = 1.0  # what the topic's usual kind counts beside the words
_ENOUGH = 0.9
_MAX_BECAUSE = 3


class KindFinder:
    """Words of the four kinds, longest first; a word inside a longer one does not count."""

    def __init__(self, topics: Topics) -> None:
        self._kinds = {word: kind.id for kind in topics.kinds for word in kind.words}
        self._usual = {topic.id: (topic.kind, topic.name) for topic in topics.topics if topic.kind}
        self._order = [kind.id for kind in topics.kinds]
        self._longest = max(map(len, self._kinds), default=0)

    def find(self, sentence: str, likely: Sequence[tuple[str, float]]) -> KindHeard | None:
        """`likely` are topics with their probabilities. None where too little speaks for any kind."""
        found: dict[str, list[str]] = {kind: [] for kind in self._order}
        for word in self._words(sentence):
            if word not in found[self._kinds[word]]:
                found[self._kinds[word]].append(word)
        weights = {
            kind: sum(_LENGTH.get(len(word), _LONGEST) for word in words) for kind, words in found.items()
        }
        names: dict[str, str] = {}
        for topic, probability in likely:
            kind, name = self._usual.get(topic, ("", ""))
            if kind in weights:
                weights[kind] += _USUAL * probability
                names.setdefault(kind, name)
        best = max(weights, key=lambda kind: weights[kind], default=None)
        if best is None or weights[best] < _ENOUGH * (0.5 if likely else 1):
            return None
        because = tuple(found[best][:_MAX_BECAUSE]) or tuple(filter(None, [names.get(best, "")]))
        return KindHeard(kind=best, because=because)

    def _words(self, sentence: str) -> list[str]:
        words, start = [], 0
        while start < len(sentence):
            lengths = range(min(self._longest, len(sentence) - start), 0, -1)
            word = next((w for n in lengths if (w := sentence[start : start + n]) in self._kinds), None)
            words += [word] if word else []
            start += len(word) if word else 1
        return words
