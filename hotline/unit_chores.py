"""What the clock also does for handling units: mails about new work, and files whose answer never came."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hotline.domain.errors import HotlineError
from hotline.services import attachments, mails
from hotline.services.ports import Storage
from hotline.services.ports_attachments import Shelf
from hotline.services.ports_mails import Postman

log = logging.getLogger("hotline.mail")
LOOK_EVERY = timedelta(seconds=5)
SWEEP_EVERY = timedelta(hours=6)
LAST_WAIT_S = 12.0
NEVER = datetime.min.replace(tzinfo=UTC)


class Mailing:
    """Writes the news in the clock's round; a thread of its own waits for the mail server."""

    def __init__(self, storage: Storage, postman: Postman | None, now: Callable[[], datetime]) -> None:
        self._storage = storage
        self._postman = postman
        self._now = now
        self._next = NEVER
        self._sending: threading.Thread | None = None

    def mail(self, at: datetime) -> None:
        """Never waits for the mail server. Raises Unavailable."""
        if at < self._next:
            return
        self._next = at + LOOK_EVERY
        mails.write_news(self._storage, at, on=self._postman is not None)
        if self._postman and not (self._sending and self._sending.is_alive()):
            self._sending = threading.Thread(target=self._send, name="mail", daemon=True)
            self._sending.start()

    def close(self) -> None:
        """A mail that is on its way comes to its end, or it would be sent again."""
        if self._sending:
            self._sending.join(LAST_WAIT_S)

    def _send(self) -> None:
        assert self._postman is not None  # or nobody starts this
        try:
            sent, failed = mails.send_due(self._storage, self._postman, self._now)
        except HotlineError as problem:
            log.warning("mails: %s", problem)
            return
        if sent or failed:
            log.info("mails: %d sent, %d not", sent, failed)


class Sweeping:
    """Takes away files that were never sent."""

    def __init__(self, storage: Storage, shelf: Shelf) -> None:
        self._storage = storage
        self._shelf = shelf
        self._next = NEVER

    def sweep(self, at: datetime) -> None:
        """A few times a day. Raises Unavailable."""
        if at < self._next:
            return
        self._next = at + SWEEP_EVERY
        if gone := attachments.sweep(self._storage, self._shelf, at):
            log.info("%d files without an answer are gone", gone)
