"""Which model the speech process hears with: looks each second whether another one was chosen."""

import asyncio
import logging
from pathlib import Path
from typing import Any

from hotline.domain.errors import Invalid, Unavailable
from hotline.speech.models_store import ModelStore
from hotline.speech.workers import WorkerPool

log = logging.getLogger(__name__)
_LOOK_EVERY_S = 1.0


def first_model(store: ModelStore, given: Path | None) -> Path:
    """What to begin with: what the operator's setting names, else what was chosen, else the shipped one."""
    if given is not None:
        return given
    try:
        chosen = store.chosen()
    except Invalid:
        return store.shipped
    return chosen if chosen.is_dir() else store.shipped


class ModelWatch:
    """A model that does not load leaves the one in use where it is, and `problem` says why."""

    def __init__(self, pool: WorkerPool, store: ModelStore) -> None:
        self._pool = pool
        self._store = store
        self._tried: Path | None = pool.model
        self.problem = ""

    def figures(self) -> dict[str, Any]:
        """For the alive key."""
        return {"model_path": str(self._pool.model), "model_problem": self.problem}

    async def run(self) -> None:
        """Until cancelled. While a new model loads, the old one hears."""
        await self._fall_back()
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_EVERY_S)

    async def look(self) -> None:
        """Take up what was chosen; what has failed is not tried again until something else was chosen."""
        try:
            chosen = self._store.chosen()
        except Invalid as problem:
            self._tell(str(problem))
            return
        if chosen == self._tried:
            return
        self._tried = chosen
        if chosen == self._pool.model and not self._pool.problem:
            self._tell("")
            return
        try:
            await self._pool.use(chosen)
        except Unavailable as problem:
            self._tell(f"model {chosen.name} does not load: {problem}")
            return
        self._tell("")
        log.info("model %s is in use", chosen.name)

    async def _fall_back(self) -> None:
        """A chosen model that has been damaged since must not cost the hearing: the shipped one is there."""
        # Either comes within the load's limit.
        while not self._pool.ready and not self._pool.problem:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        if self._pool.problem and self._pool.model != self._store.shipped:
            trouble = self._pool.problem
            try:
                await self._pool.use(self._store.shipped)
                self._tell(f"{trouble}; {self._store.shipped.name} is used")
            except Unavailable as problem:
                self._tell(f"{trouble}; nor does {self._store.shipped.name}: {problem}")

    def _tell(self, problem: str) -> None:
        if problem and problem != self.problem:
            log.error("%s", problem)
        self.problem = problem
