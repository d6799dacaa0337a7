"""Finds the places that a caller may have named, by how what was heard sounds."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from hotline.domain.dialect import folded
from hotline.domain.places import Place

MAX_HEARD = 120  # syllables, half a minute of talk; of more, the first
_FOUND = 5
_ALIGNED = 24  # candidates that are compared syllable by syllable
_READ = 3_000  # entries of the index; common pairs are left unread beyond it
_LIKE_ENOUGH = 0.7
_HOMOPHONE = 0.02  # what a syllable costs that was written otherwise
_NEAR = 0.12  # … that a dialect says so
_HALF = 0.6  # … of which only the beginning or only the end is right
_GAP = 0.8  # one too many, or one missing
_WEIGHT_OF_COST = 2.0


@dataclass(frozen=True, slots=True)
class Sound:
    """One character as it was written, its syllable, and that syllable folded."""

    char: str
    syllable: str
    fold: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFind:
    """A place that may be meant; `heard` is what was written for it, `likeness` is 1 for its very name."""

    place: Place
    heard: str
    likeness: float


def sounds_of(text: str, syllables: Sequence[str], *, breath: bool = True) -> tuple[Sound, ...]:
    """A text of Chinese characters only, with one syllable for each."""
    return tuple(
        Sound(char, syllable, folded(syllable, breath=breath))
        for char, syllable in zip(text, syllables, strict=True)
    )


class Gazetteer:
    """Knows names by their sounds. An index by pairs of syllables finds candidates; alignment decides."""

    def __init__(self, names: Iterable[tuple[Place, tuple[Sound, ...]]]) -> None:
        self._names = [(place, sounds) for place, sounds in names if sounds]
        self._index: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, (_, sounds) in enumerate(self._names):
            for pair in set(_pairs(sounds)):
                self._index[pair].append(number)

    def __len__(self) -> int:
        return len(self._names)

    def find(self, heard: Sequence[Sound], count: int = _FOUND) -> list[PlaceFind]:
        """The likeliest places in a sentence or of a name by itself, best first; each place once."""
        heard = heard[:MAX_HEARD]
        finds: dict[Place, tuple[float, int, str]] = {}
        for number in self._candidates(heard):
            place, sounds = self._names[number]
            cost, start, end = _align(sounds, heard)
            likeness = 1 - cost / len(sounds)
            if likeness < _LIKE_ENOUGH:
                continue
            found = (round(likeness, 4), len(sounds), "".join(sound.char for sound in heard[start:end]))
            finds[place] = max(finds.get(place, found), found, key=_rank)
        ordered = sorted(finds.items(), key=lambda item: (_rank(item[1]), item[0].name), reverse=True)
        return [
            PlaceFind(place=place, heard=text, likeness=like) for place, (like, _, text) in ordered[:count]
        ]

    def _candidates(self, heard: Sequence[Sound]) -> list[int]:
        """The names that share the most, and the rarest, pairs of syllables with what was heard."""
        known = {pair: self._index[pair] for pair in _pairs(heard) if pair in self._index}
        points: dict[int, float] = defaultdict(float)
        read = 0
        for numbers in sorted(known.values(), key=len):
            if read and read + len(numbers) > _READ:
                break
            read += len(numbers)
            worth = 1 / (2 + len(numbers)) ** 0.25
            for number in numbers:
                points[number] += worth
        for number in points:
            points[number] /= (len(self._names[number][1]) + 1) ** 0.5
        return heapq.nlargest(_ALIGNED, points, key=points.__getitem__)


def _rank(found: tuple[float, int, str]) -> float:
    """Each syllable speaks for a place, and what it costs against it: 东关大街 before 大街."""
    likeness, length, _ = found
    return length * (1 - _WEIGHT_OF_COST * (1 - likeness))


def _pairs(sounds: Sequence[Sound]) -> Iterator[tuple[str, str]]:
    """Neighbours, and those with one between them, so that one wrong syllable leaves something to find by."""
    for first, second in pairwise(sounds):
        yield first.fold, second.fold
    for first, third in zip(sounds, sounds[2:], strict=False):
        yield f"{first.fold}-", third.fold


def _align(name: Sequence[Sound], heard: Sequence[Sound]) -> tuple[float, int, int]:
    """The cheapest way to hear `name` somewhere in `heard` (edit distance): cost, start, end."""
    row: list[tuple[float, int]] = [(0.0, start) for start in range(len(heard) + 1)]
    for wanted in name:
        following = [(row[0][0] + _GAP, row[0][1])]
        for place, said in enumerate(heard, start=1):
            swapped = (row[place - 1][0] + _cost(wanted, said), row[place - 1][1])
            missing = (row[place][0] + _GAP, row[place][1])
            extra = (following[-1][0] + _GAP, following[-1][1])
            following.append(min(swapped, missing, extra))
        row = following
    end = min(range(len(row)), key=lambda place: row[place][0])
    return row[end][0], row[end][1], end


def _cost(wanted: Sound, said: Sound) -> float:
    if wanted.char == said.char:
        return 0.0
    if wanted.syllable == said.syllable:
        return _HOMOPHONE
    if wanted.fold == said.fold:
        return _NEAR
    return _HALF if _halves_meet(wanted.fold, said.fold) else 1.0


def _halves_meet(one: str, other: str) -> bool:
    first, second = _final(one), _final(other)
    return first == second or one.removesuffix(first) == other.removesuffix(second) != ""


@lru_cache(maxsize=4096)
def _final(syllable: str) -> str:
    """Of the few hundred syllables that there are."""
    for place, letter in enumerate(syllable):
        if letter in "aeiouv":
            return syllable[place:]
    return syllable
