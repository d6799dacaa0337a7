"""Trains the categoriser at night in a process of its own, so that nothing else of ours waits for it."""

import logging
import subprocess
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from hotline import ourselves
from hotline.domain.calendar import SHANGHAI
from hotline.services import learning
from hotline.services.ports import Storage

log = logging.getLogger(__name__)
NIGHT = range(2, 5)  # hours of the city's day in which few people call
FIRST_AFTER = timedelta(minutes=10)  # from the start: the first version need not wait for the night
LONGEST = timedelta(hours=1)
COMMAND = ourselves.command("categoriser", "train", "--if-due")


class Retraining:
    """Once a night where there is something new to learn, and soon after a start without any version."""

    def __init__(
        self, storage: Storage, fingerprint: Callable[[], str], command: Sequence[str] = COMMAND
    ) -> None:
        self._storage = storage
        self._fingerprint = fingerprint
        self._command = ("nice", "-n", "15", *command)
        self._started_at: datetime | None = None
        self._looked = False
        self._tried: date | None = None
        self._running: tuple[subprocess.Popen[str], datetime] | None = None

    def retrain(self, now: datetime) -> None:
        """Begin what is due, and say how the last one ended. Raises Unavailable without the database."""
        self._started_at = self._started_at or now
        if self._running is not None:
            self._watch(now)
            return
        today, hour = now.astimezone(SHANGHAI).date(), now.astimezone(SHANGHAI).hour
        soon = not self._looked and now - self._started_at >= FIRST_AFTER
        night = hour in NIGHT and self._tried != today
        if not (soon or night):
            return
        why = learning.why_train(self._storage, self._fingerprint())
        self._looked = True
        self._tried = today if night else self._tried
        if why is None or not (night or why == learning.NO_VERSION):
            return
        log.info("training the categoriser: %s", why)
        process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._running = (process, now)

    def _watch(self, now: datetime) -> None:
        assert self._running is not None
        process, began = self._running
        if process.poll() is None and now - began < LONGEST:
            return
        if process.returncode is None:
            process.kill()
        told = process.communicate()[0]  # some lines: they fit into the pipe while it ran
        self._running = None
        level = logging.INFO if process.returncode == 0 else logging.ERROR
        log.log(level, "the training ended with %d: %s", process.returncode, "; ".join(told.split("\n")[-5:]))

    def close(self) -> None:
        """A training that is running is given up."""
        if self._running is not None:
            self._running[0].kill()
            self._running[0].communicate()
            self._running = None
