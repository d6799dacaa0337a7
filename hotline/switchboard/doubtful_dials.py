"""Calls of which nobody knows whether Asterisk makes them: looked for until they are not there any more."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from hotline.domain.errors import HotlineError, Unavailable
from hotline.services import callbacks
from hotline.switchboard.backlog import DatabaseWorker
from hotline.telephony.ami_actions import AsteriskSwitch

log = logging.getLogger(__name__)
LOOK_EVERY_S = 5.0


class DoubtfulDials:
    """A dial whose action was not answered stays open while its channel may ring somebody, so that nobody is
    rung twice; when Asterisk does not show it any more it is over, whatever was not told.
    """

    def __init__(
        self,
        pbx: AsteriskSwitch,
        worker: DatabaseWorker,
        now: Callable[[], datetime],
        every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._pbx, self._worker, self._now, self._every_s = pbx, worker, now, every_s
        self._doubted: set[str] = set()

    async def not_made(self, dial: str, problem: HotlineError) -> bool:
        """After a failed action: certainly nobody is rung, and the dial is over. Else it is looked for."""
        if isinstance(problem, Unavailable) and problem.reason != "asterisk_away":
            log.warning("%s: whether it rings is looked for", problem)
            self._doubted.add(dial)
            return False
        await self._end(dial)
        return True

    async def run(self) -> None:
        """Until cancelled. The first look comes a while after the doubt: it may be on its way."""
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self._look()
            except HotlineError as problem:
                log.warning("calls of unknown outcome are looked for again: %s", problem)

    async def _look(self) -> None:
        doubted = frozenset(self._doubted)
        if not doubted:
            return
        there = await self._pbx.dials()
        for dial in doubted - there:
            await self._end(dial)
            self._doubted.discard(dial)

    async def _end(self, dial: str) -> None:
        await self._worker.write(lambda tx: callbacks.ended(tx, dial, "", self._now()))
