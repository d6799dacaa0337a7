"""Words on their way to the screens: what the speech process says, as it says it; nothing is kept."""

import threading
import time
from typing import Any

import redis

from hotline.domain.errors import Invalid
from hotline.domain.heard import Heard
from hotline.live.channel import PATIENCE_S
from hotline.live.heard import HEARD


class RedisWords:
    """One reader's ear at the channel. Without Redis waiting is only waiting."""

    def __init__(self, url: str) -> None:
        # Bytes: what is no text must not end the subscription.
        patience = PATIENCE_S
        self._redis = redis.Redis.from_url(url, socket_timeout=patience, socket_connect_timeout=patience)
        self._pubsub: Any = None
        self._idle = threading.Event()

    def next(self, timeout_s: float) -> Heard | None:
        """The next words, or None when none come in time or what comes is not ours."""
        began = time.monotonic()
        try:
            if self._pubsub is None:
                self._pubsub = self._redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
                self._pubsub.subscribe(HEARD)
            message = self._pubsub.get_message(timeout=timeout_s)
        except (redis.RedisError, OSError):
            self._pubsub = None
            self._idle.wait(max(0.0, timeout_s - (time.monotonic() - began)))
            return None
        try:
            return Heard.from_json(message["data"]) if message else None
        except (Invalid, TypeError):
            return None
