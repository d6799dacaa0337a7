"""Calls of which nobody knows whether Asterisk makes them: looked for until they are not there any more."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from hotline.domain.errors import HotlineError, Unavailable
from hotline.services import callbacks
from hotline.switchboard.backlog import DatabaseWorker
from hotline.telephony.ami_actions import AsteriskSwitch

log = logging.getLogger(__name__)
LOOK_EVERY_S = 5.0
NEW = timedelta(seconds=30)  # longer than the command that makes a call may be on its way


class DoubtfulDials:
    """A dial whose action was not answered stays open while its channel may ring somebody, so that nobody is
    rung twice; when Asterisk does not show it any more it is over, whatever was not told. After each login,
    the first one too, that is asked of all that are open: an end may have come while nobody listened.
    """

    def __init__(
        self,
        pbx: AsteriskSwitch,
        worker: DatabaseWorker,
        now: Callable[[], datetime],
        every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._pbx, self._worker, self._now, self._every_s = pbx, worker, now, every_s
        self._doubted: dict[str, datetime] = {}  # since when it is looked for
        self._all = True

    def look_again(self) -> None:
        """Asterisk was logged in to: what it told before was heard by nobody."""
        self._all = True

    async def not_made(self, dial: str, problem: HotlineError) -> bool:
        """After a failed action: certainly nobody is rung, and the dial is over. Else it is looked for."""
        if isinstance(problem, Unavailable) and problem.reason != "asterisk_away":
            log.warning("%s: whether it rings is looked for", problem)
            self._doubted[dial] = self._now()
            return False
        await self._worker.write(lambda tx: callbacks.ended(tx, dial, "", self._now()))
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
        if self._all:
            self._all = False
            try:
                found = await self._worker.read(lambda tx: tx.callbacks.all_open())
            except HotlineError:
                self._all = True
                raise
            self._doubted = {dial.id: dial.began_at + NEW for dial in found} | self._doubted
        doubted = {dial for dial, since in self._doubted.items() if since <= self._now()}
        if not doubted:
            return
        there = await self._pbx.dials()
        for dial in doubted - there:
            await self._lose(dial)
            del self._doubted[dial]

    async def _lose(self, dial: str) -> None:
        await self._worker.write(lambda tx: callbacks.lost(tx, dial, self._now()))
