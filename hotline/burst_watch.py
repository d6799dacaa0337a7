"""The clock's look at the last hour: whether more people tell of one thing than chance would bring."""

import logging
from datetime import UTC, datetime, timedelta

from hotline.services import bursts
from hotline.services.ports import Storage

log = logging.getLogger("hotline.clock")
EVERY = timedelta(seconds=15)


class BurstWatch:
    """Looks four times a minute, so that supervisors see a burst while it grows."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._next = datetime.min.replace(tzinfo=UTC)

    def watch_bursts(self, now: datetime) -> None:
        """Raises Unavailable; then it is looked again a second later."""
        if now < self._next:
            return
        with self._storage.writing() as tx:
            changed = bursts.watch(tx, now)
        self._next = now + EVERY
        if changed:
            log.info("bursts: %d new, grown or over", changed)
