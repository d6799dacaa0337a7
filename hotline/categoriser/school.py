"""Learns a version from the topics file and from what seats chose; marks it on what was held back."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize_scalar

from hotline.categoriser.damage import misheard
from hotline.categoriser.figures import calibration_error
from hotline.categoriser.learned import Learned, LearnedFinder, categoriser_of
from hotline.categoriser.training import train
from hotline.categoriser.versions import Pointer, VersionFolder
from hotline.domain.categorise import Categoriser, Sharing, shares, spoken
from hotline.domain.courtesy import without_courtesy
from hotline.domain.learning import Lesson, Marks
from hotline.domain.topics import Topic, Topics

MOST_LESSONS = 20_000  # the newest; a city of 59,000 calls a year says little new before that
_FOLDS = 3
_WEIGHTS = (0.15, 0.3, 0.5, 0.8, 1.2)  # of the model's opinion, tried beside the topics file
_TRUSTED = 200  # lessons, from which on probabilities are made for callers rather than for examples
_MISHEARD = 0.2  # of the characters: examples are written, callers are heard
_SEED = 12341
_Said = tuple[str, str]  # what was said, the topic it is about
_Evidence = tuple[dict[str, float], str]


def learn(topics: Topics, lessons: Sequence[Lesson]) -> Learned:
    """The same topics and lessons give the same version. Raises Invalid where there is nothing to learn."""
    known = topics.ids()
    said = [(lesson.words, lesson.topic) for lesson in lessons if lesson.topic in known][-MOST_LESSONS:]
    model = train(*_columns([*_of_topics(topics.topics), *said]))
    parts = list(_folds(topics, said, model.sharpness))
    weight, sharpness = min(
        (_sharpness_of(weight, parts) for weight in _WEIGHTS),
        key=lambda found: found[2],
    )[:2]
    return Learned(model=model, weight=weight, sharing=Sharing(sharpness))


def marks(topics: Topics, learned: Learned | None, lessons: Sequence[Lesson]) -> Marks:
    """Of messages whose topics are still in the file; without any, all marks are 0."""
    categoriser = categoriser_of(topics, learned)
    told = [(categoriser.understand(lesson.words).suggestions, lesson.topic) for lesson in lessons]
    told = [(suggestions, topic) for suggestions, topic in told if topic in topics.ids()]
    if not told:
        return Marks(count=0, first=0.0, first_three=0.0, calibration_error=0.0)
    firsts = [(s[0].topic, s[0].score) if s else ("", 0.0) for s, _ in told]
    chances = np.array([[score, 0.0] for _, score in firsts])
    truth = [
        "right" if name == topic else "wrong" for (name, _), (_, topic) in zip(firsts, told, strict=True)
    ]
    return Marks(
        count=len(told),
        first=round(truth.count("right") / len(told), 4),
        first_three=round(sum(any(s.topic == topic for s in found) for found, topic in told) / len(told), 4),
        calibration_error=round(calibration_error(truth, ["right", "never"], chances), 4),
    )


def _of_topics(topics: Sequence[Topic]) -> Iterator[_Said]:
    for topic in topics:
        for text in dict.fromkeys((topic.name, *topic.words, *topic.examples)):
            yield text, topic.id


def _columns(said: Sequence[_Said]) -> tuple[list[str], list[str]]:
    """As the speech process hears them: without courtesies, spaces and marks."""
    rows = [(without_courtesy(spoken(text)) or text, topic) for text, topic in said]
    return [text for text, _ in rows], [topic for _, topic in rows]


def _folds(
    topics: Topics, said: Sequence[_Said], sharpness: float
) -> Iterator[list[tuple[_Evidence, dict[str, float]]]]:
    """For each held-back message: what the topics file says, what the model says, and the truth."""
    rng = random.Random(_SEED)  # noqa: S311  # repeatable, not secret
    for fold in range(_FOLDS):
        kept = tuple(
            replace(t, examples=tuple(e for n, e in enumerate(t.examples) if n % _FOLDS != fold))
            for t in topics.topics
        )
        examples = [(e, t.id) for t in topics.topics for n, e in enumerate(t.examples) if n % _FOLDS == fold]
        examples += [(misheard(example, _MISHEARD, rng), topic) for example, topic in examples]
        learned_from = [row for n, row in enumerate(said) if n % _FOLDS != fold]
        tried = [row for n, row in enumerate(said) if n % _FOLDS == fold]
        rules = Categoriser(replace(topics, topics=kept))
        model = train(*_columns([*_of_topics(kept), *learned_from]), sharpness=sharpness)
        finder = LearnedFinder(model, 1.0)
        yield [
            (
                (rules.evidence(text), topic),
                {find.topic: find.weight for find in finder.find(without_courtesy(spoken(text)))},
            )
            for text, topic in (tried if len(said) >= _TRUSTED else [*examples, *tried])
        ]


def _sharpness_of(
    weight: float, parts: Sequence[list[tuple[_Evidence, dict[str, float]]]]
) -> tuple[float, float, float]:
    """The weight, the sharpness that surprises least with it, and how much that still surprises."""
    together = []
    for (by_rules, topic), by_model in (row for part in parts for row in part):
        both = by_rules | {t: by_rules.get(t, 0.0) + weight * value for t, value in by_model.items()}
        together.append((both, topic))

    def surprise(sharpness: float) -> float:
        chances = [shares(both, Sharing(sharpness)).get(topic, 0.0) for both, topic in together]
        return float(-np.mean(np.log(np.maximum(chances, 1e-3))))

    best = minimize_scalar(surprise, bounds=(0.5, 5.0), method="bounded", options={"xatol": 0.05})
    return weight, round(float(best.x), 3), float(best.fun)


class TopicsSchool:
    """Implements School on the topics file as it is now, and the folder of versions."""

    def __init__(self, topics: Callable[[], Topics], folder: VersionFolder) -> None:
        self._topics = topics
        self._folder = folder

    def fingerprint(self) -> str:
        return self._topics().fingerprint()

    def teach(self, number: int, lessons: Sequence[Lesson]) -> str:
        return self._folder.write(number, learn(self._topics(), lessons))

    def mark(self, number: int, sha256: str, lessons: Sequence[Lesson]) -> Marks:
        learned = self._folder.load(Pointer(number, sha256)) if number else None
        return marks(self._topics(), learned, lessons)

    def put_in_force(self, number: int, sha256: str) -> None:
        self._folder.put_in_force(Pointer(number, sha256) if number else None)
