"""What was heard, between speech and switch: the calls to expect, and words where both can read them."""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import redis
import redis.asyncio

from hotline.domain.errors import Invalid, Unavailable
from hotline.domain.heard import Heard
from hotline.domain.hearing_mode import Mode
from hotline.domain.ids import CallId

HEARD = "hotline:heard"
EXPECT = "hotline:expect:"
ALIVE = "hotline:alive:speech"
PATIENCE_S = 0.3  # nothing waits longer for Redis
_EXPECT_S = 120
_HEARD_S = 3600
_ALIVE_S = 5
_LOOK_AGAIN_S = 0.02
T = TypeVar("T")


class RedisCallDesk:
    """Implements CallDesk; used by the threads of the AGI scripts."""

    def __init__(self, client: "redis.Redis", clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = client
        self._clock = clock

    def expect(self, call_id: CallId, mode: Mode = Mode.SENTENCE) -> None:
        """The speech process listens to this call, once. Raises Unavailable, also when nobody is there."""
        if not _once_more(lambda: self._redis.exists(ALIVE)):
            raise Unavailable("nobody is there to listen")
        _once_more(lambda: self._redis.set(EXPECT + call_id, mode.value, ex=_EXPECT_S))

    def heard(self, call_id: CallId, wait_s: float) -> Heard | None:
        """What was heard; waits for the final words, and then takes what there is. Raises Unavailable."""
        deadline = self._clock() + wait_s
        while True:
            newest = _heard_or_none(_once_more(lambda: self._redis.get(f"{HEARD}:{call_id}")))
            left = deadline - self._clock()
            if left <= 0 or (newest is not None and newest.final):
                return newest
            time.sleep(min(_LOOK_AGAIN_S, left))


def _once_more(ask: Callable[[], T]) -> T:
    """A connection from before Redis was restarted fails once; a Redis that is frozen is not asked again."""
    try:
        try:
            return ask()
        except redis.ConnectionError:
            return ask()
    except redis.RedisError as problem:
        raise Unavailable("Redis does not answer") from problem


def _mode(value: bytes | str) -> Mode:
    """What makes no sense is one sentence, as most calls are."""
    return Mode.ON if value in (b"on", "on") else Mode.SENTENCE


def _heard_or_none(raw: Any) -> Heard | None:
    if raw is None:
        return None
    try:
        return Heard.from_json(raw)
    except Invalid:
        return None  # not ours: as if nothing had been heard


def connect(url: str, patience_s: float = PATIENCE_S) -> "redis.asyncio.Redis":
    """For the speech process: few connections, and no answer is waited for longer than `patience_s`."""
    pool = redis.asyncio.BlockingConnectionPool.from_url(
        url,
        max_connections=16,
        timeout=patience_s,
        socket_timeout=patience_s,
        socket_connect_timeout=patience_s,
    )
    return redis.asyncio.Redis.from_pool(pool)


class RedisHeardBoard:
    """Implements Expected, HeardBoard and Figures for the speech process."""

    def __init__(self, client: "redis.asyncio.Redis", patience_s: float = PATIENCE_S) -> None:
        self._redis = client
        self._patience_s = patience_s
        self._questions: list[tuple[CallId, asyncio.Future[Mode | None]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def expected(self, call_id: CallId) -> Mode | None:
        """Once for each time the switch expected the call: a second connection is not expected.

        What is asked meanwhile is asked together: a crowd of strangers must not use up the connections.
        """
        answer: asyncio.Future[Mode | None] = asyncio.get_running_loop().create_future()
        self._questions.append((call_id, answer))
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        try:
            async with asyncio.timeout(self._patience_s):
                return await answer
        except TimeoutError as problem:
            raise Unavailable("Redis does not answer") from problem

    async def _ask(self) -> None:
        while self._questions:
            questions, self._questions = self._questions, []
            waiting = [(call_id, answer) for call_id, answer in questions if not answer.done()]
            if not waiting:
                continue
            try:
                found = await self._take_down({call_id for call_id, _ in waiting})
            except Unavailable as problem:
                for _, answer in waiting:
                    if not answer.done():
                        answer.set_exception(problem)
                continue
            for call_id, answer in waiting:
                if not answer.done():
                    answer.set_result(found.pop(call_id, None))

    async def _take_down(self, calls: set[CallId]) -> dict[CallId, Mode]:
        """Those of the calls that are expected; from now on they are not."""
        asked = list(calls)
        values = await self._in_time(lambda: self._redis.mget([EXPECT + call_id for call_id in asked]))
        told = zip(asked, values, strict=True)
        found = {call_id: _mode(value) for call_id, value in told if value is not None}
        if found:
            await self._in_time(lambda: self._redis.delete(*(EXPECT + call_id for call_id in found)))
        return found

    async def put(self, heard: Heard) -> None:
        """The key holds the newest, the channel tells whoever waits."""
        text = heard.to_json()
        pipe = self._redis.pipeline(transaction=False)
        pipe.set(f"{HEARD}:{heard.call_id}", text, ex=_HEARD_S)
        pipe.publish(HEARD, text)
        await self._in_time(pipe.execute)

    async def newest(self, call_id: CallId) -> Heard | None:
        return _heard_or_none(await self._in_time(lambda: self._redis.get(f"{HEARD}:{call_id}")))

    async def alive(self, figures: dict[str, Any]) -> None:
        """This process lives; the key is gone 5 s after it does not."""
        text = json.dumps({"pid": os.getpid(), "at": time.time()} | figures, ensure_ascii=False)
        await self._in_time(lambda: self._redis.set(ALIVE, text, ex=_ALIVE_S))

    async def _in_time(self, ask: Callable[[], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(self._patience_s):
                try:
                    return await ask()
                except redis.ConnectionError:
                    return await ask()
        except (redis.RedisError, TimeoutError, OSError) as problem:
            raise Unavailable("Redis does not answer") from problem
