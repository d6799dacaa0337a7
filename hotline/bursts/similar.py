"""Puts a list of messages together: the parts of `hotline bursts`, with the city's topics and places."""

from collections.abc import Sequence

from hotline.bursts.grouping import groups
from hotline.bursts.likeness import Bags
from hotline.bursts.messages import Message
from hotline.categoriser.reading import sounds
from hotline.domain.categorise import Categoriser, spoken
from hotline.domain.places import Place
from hotline.domain.topics import Topics
from hotline.places_file import gazetteer_of

_SURE = 0.93  # of a place by its sound


class Comparer:
    """Knows the city: its topics and its places."""

    def __init__(self, topics: Topics, places: tuple[Place, ...]) -> None:
        self.topics = topics
        self.places = places
        self._gazetteer = gazetteer_of(places)
        self._categoriser = Categoriser(self.topics)
        self._usual = [text for topic in self.topics.topics for text in (*topic.examples, *topic.words)]

    def bags(self, messages: Sequence[Message]) -> Bags:
        """Ready to be compared; in order of time."""
        return Bags(
            [message.text for message in messages],
            [message.at / 3600 for message in messages],
            known_places=self._known_places,
            topics=lambda text: self._categoriser.evidence(text),
            usual=self._usual,
        )

    def group(self, messages: Sequence[Message]) -> dict[str, str]:
        """For each message's id the id of the first, in time, of its group; its own when it stands alone."""
        ordered = sorted(messages, key=lambda message: message.at)
        return {
            message.id: ordered[first].id
            for message, first in zip(ordered, groups(self.bags(ordered)), strict=True)
        }

    def _known_places(self, text: str) -> list[str]:
        found = self._gazetteer.find(sounds(spoken(text)))
        return [find.place.name for find in found if find.likeness >= _SURE]
