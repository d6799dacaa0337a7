"""The categoriser in force: takes up changed topics, places or another version while calls are heard."""

import asyncio
import logging
from dataclasses import replace
from typing import Any

from hotline.categoriser.learned import Learned, categoriser_of
from hotline.categoriser.versions import Pointer, VersionFolder
from hotline.domain.categorise import Categoriser, Understood
from hotline.domain.errors import Invalid
from hotline.domain.gazetteer import Gazetteer
from hotline.domain.learning import RULES_ONLY
from hotline.domain.places import Place
from hotline.domain.topics import Topics
from hotline.places_file import WatchedPlaces, gazetteer_of, place_heard
from hotline.topics_file import WatchedTopics

log = logging.getLogger(__name__)
_LOOK_EVERY_S = 1.0


class LiveCategoriser:
    """What does not load leaves what there was in force, and says so in `problem`."""

    def __init__(
        self, topics: WatchedTopics, folder: VersionFolder, places: WatchedPlaces | None = None
    ) -> None:
        self._topics = topics
        self._places = places
        self._gazetteer: Gazetteer | None = None
        self._gazetteer_of: tuple[Place, ...] = ()
        self._folder = folder
        self._wanted: Pointer | None = None
        self._learned: Learned | None = None
        self._of = Topics()
        self._categoriser = Categoriser(self._of)
        self._troubles = {"pointer": "", "version": ""}
        self.version = RULES_ONLY
        self.look()

    def understand(self, words: str, *, settled: bool = True) -> Understood:
        """By what is in force at this moment; the place is looked for only in words that are `settled`."""
        understood = self._categoriser.understand(words)
        if settled and self._gazetteer is not None and words:
            return replace(understood, place=place_heard(self._gazetteer, words))
        return understood

    async def watch(self) -> None:
        """Look each second; reading is done beside the calls."""
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(_LOOK_EVERY_S)

    def look(self) -> None:
        """Take up what changed."""
        self._topics.look()
        self._look_at_places()
        taken_up = self._look_at_version()
        if taken_up or self._topics.newest is not self._of:
            self._of = self._topics.newest
            fresh = categoriser_of(self._of, self._learned, self.version)
            fresh.understand("人民路停水了")  # what is made at the first use is made here, not in a call
            self._categoriser = fresh

    def _look_at_places(self) -> None:
        if self._places is not None:
            self._places.look()
            if self._places.newest is not self._gazetteer_of:
                self._gazetteer_of = self._places.newest
                self._gazetteer = gazetteer_of(self._gazetteer_of)

    def _look_at_version(self) -> bool:
        """True where another one was loaded. One that does not load is not tried each second."""
        try:
            wanted = self._folder.live()
            self._say("pointer", "")
        except Invalid as problem:
            self._say("pointer", f"{problem}; version {self.version} stays in force")
            return False
        if wanted == self._wanted:
            return False
        self._wanted = wanted
        try:
            self._learned = self._folder.load(wanted) if wanted else None
        except Invalid as problem:
            self._say("version", f"{problem}; version {self.version} stays in force")
            return False
        self.version = wanted.version if wanted else RULES_ONLY
        self._say("version", "")
        log.info("version %d of the categoriser is in force", self.version)
        return True

    def _say(self, what: str, trouble: str) -> None:
        if trouble and trouble != self._troubles[what]:
            log.error("%s", trouble)
        self._troubles[what] = trouble

    def figures(self) -> dict[str, Any]:
        """For the health of this process."""
        problems = (
            self._topics.problem,
            self._places.problem if self._places else "",
            *self._troubles.values(),
        )
        return {"version": self.version, "problem": "; ".join(filter(None, problems))}
