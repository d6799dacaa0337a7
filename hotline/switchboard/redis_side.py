"""The switch's side of Redis, which may be away: words heard, commands, the bell, and its sign of life."""

import asyncio
import json
import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import redis.asyncio
from redis.exceptions import RedisError

from hotline.domain.errors import Invalid
from hotline.domain.heard import Heard
from hotline.domain.ids import CallId
from hotline.live.channel import ALIVE, COMMANDS, LONGEST_COMMAND, OUTBOX, PATIENCE_S
from hotline.live.heard import HEARD

log = logging.getLogger(__name__)

BACKOFF_S = (0.1, 0.2, 0.5, 1.0)
LISTEN_S = 1.0
BELL = "bell"
ALIVE_S = 5
Failure = (RedisError, OSError, TimeoutError)


class RedisSide:
    """Each loop has its own connection and comes back by itself; one line in the log for each change."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._down: set[str] = set()
        self._attempts: dict[str, int] = {}
        self._ring = asyncio.Event()
        self._newest = 0
        self.not_heard = 0  # messages on the channel that were no `Heard`

    def figures(self) -> dict[str, Any]:
        """For the alive key."""
        return {"not_heard": self.not_heard}

    # -- words and the bell --------------------------------------------------------------------------------

    async def listen(
        self,
        on_heard: Callable[[Heard], None],
        on_bell: Callable[[], None],
        missing: Callable[[], Awaitable[Iterable[CallId]]],
    ) -> None:
        """Until cancelled. After each connecting, what was said meanwhile is looked up for the calls that
        `missing` names: a channel tells nothing twice.
        """

        async def once(client: "redis.asyncio.Redis") -> None:
            async with client.pubsub(ignore_subscribe_messages=True) as pubsub:
                await pubsub.subscribe(HEARD, OUTBOX)
                for call_id in await missing():
                    self._hear(await client.get(f"{HEARD}:{call_id}"), on_heard)
                self._well("words heard")
                while True:
                    message = await pubsub.get_message(timeout=LISTEN_S)
                    if message is None:
                        continue
                    if message["channel"] == HEARD.encode():
                        self._hear(message["data"], on_heard)
                    elif message["channel"] == OUTBOX.encode():
                        on_bell()

        await self._keep("words heard", once)

    def _hear(self, raw: Any, on_heard: Callable[[Heard], None]) -> None:
        if not isinstance(raw, bytes):
            return
        try:
            heard = Heard.from_json(raw)
        except Invalid:
            self.not_heard += 1
            return
        on_heard(heard)

    # -- commands ------------------------------------------------------------------------------------------

    async def take_commands(self, take: Callable[[str], Awaitable[None]]) -> None:
        """Until cancelled; the oldest first."""

        async def once(client: "redis.asyncio.Redis") -> None:
            while True:
                popped = await client.brpop([COMMANDS], timeout=LISTEN_S)
                self._well("commands")
                if popped:
                    raw: Any = popped[1][: LONGEST_COMMAND + 1]
                    await take(raw.decode("utf-8", "replace"))

        await self._keep("commands", once)

    # -- telling others ------------------------------------------------------------------------------------

    def ring(self, seq: int) -> None:
        """A commit added outbox rows up to `seq`; several rings soon become one. For the loop's thread."""
        self._newest = max(self._newest, seq)
        self._ring.set()

    async def ring_bell(self) -> None:
        """Until cancelled. Readers look by themselves too: a ring that fails is not repeated."""

        async def once(client: "redis.asyncio.Redis") -> None:
            while True:
                await self._ring.wait()
                self._ring.clear()
                await client.publish(OUTBOX, str(self._newest))

        await self._keep(BELL, once)

    async def announce(self, figures: Callable[[], Mapping[str, Any]], every_s: float = 1.0) -> None:
        """Until cancelled: `hotline:alive:switch`, each second."""

        async def once(client: "redis.asyncio.Redis") -> None:
            while True:
                said = {"pid": os.getpid(), "at": time.time(), **figures()}
                await client.set(f"{ALIVE}switch", json.dumps(said), ex=ALIVE_S)
                self._well("presence")
                await asyncio.sleep(every_s)

        await self._keep("presence", once)

    # -- connections ---------------------------------------------------------------------------------------

    async def _keep(self, purpose: str, once: Callable[["redis.asyncio.Redis"], Awaitable[None]]) -> None:
        """Run `once` with a fresh client, again and again, more slowly while it fails at once."""
        while True:
            client = redis.asyncio.Redis.from_url(
                self._url, socket_timeout=LISTEN_S + PATIENCE_S, socket_connect_timeout=PATIENCE_S
            )
            try:
                await once(client)
            except Failure:
                if purpose != BELL:  # it only speaks when there is something to ring for
                    self._ill(purpose)
            finally:
                await client.aclose()
            attempt = self._attempts[purpose] = self._attempts.get(purpose, -1) + 1
            await asyncio.sleep(BACKOFF_S[min(attempt, len(BACKOFF_S) - 1)])

    def _well(self, purpose: str) -> None:
        self._attempts[purpose] = -1
        if purpose in self._down:
            self._down.discard(purpose)
            if not self._down:
                log.info("Redis answers again")

    def _ill(self, purpose: str) -> None:
        if not self._down:
            log.error(
                "Redis does not answer (%s): calls go on, commands and words heard do not come", purpose
            )
        self._down.add(purpose)
