"""After each login to Asterisk: what there is now, and what its records say of the time we did not see."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hotline.domain.ids import CallId
from hotline.services.reconcile import CallHistory, LiveState
from hotline.switchboard.backlog import Resync
from hotline.telephony.records import read_cdr, read_queue_log
from hotline.telephony.recovery import histories

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=1)
MARGIN = timedelta(seconds=30)
SETTLE_S = 0.3  # Asterisk writes a call's record a moment after its hang-up


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Asterisk's records, and our note of when the database last knew everything."""

    queue_log: Path
    cdr: Path
    note: Path


class Resynchroniser:
    """`since` is kept in a file: the gap may be as long as this process was dead. Reading too far back is
    harmless, because reconciling changes nothing that is known.
    """

    def __init__(
        self,
        places: Places,
        snapshot: Callable[[], Awaitable[tuple[LiveState, dict[str, CallId]]]],
        now: Callable[[], datetime],
    ) -> None:
        self._places, self._snapshot, self._now = places, snapshot, now
        self.done = 0
        self.last_s = 0.0

    async def take(self) -> Resync:
        """Ask and read. Raises Unavailable."""
        began = time.monotonic()
        since = self.since()
        live, channels = await self._snapshot()
        await asyncio.sleep(SETTLE_S)
        history = await asyncio.to_thread(self._history, since, live, channels)
        self.done += 1
        self.last_s = round(time.monotonic() - began, 3)
        log.info(
            "Asterisk has %d calls; its records tell of %d since we last knew", len(live.calls), len(history)
        )
        return Resync(live=live, history=history)

    def _history(self, since: datetime, live: LiveState, channels: dict[str, CallId]) -> list[CallHistory]:
        told = histories(
            read_queue_log(self._places.queue_log, since), read_cdr(self._places.cdr, since), channels
        )
        return [
            history
            for history in told
            if history.call_id in live.calls or history.ended_at is None or history.ended_at >= since
        ]

    def since(self) -> datetime:
        """From when on something may be unknown to the database."""
        earliest = self._now() - LOOK_BACK
        try:
            noted = datetime.fromtimestamp(float(json.loads(self._places.note.read_text())["at"]), UTC)
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return earliest
        return max(earliest, min(noted, self._now()) - MARGIN)

    def note(self) -> None:
        """The database knows everything that happened until now."""
        fresh = self._places.note.with_suffix(".new")
        try:
            fresh.write_text(json.dumps({"at": self._now().timestamp()}))
            fresh.replace(self._places.note)
        except OSError as problem:
            log.warning("%s cannot be written: %s", self._places.note.name, problem.strerror)
