"""Learns a version from the topics file and from what seats chose; marks it on what was held back."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from hotline.categoriser.damage import misheard
from hotline.categoriser.figures import calibration_error
from hotline.categoriser.learned import Learned, LearnedFinder, categoriser_of
from hotline.categoriser.openings import Openings
from hotline.categoriser.sharing import Trial, fit
from hotline.categoriser.training import Recipe, train
from hotline.categoriser.versions import Pointer, VersionFolder
from hotline.domain.categorise import Categoriser, spoken
from hotline.domain.courtesy import without_courtesy
from hotline.domain.ids import CallId
from hotline.domain.learning import Lesson, Marks
from hotline.domain.topics import Topic, Topics

MOST_LESSONS = 20_000  # the newest; a city of 59,000 calls a year says little new before that
_FOLDS = 3
_RECIPE = Recipe(seen_in=1, seen_in_many=1)  # a topic has a dozen short rows: every group counts
_TRUSTED = 200  # lessons, from which on probabilities are made for callers rather than for examples
_MISHEARD = 0.2  # of the characters: examples are written, callers are heard
_SEED = 12341
_NOTHING = ""  # the truth about what people say before they come to their matter
_Said = tuple[str, str]  # what was said, the topic it is about


def learn(topics: Topics, lessons: Sequence[Lesson]) -> Learned:
    """The same topics and lessons give the same version. Raises Invalid where there is nothing to learn."""
    known = topics.ids()
    said = [(lesson.words, lesson.topic) for lesson in lessons if lesson.topic in known][-MOST_LESSONS:]
    model = train(*_columns(topics, [*_of_topics(topics.topics), *said]), _RECIPE)
    weight, sharing = fit([*_trials(topics, said, model.sharpness)])
    return Learned(model=model, weight=weight, sharing=sharing)


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


def examine(topics: Topics) -> tuple[Marks, Marks]:
    """Where nobody chose anything yet: a version and the topics file alone, both without every third example,
    marked on these, as written and as misheard.
    """
    rng = random.Random(_SEED)  # noqa: S311  # repeatable, not secret
    part = _without_fold(topics, 0)
    asked = [Lesson(CallId(""), text, topic) for text, topic in _examples(topics, 0, rng)]
    return marks(part, learn(part, ()), asked), marks(part, None, asked)


def _of_topics(topics: Sequence[Topic]) -> Iterator[_Said]:
    for topic in topics:
        for text in dict.fromkeys((topic.name, *topic.words, *topic.examples)):
            yield text, topic.id


def _columns(topics: Topics, said: Sequence[_Said]) -> tuple[list[str], list[str]]:
    """As the finder reads them: from the matter on, without spaces and marks."""
    openings = Openings(topics)
    rows = [(openings.without(spoken(text)) or text, topic) for text, topic in said]
    return [text for text, _ in rows], [topic for _, topic in rows]


def _trials(topics: Topics, said: Sequence[_Said], sharpness: float) -> Iterator[Trial]:
    """Every message once, by a model and a topics file that did not have it."""
    rng = random.Random(_SEED)  # noqa: S311  # repeatable, not secret
    for fold in range(_FOLDS):
        part = _without_fold(topics, fold)
        learned_from = [row for n, row in enumerate(said) if n % _FOLDS != fold]
        model = train(*_columns(part, [*_of_topics(part.topics), *learned_from]), _RECIPE, sharpness)
        rules, finder = Categoriser(part), LearnedFinder(model, 1.0, Openings(part))
        for text, topic in _held_back(topics, said, fold, rng):
            matter = without_courtesy(spoken(text))
            yield Trial(rules.evidence(text), {f.topic: f.weight for f in finder.find(matter)}, topic)


def _without_fold(topics: Topics, fold: int) -> Topics:
    kept = (
        replace(t, examples=tuple(e for n, e in enumerate(t.examples) if n % _FOLDS != fold))
        for t in topics.topics
    )
    return replace(topics, topics=tuple(kept))


def _held_back(topics: Topics, said: Sequence[_Said], fold: int, rng: random.Random) -> Iterator[_Said]:
    """What callers said; as long as that is little, the examples too, as written and as misheard."""
    yield from said[fold::_FOLDS]
    if len(said) < _TRUSTED:
        yield from _examples(topics, fold, rng)
    yield from _beginnings(topics, fold)


def _examples(topics: Topics, fold: int, rng: random.Random) -> Iterator[_Said]:
    """As written, then as misheard."""
    examples = [(example, topic.id) for topic in topics.topics for example in topic.examples[fold::_FOLDS]]
    yield from examples
    yield from ((misheard(example, _MISHEARD, rng), topic) for example, topic in examples)


def _beginnings(topics: Topics, fold: int) -> list[_Said]:
    """Of the examples that were not learned from."""
    held_back = replace(
        topics, topics=tuple(replace(t, examples=t.examples[fold::_FOLDS]) for t in topics.topics)
    )
    return [(text, _NOTHING) for text in Openings(held_back).of_examples]


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

    def examine(self) -> tuple[Marks, Marks]:
        return examine(self._topics())

    def put_in_force(self, number: int, sha256: str) -> None:
        self._folder.put_in_force(Pointer(number, sha256) if number else None)
