"""How alike open tickets are, for the pages; the learning library is loaded when somebody first asks."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hotline.bursts.messages import Message
from hotline.services.ports_bursts import OpenMatter

if TYPE_CHECKING:
    from hotline.bursts.similar import Comparer


class CityLikeness:
    """Implements Likeness. Raises Invalid for a wrong topics or places file."""

    def __init__(self, topics_file: Path, places_file: Path) -> None:
        self._files = topics_file, places_file
        self._comparer: Comparer | None = None
        self._lock = threading.Lock()

    def likely(self, one: OpenMatter, others: Sequence[OpenMatter]) -> list[float]:
        from hotline.bursts.likeness import likelihoods

        with self._lock:
            bags = self._city().bags([_message(each) for each in (one, *others)])
        found = likelihoods(bags.features(slice(0, 1), slice(1, None)))[0]
        return [float(value) for value in found]

    def _city(self) -> "Comparer":
        from hotline.bursts.similar import Comparer
        from hotline.places_file import load_places
        from hotline.topics_file import load_topics

        if self._comparer is None:
            topics, places = self._files
            self._comparer = Comparer(load_topics(topics), load_places(places))
        return self._comparer


def _message(matter: OpenMatter) -> Message:
    """The place as it was chosen, said with what was written."""
    return Message(
        id=matter.ticket_id, at=matter.accepted_at.timestamp(), text=f"{matter.place}{matter.what}"
    )
