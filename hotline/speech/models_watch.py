"""Which model the speech process hears with: looks each second whether another one was chosen."""

import asyncio
import logging
from pathlib import Path
from typing import Any

from hotline.domain.errors import Invalid, Unavailable
from hotline.speech.models_store import Choice, ModelStore
from hotline.speech.workers import WorkerPool

log = logging.getLogger(__name__)
_LOOK_EVERY_S = 1.0


def first_model(store: ModelStore, given: Path | None) -> Path:
    """What to begin with: what the operator's setting names, else what was chosen, else the shipped one."""
    if given is not None:
        return given
    try:
        chosen = store.chosen().path
    except Invalid:
        return store.shipped
    return chosen if chosen.is_dir() else store.shipped


class ModelWatch:
    """A model that does not load leaves the one in use where it is, and `problem` says why."""

    def __init__(self, pool: WorkerPool, store: ModelStore) -> None:
        self._pool = pool
        self._store = store
        self._in_use = self._at_the_start()
        self._tried = self._in_use
        self._no_way_back = False
        self.problem = ""

    def figures(self) -> dict[str, Any]:
        """For the alive key; `model_chosen_at` tells which choice it has taken up or failed to."""
        return {
            "model_path": str(self._pool.model),
            "model_problem": self.problem,
            "model_chosen_at": self._tried.at if self._tried else "",
        }

    async def run(self) -> None:
        """Until cancelled. While a new model loads, the old one hears."""
        while True:
            await self.look()
            await self._fall_back()
            await asyncio.sleep(_LOOK_EVERY_S)

    async def look(self) -> None:
        """Take up what was chosen; what has failed is not tried again until somebody chooses again."""
        try:
            chosen = self._store.chosen()
        except Invalid as problem:
            self._tell(str(problem))
            return
        if chosen == self._tried:
            return
        try:
            if chosen != self._in_use:
                await self._pool.use(chosen.path)
            self._in_use = chosen
            self._tell("")
            log.info("model %s is in use", chosen.path.name)
        except Unavailable as problem:
            self._tell(f"model {chosen.path.name} does not load: {problem}")
        self._tried = chosen

    def _at_the_start(self) -> Choice | None:
        try:
            chosen = self._store.chosen()
        except Invalid:
            return None
        return chosen if chosen.path == self._pool.model else None

    async def _fall_back(self) -> None:
        """A model that does not load any more must not cost the hearing: the shipped one is there.

        It hears until somebody chooses again: a damaged one comes back by itself as little as at the start.
        """
        trouble = self._pool.problem
        if not trouble and self._no_way_back:  # an attempt of the pool's own went well
            self._no_way_back = False
            self._tell("")
        elif trouble and self._pool.model != self._store.shipped and not self._no_way_back:
            try:
                await self._pool.use(self._store.shipped)
                self._in_use = None
                self._tell(f"{trouble}; {self._store.shipped.name} is used")
            except Unavailable as problem:
                self._no_way_back = True  # both are broken: the pool goes on with its own attempts
                self._tell(f"{trouble}; nor does {self._store.shipped.name}: {problem}")

    def _tell(self, problem: str) -> None:
        if problem and problem != self.problem:
            log.error("%s", problem)
        self.problem = problem
