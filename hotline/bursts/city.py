"""How alike open tickets are, by the city's files as they are; what it needs is loaded when first asked."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hotline.bursts.messages import Message
from hotline.domain.errors import Invalid
from hotline.services.ports_bursts import OpenMatter
from hotline.watched_file import stamp_of

if TYPE_CHECKING:
    from hotline.bursts.similar import Comparer

log = logging.getLogger(__name__)


class CityLikeness:
    """Implements Likeness. Raises Invalid for a wrong topics or places file, where there was no right one."""

    def __init__(self, topics_file: Path, places_file: Path) -> None:
        self._files = topics_file, places_file
        self._comparer: Comparer | None = None
        self._of: object = None
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

        topics, places = self._files
        stamps = stamp_of(topics), stamp_of(places)
        if self._comparer is None or stamps != self._of:
            self._of = stamps
            try:
                self._comparer = Comparer(load_topics(topics), load_places(places))
            except Invalid as problem:
                if self._comparer is None:
                    raise
                log.error("%s; likeness stays as it was", problem)
        return self._comparer


def _message(matter: OpenMatter) -> Message:
    """The place as it was chosen, said with what was written."""
    return Message(
        id=matter.ticket_id, at=matter.accepted_at.timestamp(), text=f"{matter.place}{matter.what}"
    )
