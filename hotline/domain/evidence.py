"""What in a sentence speaks for which topic: the words of the topics file, and how like an example it is.

A finder that goes by sound (pinyin) has its place here: it is one more `Finder`, whose finds are weaker.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from hotline.domain.topics import Topics

# Longer words are more certain: one character is often a part of something else.
_LENGTH = {1: 0.45, 2: 1.0, 3: 1.35, 4: 1.6}
_LONGEST = 1.75
_INSIDE = 0.5  # a word that is only a part of a longer one of another topic
_LIKENESS = 3.5
_LEAST = 10.0  # pairs; of a shorter sentence a large share is still little
_PARTICLES = frozenset("了的吗呢么吧啊是在有不没很都一我你他她们这那里")
_RARE = 0.55  # share of the highest weight at which a pair of characters says something


@dataclass(frozen=True, slots=True)
class Find:
    """`because` speaks for `topic` with this weight; without it, for the topic's examples."""

    topic: str
    weight: float
    because: str
    is_word: bool = True
    learned: bool = False  # from what seats chose, not from the topics file


class Finder(Protocol):
    """One way of finding evidence in a sentence without spaces."""

    def find(self, sentence: str) -> Iterable[Find]: ...


class WordFinder:
    """The words of the topics file, longest first, each weighted by how few topics it is spoken of in."""

    def __init__(self, topics: Topics) -> None:
        owners: dict[str, list[str]] = defaultdict(list)
        for topic in topics.topics:
            for word in {*topic.words, topic.name}:
                owners[word].append(topic.id)
        spoken = {topic.id: "|".join((*topic.words, *topic.examples, topic.name)) for topic in topics.topics}
        self._finds: dict[str, list[Find]] = {}
        for word, ids in owners.items():
            spread = sum(word in text for text in spoken.values())
            rarity = math.log(1 + len(spoken) / max(1, spread)) / math.log(1 + max(1, len(spoken)))
            weight = rarity * _LENGTH.get(len(word), _LONGEST)
            self._finds[word] = [Find(topic, weight, word) for topic in ids]
        self._longest = max(map(len, owners), default=0)

    def find(self, sentence: str) -> Iterator[Find]:
        """Each word once, however often it is said."""
        covered_to, inside, outside = 0, set[str](), set[str]()
        for start, end in self._spans(sentence):
            word = sentence[start:end]
            (inside if end <= covered_to else outside).add(word)
            covered_to = max(covered_to, end)
        for word in outside:
            yield from self._finds[word]
        of_outside = {find.topic for word in outside for find in self._finds[word]}
        for word in inside - outside:
            for find in self._finds[word]:
                if find.topic not in of_outside:
                    yield Find(find.topic, find.weight * _INSIDE, word)

    def _spans(self, sentence: str) -> Iterator[tuple[int, int]]:
        for start in range(len(sentence)):
            for length in range(min(self._longest, len(sentence) - start), 0, -1):
                if sentence[start : start + length] in self._finds:
                    yield start, start + length


class ExampleFinder:
    """Likeness to the examples by pairs of characters; weaker than a word, but it knows what no word says."""

    def __init__(self, topics: Topics) -> None:
        self._pairs: dict[str, set[str]] = {
            topic.id: {
                pair for text in (*topic.examples, *topic.words, topic.name) for pair in _pairs_of(text)
            }
            for topic in topics.topics
        }
        count = Counter(pair for pairs in self._pairs.values() for pair in pairs)
        total = max(1, len(self._pairs))
        self._highest = math.log(1 + total)
        self._weights = {pair: math.log(1 + total / spread) for pair, spread in count.items()}
        self._topics: dict[str, list[str]] = defaultdict(list)
        for topic, pairs in self._pairs.items():
            for pair in pairs:
                self._topics[pair].append(topic)

    def find(self, sentence: str) -> Iterator[Find]:
        """The share of what the sentence says that the topic's examples say as well."""
        said = _pairs_of(sentence)
        everything = sum(self._weights.get(pair, self._highest / 2) for pair in said)
        everything = max(everything, _LEAST * self._highest)
        shares: dict[str, float] = defaultdict(float)
        for pair in said:
            for topic in self._topics.get(pair, ()):
                # Squared, for a pair that everybody says should not add up to something.
                shares[topic] += self._weights[pair] ** 2 / self._highest
        pairs = [first + second for first, second in pairwise(sentence)]
        telling = [self._weights.get(pair, 0.0) >= _RARE * self._highest for pair in pairs]
        for topic, share in shares.items():
            start, end = _longest_run(pairs, telling, self._pairs[topic])
            yield Find(topic, _LIKENESS * share / everything, sentence[start:end], False)


def _longest_run(pairs: Sequence[str], telling: Sequence[bool], known: set[str]) -> tuple[int, int]:
    """The first of the longest stretches that are all `known` and hold a pair that says something."""
    best, start, tells = (0, 0), 0, False
    for number, pair in enumerate(pairs):
        if pair not in known:
            start, tells = number + 1, False
            continue
        tells = tells or telling[number]
        if tells and number + 2 - start > best[1] - best[0]:
            best = (start, number + 2)
    return best


class KinFinder:
    """Topics that share single characters with what spoke for another: too little to decide, enough to offer.

    A seat who hears that it is not the first suggestion finds the next likely ones beside it.
    """

    def __init__(self, topics: Topics) -> None:
        self._category = {topic.id: topic.category for topic in topics.topics}
        self._topics: dict[str, list[str]] = defaultdict(list)
        for topic in topics.topics:
            for char in {*topic.name, *"".join(topic.words)} - _PARTICLES:
                self._topics[char].append(topic.id)
        self._weights = {
            char: math.log(1 + len(topics.topics) / len(ids)) for char, ids in self._topics.items()
        }

    def kin(self, because: str, sentence: str, known: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
        """Other topics than `known` (best first), most alike first, with what they share with `sentence`.

        A character of `because`, what the best topic rests on, counts twice; so does the best's category.
        """
        said = {char: self._weights.get(char, 0.0) * (2 if char in because else 1) for char in sentence}
        shared: dict[str, list[str]] = defaultdict(list)
        for char in said:
            for topic in self._topics.get(char, ()):
                shared[topic].append(char)
        for topic in known:
            shared.pop(topic, None)
        best = self._category[known[0]]
        alike = {
            topic: sum(said[char] for char in chars) * (2 if self._category[topic] == best else 1)
            for topic, chars in shared.items()
        }
        return [
            (topic, tuple(shared[topic])) for topic in sorted(alike, key=lambda topic: (-alike[topic], topic))
        ]


def _pairs_of(text: str) -> set[str]:
    return {first + second for first, second in pairwise(text)}
