"""Callers heard beside the queue: begun when no seat is free, followed up when their words are known."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from hotline.domain import facts
from hotline.domain.call import Call, CallState
from hotline.domain.errors import HotlineError, NotFound, Unavailable
from hotline.domain.hearing_mode import Mode
from hotline.domain.ids import CallId, QueueId
from hotline.domain.queues import GENERAL
from hotline.services.ports import CallDesk
from hotline.services.reconcile import LiveState
from hotline.switchboard.arrivals import Arrivals
from hotline.switchboard.backlog import Backlog, DatabaseWorker
from hotline.telephony.ami_callers import Ask, AsteriskCallers

log = logging.getLogger(__name__)
REMEMBERED = 1_000
KEY_EVERY_S, MOST_KEYS = 0.25, 8


class BesideTheQueue:
    """Nothing here is waited for by a caller, and nothing that fails changes his place."""

    def __init__(
        self,
        callers: AsteriskCallers,
        worker: DatabaseWorker,
        backlog: Backlog,
        now: Callable[[], datetime],
        desk: CallDesk,
        *,
        hear_on: bool,
    ) -> None:
        self._callers, self._worker, self._backlog, self._now = callers, worker, backlog, now
        self._desk, self._hear_on = desk, hear_on
        self._heard_on: OrderedDict[CallId, None] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self.heard_beside = 0
        self.hurried = 0
        self.moved = 0
        self.failed = 0

    def figures(self) -> dict[str, Any]:
        """For the alive key."""
        return {
            "heard_beside": self.heard_beside,
            "hurried": self.hurried,
            "moved": self.moved,
            "beside_failed": self.failed,
        }

    def begin(self, call_id: CallId, channel: str, ask: Ask, ear: bool) -> None:
        """Greet and hear a caller where he is."""
        self.heard_beside += ear
        self._start(self._callers.listen_beside(call_id, channel, ask, ear), "heard beside the queue")

    def hurry(self, channel: str, is_on_the_way: Callable[[], bool]) -> None:
        """Send a caller who is greeted or heard before the queue into it."""
        self.hurried += 1
        self._start(self._press_until(channel, is_on_the_way), "hurried into the queue")

    async def _press_until(self, channel: str, is_on_the_way: Callable[[], bool]) -> None:
        """Between two steps of the dialplan, while a script is asked, Asterisk throws keys away."""
        for _ in range(MOST_KEYS):
            if not is_on_the_way():
                return
            await self._callers.press_key(channel)
            await asyncio.sleep(KEY_EVERY_S)

    def follow(self, heard: Sequence[CallId]) -> None:
        """The words of these calls are known: they move to their queue, urgent ones to the front."""
        for call_id in heard:
            self._start(self._bring_forward(call_id), "moved to the front")
            self._start(self._move(call_id), "moved to its queue")

    async def _bring_forward(self, call_id: CallId) -> None:
        call = await self._worker.read(lambda tx: tx.calls.get(call_id))
        if call is not None and _is_urgent(call):
            await self._callers.to_front(await self._callers.channel_of(call_id))

    async def _move(self, call_id: CallId) -> None:
        call = await self._worker.read(lambda tx: tx.calls.get(call_id))
        if call is None or not _is_to_move(call):
            return
        queue = _queue_of(call)
        await self._callers.mark(await self._callers.channel_of(call_id), queue)
        self._backlog.put(facts.CallerRouted(at=self._now(), call_id=call_id, queue=queue))
        self.moved += 1

    def hear_on(self, calls: Iterable[CallId]) -> None:
        """These were answered, or their first sentence is over: if they talk, they are heard on."""
        for call_id in calls if self._hear_on else ():
            self._start(self._hear(call_id), "heard on")

    async def _hear(self, call_id: CallId) -> None:
        call = await self._worker.read(lambda tx: tx.calls.get(call_id))
        if call is None or call_id in self._heard_on or not _is_to_hear_on(call):
            return
        self._heard_on[call_id] = None
        while len(self._heard_on) > REMEMBERED:
            self._heard_on.popitem(last=False)
        channel = await self._callers.channel_of(call_id)
        try:
            await asyncio.to_thread(self._desk.expect, call_id, Mode.ON)
        except Unavailable:
            return  # nobody is there to listen: that is told elsewhere
        await self._callers.hear_on(call_id, channel)

    def look_again(self, live: LiveState) -> None:
        """After a time in which nobody followed; who is in front by `live` keeps his place there."""
        in_front = frozenset(call.call_id for call in live.calls.values() if call.in_front)

        async def look() -> None:
            for call in await self._worker.read(lambda tx: tx.calls.live()):
                if _is_urgent(call) and call.id not in in_front:
                    self._start(self._bring_forward(call.id), "moved to the front")
                if _is_to_move(call):
                    self._start(self._move(call.id), "moved to its queue")

        self._start(look(), "looked at again")

    def _start(self, work: Coroutine[Any, Any, None], what: str) -> None:
        async def safely() -> None:
            try:
                await work
            except NotFound:
                pass  # he hung up meanwhile
            except HotlineError as problem:
                self.failed += 1
                log.warning("a caller could not be %s: %s", what, problem)

        task = asyncio.get_running_loop().create_task(safely(), name=what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _queue_of(call: Call) -> QueueId:
    """General means that nothing was understood: then the line the citizen dialled still tells something."""
    return call.heard.queue if call.heard and call.heard.queue != GENERAL else call.queue


def _is_understood(call: Call) -> bool:
    waits = call.state in (CallState.WAITING, CallState.RINGING)
    return waits and call.heard is not None and call.heard.final


def _is_urgent(call: Call) -> bool:
    return _is_understood(call) and call.heard is not None and call.heard.urgent


def _is_to_move(call: Call) -> bool:
    return _is_understood(call) and _queue_of(call) != call.queue


def _is_to_hear_on(call: Call) -> bool:
    """A caller is heard once at a time: the ear may still be at his first sentence."""
    is_heard = call.listening_at is not None and (call.heard is None or not call.heard.final)
    return call.state in (CallState.TALKING, CallState.HELD) and not is_heard


class SwitchReception:
    """Implements Reception for the threads of `greet`; `loop` is the switch's."""

    def __init__(
        self, arrivals: Arrivals, desk: CallDesk, beside: BesideTheQueue, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._arrivals, self._desk, self._beside, self._loop = arrivals, desk, beside, loop

    def seat_is_free(self, call_id: CallId, channel: str) -> bool:
        return self._arrivals.arrive(call_id, channel)

    def hear_beside(self, call_id: CallId, channel: str) -> None:
        ear = self._is_expected(call_id)
        self._loop.call_soon_threadsafe(self._beside.begin, call_id, channel, Ask.GREETING, ear)

    def let_earlier_ones_in(self, limit_s: float) -> None:
        for caller in self._arrivals.to_hurry():
            on_the_way = partial(self._arrivals.is_on_the_way, caller.call_id)
            self._loop.call_soon_threadsafe(self._beside.hurry, caller.channel, on_the_way)
            if not caller.is_heard and self._is_expected(caller.call_id):
                begin = self._beside.begin
                self._loop.call_soon_threadsafe(begin, caller.call_id, caller.channel, Ask.BEEP, True)
        self._arrivals.wait_until_there(limit_s)

    def _is_expected(self, call_id: CallId) -> bool:
        """Without an ear he is greeted only: Asterisk must not even try to reach one that is not there."""
        try:
            self._desk.expect(call_id)
        except Unavailable:
            return False
        return True
