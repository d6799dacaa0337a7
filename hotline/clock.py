"""The clock process: what must happen because time passed: supervision of deadlines, emptying the outbox."""

import logging
import signal
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from hotline.domain.errors import HotlineError, Unavailable
from hotline.services import supervision
from hotline.services.ports import Presence, Storage
from hotline.services.supervision import TopicName
from hotline.stop_flag import StopFlag

log = logging.getLogger("hotline.clock")
KEEP_OUTBOX = timedelta(hours=24)
PURGE_EVERY = timedelta(minutes=10)
SUPERVISE_EVERY = timedelta(minutes=1)


class Clock:
    """Wakes each second; `announce` tells the others that it is alive, in the middle of long work too."""

    def __init__(
        self,
        storage: Storage,
        presence: Presence,
        issuer: str,
        topic_name: Callable[[], TopicName],
        others: Sequence[Callable[[datetime], None]] = (),
    ) -> None:
        self._storage = storage
        self._presence = presence
        self._issuer = issuer
        self._topic_name = topic_name
        self._works = (self._supervise, self._purge, *others)
        self._stop = StopFlag()
        self._announced = -1.0
        self._next_purge = self._next_round = datetime.min.replace(tzinfo=UTC)

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
        for work in self._works:
            try:
                work(now)
            except Unavailable as problem:
                log.warning("%s: %s", work.__name__.strip("_"), problem)
            except HotlineError as problem:
                log.error("%s failed: %s", work.__name__.strip("_"), type(problem).__name__)

    def _supervise(self, now: datetime) -> None:
        if now < self._next_round:
            return
        done = supervision.run(self._storage, now, self._issuer, self._topic_name(), self._goes_on)
        self._next_round = now + SUPERVISE_EVERY
        if done.acts or done.failed:
            acts = ", ".join(f"{act} {count}" for act, count in sorted(done.acts.items()))
            log.info("looked at %d tickets; %s; failed %d", done.looked, acts or "nothing due", done.failed)

    def _goes_on(self) -> bool:
        """Asked between two transactions: a long round after a week down is told of, and can be stopped."""
        if time.monotonic() - self._announced >= 1.0:
            self._presence.announce("clock", {"busy": True})
            self._announced = time.monotonic()
        return not self._stop.is_set()

    def _purge(self, now: datetime) -> None:
        if now < self._next_purge:
            return
        with self._storage.writing() as tx:
            purged = tx.outbox.purge(now - KEEP_OUTBOX)
        self._next_purge = now + PURGE_EVERY
        if purged:
            log.info("purged %d outbox rows", purged)
