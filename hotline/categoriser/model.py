"""A trained categoriser: weights as plain arrays, scored without scikit-learn, explained by words."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline.categoriser.features import BLOCKS, SOUNDS, WORDS, Keys, keys_of, normalised, text_of
from hotline.domain.errors import Invalid

Floats = NDArray[np.float32]
Found = tuple[NDArray[np.intp], Floats]
_SPANS = (2, 3)  # characters that are shown as a reason
_FORM = 1  # of the file; a model of another form is refused instead of misread


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The known groups of one block, sorted, with how rare each is."""

    keys: Keys
    rarity: Floats

    def find(self, keys: Keys) -> Found:
        """Where the known ones of a message stand, and their values: of many, each counts less."""
        if not len(keys) or not len(self.keys):
            return np.empty(0, np.intp), np.empty(0, np.float32)
        ordered = np.sort(keys)
        first = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        counts = np.diff(np.append(first, len(ordered)))
        places = np.searchsorted(self.keys, ordered[first])
        places[places == len(self.keys)] = 0
        known = self.keys[places] == ordered[first]
        places = places[known]
        values = (1.0 + np.log(counts[known])).astype(np.float32) * self.rarity[places]
        length = float(np.sqrt(np.dot(values, values)))
        return places, values / np.float32(length) if length else values


@dataclass(frozen=True, slots=True)
class Verdict:
    """One label with its probability, and the words of the message that spoke for it."""

    label: str
    probability: float
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Linear: one weight for each known group and label; `sharpness` makes margins into probabilities."""

    labels: tuple[str, ...]
    vocabularies: tuple[Vocabulary, ...]
    weights: tuple[Floats, ...]
    offsets: Floats
    sharpness: float

    def margins(self, text: str) -> Floats:
        """How much speaks for each label."""
        return self._add_up(self._found(text))

    def probabilities(self, text: str) -> NDArray[np.float64]:
        """For each label, in the order of `labels`; they add up to 1."""
        return softmax(self.margins(text), self.sharpness)

    def best(self, text: str, count: int = 3) -> list[Verdict]:
        """The likeliest labels, best first, with what they rest on."""
        found = self._found(text)
        chances = softmax(self._add_up(found), self.sharpness)
        order = np.argsort(-chances, kind="stable")[:count]
        reasons = self._reasons(found)
        return [Verdict(self.labels[i], float(chances[i]), reasons.of(int(i))) for i in order]

    def _found(self, text: str) -> list[Found]:
        keys = keys_of(normalised(text))
        return [known.find(said) for known, said in zip(self.vocabularies, keys, strict=True)]

    def _add_up(self, found: list[Found]) -> Floats:
        total = self.offsets.copy()
        for (places, values), weights in zip(found, self.weights, strict=True):
            total += values @ weights[places]
        return total

    def _reasons(self, found: list[Found]) -> "Reasons":
        places, values = found[WORDS]
        return Reasons(self.vocabularies[WORDS].keys[places], values[:, None] * self.weights[WORDS][places])

    def opinions(self, text: str, count: int) -> list[Verdict]:
        """Like `best`, with one reason each: the characters that say most, be it by their sound alone."""
        text = normalised(text)
        keys = keys_of(text)
        found = [known.find(said) for known, said in zip(self.vocabularies, keys, strict=True)]
        chances = softmax(self._add_up(found), self.sharpness)
        order = np.argsort(-chances, kind="stable")[:count]
        spans = [(start, start + n) for n in _SPANS for start in range(max(0, len(text) - n + 1))]
        if not spans:
            return [Verdict(self.labels[i], float(chances[i])) for i in order]
        # The last so many groups of both blocks are those of two and three.
        speaks = self._speaks(WORDS, keys[WORDS][-len(spans) :])
        speaks += self._speaks(SOUNDS, keys[SOUNDS][-len(spans) :])
        strongest = np.argmax(speaks, axis=0)
        verdicts = []
        for i in order:
            start, end = spans[strongest[i]]
            because = (text[start:end],) if speaks[strongest[i], i] > 0 else ()
            verdicts.append(Verdict(self.labels[i], float(chances[i]), because))
        return verdicts

    def _speaks(self, block: int, keys: Keys) -> Floats:
        """How much each group speaks for each label, beside what it says for all."""
        known, weights = self.vocabularies[block], self.weights[block]
        if not len(known.keys):
            return np.zeros((len(keys), len(self.labels)), np.float32)
        places = np.minimum(np.searchsorted(known.keys, keys), len(known.keys) - 1)
        heard = (known.keys[places] == keys) * known.rarity[places]
        rows = weights[places]
        speaks: Floats = (rows - rows.mean(axis=1, keepdims=True)) * heard[:, None]
        return speaks

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """All that the model is, by name; `model_from` makes it again."""
        arrays: dict[str, NDArray[np.generic]] = {
            "form": np.array([_FORM]),
            "labels": np.array(self.labels),
            "offsets": self.offsets,
            "sharpness": np.array([self.sharpness]),
        }
        for number, (vocabulary, weights) in enumerate(zip(self.vocabularies, self.weights, strict=True)):
            arrays[f"keys{number}"] = vocabulary.keys
            arrays[f"rarity{number}"] = vocabulary.rarity
            arrays[f"weights{number}"] = weights
        return arrays

    def save(self, path: Path) -> None:
        """One file of arrays; nothing in it is run when it is read."""
        with path.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **self.arrays())


def load_model(path: Path) -> Model:
    """Invalid in one line where the file is not a whole model of this form."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return model_from(arrays, path.name)
    except Invalid:
        raise
    except Exception as problem:  # numpy, zipfile and zlib each have errors of their own for a broken file
        raise Invalid(f"{path.name} is not a model of the categoriser") from problem


def model_from(arrays: Mapping[str, NDArray[Any]], name: str) -> Model:
    """The model of these arrays; `name` is the file's, for the sentence about what is wrong with it."""
    if int(arrays["form"][0]) != _FORM:
        raise Invalid(f"{name} was written by another version of the categoriser")
    blocks = range(len(BLOCKS))
    model = Model(
        labels=tuple(str(label) for label in arrays["labels"]),
        vocabularies=tuple(Vocabulary(arrays[f"keys{n}"], arrays[f"rarity{n}"]) for n in blocks),
        weights=tuple(arrays[f"weights{n}"] for n in blocks),
        offsets=arrays["offsets"],
        sharpness=float(arrays["sharpness"][0]),
    )
    _check(model, name)
    return model


def _check(model: Model, name: str) -> None:
    count = len(model.labels)
    whole = count >= 2 and model.offsets.shape == (count,) and np.isfinite(model.sharpness)
    for vocabulary, weights in zip(model.vocabularies, model.weights, strict=True):
        whole = whole and weights.shape == (len(vocabulary.keys), count)
        whole = whole and vocabulary.rarity.shape == vocabulary.keys.shape
    if not whole:
        raise Invalid(f"{name} is a damaged model: its parts do not fit together")


class Reasons:
    """The groups of one message with their weight for each label."""

    _COUNT = 5
    _LOOKED_AT = 40  # the strongest; reading them all would take longer than deciding did

    def __init__(self, keys: Keys, contributions: Floats) -> None:
        self._keys = keys
        # What speaks for every label speaks for none.
        self._weights = contributions - contributions.mean(axis=1, keepdims=True)

    def of(self, label: int) -> tuple[str, ...]:
        """Words of two characters or more, strongest first; none twice, and none inside another."""
        weights = self._weights[:, label]
        strongest = np.arange(len(weights))
        if len(weights) > self._LOOKED_AT:
            strongest = np.argpartition(-weights, self._LOOKED_AT)[: self._LOOKED_AT]
        chosen: list[str] = []
        for place in strongest[np.argsort(-weights[strongest], kind="stable")]:
            word = text_of(int(self._keys[place]))
            if weights[place] <= 0 or len(chosen) == self._COUNT:
                break
            if len(word) > 1 and word.isalnum() and not any(word in one or one in word for one in chosen):
                chosen.append(word)
        return tuple(chosen)


def softmax(margins: NDArray[np.floating], sharpness: float) -> NDArray[np.float64]:
    """Each row adds up to 1."""
    scaled = margins.astype(np.float64) * sharpness
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
