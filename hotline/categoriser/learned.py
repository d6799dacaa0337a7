"""What was learned beside the topics file: a model whose labels are topics, as one more kind of evidence."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hotline.categoriser.model import Model, model_from
from hotline.categoriser.openings import Openings
from hotline.domain.categorise import Categoriser, Sharing
from hotline.domain.errors import Invalid
from hotline.domain.evidence import ExampleFinder, Find, WordFinder
from hotline.domain.topics import Topics

MAX_BYTES = 300_000_000
_LOOKED_AT = 8  # the likeliest topics of the model; the rest of its opinion is noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """`weight`: what the model's opinion counts beside the topics file; `sharing` is for both."""

    model: Model
    weight: float
    sharing: Sharing

    def to_bytes(self) -> bytes:
        """A file of arrays; nothing in it is run when it is read."""
        file = io.BytesIO()
        blend = np.array([self.weight, self.sharing.sharpness, self.sharing.nothing])
        np.savez_compressed(file, allow_pickle=False, blend=blend, **self.model.arrays())
        return file.getvalue()

    @classmethod
    def from_bytes(cls, raw: bytes, sha256: str, name: str) -> "Learned":
        """Invalid in one line for anything but the very bytes that were written with this hash."""
        if hashlib.sha256(raw).hexdigest() != sha256:
            raise Invalid(f"{name} is not the file that was written: its hash differs")
        try:
            with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
                weight, sharpness, nothing = (float(value) for value in arrays["blend"])
                model = model_from(arrays, name)
        except Invalid:
            raise
        except Exception as problem:  # numpy, zipfile and zlib each have errors of their own
            raise Invalid(f"{name} is not a version of the categoriser") from problem
        if not all(np.isfinite([weight, sharpness, nothing])):
            raise Invalid(f"{name} is a damaged version: its numbers are none")
        return cls(model=model, weight=weight, sharing=Sharing(sharpness, nothing))


class LearnedFinder:
    """Implements Finder: how much likelier than by chance the model holds a topic to be."""

    def __init__(self, model: Model, weight: float, openings: Openings) -> None:
        self._model = model
        self._weight = weight
        self._openings = openings

    def find(self, sentence: str) -> Iterator[Find]:
        sentence = self._openings.without(sentence)
        if not sentence:
            return
        for verdict in self._model.opinions(sentence, _LOOKED_AT):
            above_chance = float(np.log(max(verdict.probability, 1e-9) * len(self._model.labels)))
            if above_chance <= 0:
                return
            # What no reason can be given for is not suggested.
            if verdict.because and verdict.because[0] in sentence:
                yield Find(
                    verdict.label, self._weight * above_chance, verdict.because[0], False, learned=True
                )


def categoriser_of(topics: Topics, learned: Learned | None, version: int = 0) -> Categoriser:
    """The topics file's own evidence, and beside it what was learned, if anything was."""
    if learned is None:
        return Categoriser(topics)
    finders = (
        WordFinder(topics),
        ExampleFinder(topics),
        LearnedFinder(learned.model, learned.weight, Openings(topics)),
    )
    return Categoriser(topics, finders, learned.sharing, version)
