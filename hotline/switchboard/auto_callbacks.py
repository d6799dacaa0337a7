"""Asks citizens by itself whether they are satisfied, for the kinds of ticket that the city chose."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from hotline.domain.errors import HotlineError, Unavailable
from hotline.domain.ids import CallId
from hotline.log_lines import kind_and_place
from hotline.services import callbacks
from hotline.services.ports import CallDesk, Transaction
from hotline.services.ports_callbacks import Dial
from hotline.settings import Settings
from hotline.switchboard.backlog import DatabaseWorker
from hotline.switchboard.doubtful_dials import DoubtfulDials
from hotline.telephony.ami_actions import AsteriskSwitch

log = logging.getLogger(__name__)
LOOK_EVERY_S = 5.0


class AutoCallbacks:
    """One citizen after the other; without chosen kinds it does nothing."""

    def __init__(
        self,
        pbx: AsteriskSwitch,
        worker: DatabaseWorker,
        desk: CallDesk,
        settings: Settings,
        doubtful: DoubtfulDials,
        now: Callable[[], datetime],
    ) -> None:
        self._pbx, self._worker, self._desk, self._now = pbx, worker, desk, now
        self._doubtful = doubtful
        self._kinds, self._hours = settings.auto_callback, settings.auto_callback_hours
        self._unsettled: set[str] = set()
        self.asked = 0

    def figures(self) -> dict[str, Any]:
        """For the alive key."""
        return {"asked": self.asked} if self._kinds else {}

    async def run(self) -> None:
        """Until cancelled."""
        while self._kinds:
            try:
                await self._settle()
                await self._ask_next()
            except HotlineError as problem:
                log.warning("automatic callbacks wait: %s", problem)
            except Exception as problem:  # asking citizens must never end the switch
                log.error("automatic callbacks wait: %s", kind_and_place(problem))
            await asyncio.sleep(LOOK_EVERY_S)
        await asyncio.Event().wait()

    async def _ask_next(self) -> None:
        dial = await self._worker.write(self._begin)
        if dial is None:
            return
        number = await self._worker.read(lambda tx: callbacks.number_of(tx, dial))
        try:
            await self._pbx.ask_citizen(dial.id, number or "", await self._has_ear(dial))
            self.asked += 1
        except HotlineError as problem:
            if await self._doubtful.not_made(dial.id, problem):
                raise

    def _begin(self, tx: Transaction) -> Dial | None:
        return callbacks.begin_auto(tx, self._kinds, self._hours, self._now())

    async def _has_ear(self, dial: Dial) -> bool:
        """Without one his sentence is kept as sound only."""
        try:
            await asyncio.to_thread(self._desk.expect, CallId(dial.id))
        except Unavailable:
            return False
        return True

    async def _settle(self) -> None:
        """Each by itself: what cannot be settled is told once and tried again; the others are asked."""
        for dial in await self._worker.read(callbacks.auto_over):
            words = await self._words(dial) if dial.pressed else ""
            try:
                await self._worker.write(self._settler(dial, words))
            except Unavailable:
                raise
            except Exception as problem:
                if dial.id not in self._unsettled:
                    log.error("callback %s is not settled: %s", dial.id, type(problem).__name__)
                self._unsettled.add(dial.id)

    def _settler(self, dial: Dial, words: str) -> Callable[[Transaction], None]:
        return lambda tx: callbacks.settle_auto(tx, dial, words, self._now())

    async def _words(self, dial: Dial) -> str:
        try:
            heard = await asyncio.to_thread(self._desk.heard, CallId(dial.id), 0.0)
        except Unavailable:
            return ""
        return heard.words if heard else ""
