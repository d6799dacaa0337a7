"""From a caller's sentence to three suggestions, a queue, and whether it must not wait."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hotline.domain.courtesy import without_courtesy
from hotline.domain.evidence import ExampleFinder, Find, Finder, KinFinder, WordFinder
from hotline.domain.heard import MAX_SUGGESTIONS, KindHeard, PlaceHeard, Suggestion
from hotline.domain.ids import QueueId
from hotline.domain.kinds import KindFinder
from hotline.domain.queues import GENERAL, queue_or_general
from hotline.domain.topics import Topic, Topics

MAX_SENTENCE = 300  # characters that are read; more than anyone says in eight seconds
ENOUGH = 0.5  # of a category's share of the scores, to send the caller to its queue
CLEAR = 0.55
_TELLING = 7  # characters; on less, what was learned decides nothing: 学校门口 may go on in any way
_SHOWN = 0.02
_MAX_BECAUSE = 5


@dataclass(frozen=True, slots=True)
class Sharing:
    """How evidence becomes probabilities; `nothing` is the evidence that chance alone could bring."""

    sharpness: float = 2.2
    nothing: float = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What the words alone say."""

    suggestions: tuple[Suggestion, ...] = ()
    queue: QueueId = GENERAL
    urgent: bool = False
    urgency: str | None = None
    kind: KindHeard | None = None
    place: PlaceHeard | None = None
    version: int = 0
    is_clear: bool = False  # more words would not change where the call goes


class Understanding(Protocol):
    """From words to what they say; `settled` false while they may still change."""

    def understand(self, words: str, *, settled: bool = True) -> Understood: ...


class Categoriser:
    """Knows one topics file. The scores are shares of 1; "none of them" has a share of its own."""

    def __init__(
        self,
        topics: Topics,
        finders: Sequence[Finder] | None = None,
        sharing: Sharing | None = None,
        version: int = 0,
    ) -> None:
        self._topics = {topic.id: topic for topic in topics.topics}
        self._urgencies = [(word, urgency.name) for urgency in topics.urgencies for word in urgency.words]
        self._sharing = sharing or Sharing()
        self._kin = KinFinder(topics)
        self._kinds = KindFinder(topics)
        self._version = version
        self._finders = (WordFinder(topics), ExampleFinder(topics)) if finders is None else tuple(finders)

    def understand(self, words: str, hint: QueueId = GENERAL) -> Understood:
        """`hint` is the queue of the line that was dialled; it holds where the words do not say enough."""
        sentence = spoken(words)
        urgency = next((name for word, name in self._urgencies if word in sentence), None)
        matter = without_courtesy(sentence)
        finds = self._finds(matter)
        scores = shares(_summed(finds), self._sharing)
        decisive = scores if len(matter) >= _TELLING else shares(_of_the_file(finds), Sharing())
        ranked = sorted(scores, key=lambda topic: (-scores[topic], topic))[:MAX_SUGGESTIONS]
        suggestions = tuple(
            _suggestion(self._topics[topic], scores[topic], finds[topic])
            for topic in ranked
            if scores[topic] >= _SHOWN
        )
        return Understood(
            suggestions=suggestions + self._further(matter, suggestions),
            queue=self._queue(suggestions, decisive, hint),
            urgent=urgency is not None,
            urgency=urgency,
            kind=self._kinds.find(sentence, [(each.topic, each.score) for each in suggestions]),
            version=self._version,
            is_clear=urgency is not None
            or bool(suggestions and round(decisive.get(suggestions[0].topic, 0.0), 3) >= CLEAR),
        )

    def _further(self, sentence: str, found: tuple[Suggestion, ...]) -> tuple[Suggestion, ...]:
        """Up to three in all, where at least one was understood; they share what the others leave."""
        if not found or len(found) == MAX_SUGGESTIONS:
            return ()
        known = [suggestion.topic for suggestion in found]
        room = self._kin.kin("".join(found[0].because), sentence, known)[: MAX_SUGGESTIONS - len(found)]
        left = max(0.0, 1 - sum(suggestion.score for suggestion in found))
        return tuple(
            Suggestion(
                category=self._topics[topic].category,
                topic=topic,
                name=self._topics[topic].name,
                score=round(min(_SHOWN, left / (place + 2)), 3),
                because=chars[:_MAX_BECAUSE],
            )
            for place, (topic, chars) in enumerate(room)
        )

    def evidence(self, words: str) -> dict[str, float]:
        """What speaks for each topic, before it is shared out."""
        return _summed(self._finds(without_courtesy(spoken(words))))

    def _finds(self, sentence: str) -> dict[str, list[Find]]:
        found: dict[str, list[Find]] = defaultdict(list)
        for finder in self._finders:
            for find in finder.find(sentence):
                if find.topic in self._topics:
                    found[find.topic].append(find)
        return found

    def _queue(self, suggestions: tuple[Suggestion, ...], scores: dict[str, float], hint: QueueId) -> QueueId:
        """Two topics of one category may share its evidence: the queue asks for the category's."""
        if not suggestions:
            return hint
        category = suggestions[0].category
        share = sum(score for topic, score in scores.items() if self._topics[topic].category == category)
        return queue_or_general(category) if share >= ENOUGH else hint


def spoken(words: str) -> str:
    """The sentence without spaces and marks: where the recogniser put its spaces means little."""
    return "".join(char for char in words[: 2 * MAX_SENTENCE] if char.isalnum()).lower()[:MAX_SENTENCE]


def _summed(finds: dict[str, list[Find]]) -> dict[str, float]:
    return {topic: sum(find.weight for find in found) for topic, found in finds.items()}


def _of_the_file(finds: dict[str, list[Find]]) -> dict[str, float]:
    told = {topic: sum(find.weight for find in found if not find.learned) for topic, found in finds.items()}
    return {topic: weight for topic, weight in told.items() if weight}


def shares(evidence: dict[str, float], sharing: Sharing) -> dict[str, float]:
    """Softmax over the topics that have evidence, and over nothing."""
    if not evidence:
        return {}
    highest = max(*evidence.values(), sharing.nothing)
    powers = {topic: math.exp(sharing.sharpness * (value - highest)) for topic, value in evidence.items()}
    total = sum(powers.values()) + math.exp(sharing.sharpness * (sharing.nothing - highest))
    return {topic: power / total for topic, power in powers.items()}


def _suggestion(topic: Topic, score: float, found: list[Find]) -> Suggestion:
    ordered = sorted(found, key=lambda find: (-find.is_word, -find.weight, find.because))
    words = [find.because for find in ordered if find.is_word]
    because = words or [find.because for find in ordered if find.because]
    return Suggestion(
        category=topic.category,
        topic=topic.id,
        name=topic.name,
        score=round(score, 3),
        because=tuple(dict.fromkeys(because))[:_MAX_BECAUSE],
    )
