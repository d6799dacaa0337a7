"""The clock process: what must happen because time passed. Today it empties the outbox."""

import logging
import signal
import threading
from datetime import UTC, datetime, timedelta

from hotline.domain.errors import Unavailable
from hotline.services.ports import Presence, Storage

log = logging.getLogger("hotline.clock")
KEEP_OUTBOX = timedelta(hours=24)
PURGE_EVERY = timedelta(minutes=10)


class Clock:
    """Wakes each second; `announce` tells the others that it is alive."""

    def __init__(self, storage: Storage, presence: Presence) -> None:
        self._storage = storage
        self._presence = presence
        self._stop = threading.Event()
        self._next_purge = datetime.min.replace(tzinfo=UTC)

    def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        log.info("clock is running")
        while not self._stop.wait(1.0):
            self.tick(datetime.now(UTC))

    def tick(self, now: datetime) -> None:
        """Do what is due at `now`; a database that does not answer is asked again a second later."""
        self._presence.announce("clock", {})
        if now < self._next_purge:
            return
        try:
            with self._storage.writing() as tx:
                purged = tx.outbox.purge(now - KEEP_OUTBOX)
        except Unavailable as problem:
            log.warning("outbox not purged: %s", problem)
            return
        self._next_purge = now + PURGE_EVERY
        if purged:
            log.info("purged %d outbox rows", purged)
