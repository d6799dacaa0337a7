"""Keeps the seats' membership of the queues equal to what the database says."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from hotline.domain.errors import HotlineError, NotFound
from hotline.domain.facts import SeatMemberChanged
from hotline.domain.ids import SeatId
from hotline.services import seats
from hotline.services.ports import Transaction
from hotline.services.reconcile import LiveSeat
from hotline.services.seats import Membership
from hotline.switchboard.backlog import DatabaseWorker

log = logging.getLogger(__name__)
AGAIN_S = 1.0


class MembershipKeeper:
    """`has` is what Asterisk last said of each seat. A seat is looked at when its row changed or Asterisk
    told of it, and all of them after a resynchronisation; only while nothing waits for the database, because
    older rows would un-pause a seat that has just ended a talk.
    """

    def __init__(
        self,
        worker: DatabaseWorker,
        set_membership: Callable[[Membership], Awaitable[None]],
        in_step: Callable[[], bool],
    ) -> None:
        self._worker = worker
        self._set = set_membership
        self._in_step = in_step
        self._has: dict[SeatId, Membership] = {}
        self._doubtful: set[SeatId] = set()
        self._wake = asyncio.Event()
        self.told = 0
        # Held by whoever first tells Asterisk and then the database, or the other way round.
        self.lock = asyncio.Lock()

    def figures(self) -> dict[str, Any]:
        """For the alive key."""
        return {"seats_in_queue": sum(has.in_queue for has in self._has.values()), "told": self.told}

    def saw(self, fact: SeatMemberChanged) -> None:
        """Asterisk's own word on a seat; it may come after the answer to what we told, and undo it."""
        reason = fact.reason if fact.paused else ""
        self._has[fact.seat] = Membership(
            seat=fact.seat, in_queue=fact.in_queue, paused=fact.in_queue and fact.paused, reason=reason
        )
        self.doubt(fact.seat)

    def doubt(self, *some: SeatId) -> None:
        """Look at these seats soon."""
        self._doubtful.update(some)
        self._wake.set()

    def start_over(self, live: Mapping[SeatId, LiveSeat]) -> None:
        """Everything Asterisk has."""
        self._has = {
            now.seat: Membership(seat=now.seat, in_queue=now.in_queue, paused=now.paused, reason=now.reason)
            for now in live.values()
        }
        self.doubt(*self._has)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if not self._in_step():
                continue  # whoever applies the last item wakes us
            if not await self._put_right():
                await asyncio.sleep(AGAIN_S)
                self._wake.set()

    def in_step_again(self) -> None:
        """The database knows everything that happened."""
        if self._doubtful:
            self._wake.set()

    async def _put_right(self) -> bool:
        """False when Asterisk or the database did not let us; the rest is looked at later then."""
        looked_at, self._doubtful = self._doubtful, set()
        while looked_at:
            seat = min(looked_at)
            async with self.lock:
                if not self._in_step():
                    self._doubtful |= looked_at
                    return True
                try:
                    await self._tell(await self._worker.read(partial(_wanted, seat=seat)))
                except NotFound:
                    pass  # a member of the queues that is none of our seats is left alone
                except HotlineError as problem:
                    log.warning("%s in the queues: %s", seat, problem)
                    self._doubtful |= looked_at
                    return False
            looked_at.discard(seat)
        return True

    async def _tell(self, wanted: Membership) -> None:
        if _same(self._has.get(wanted.seat, Membership(seat=wanted.seat, in_queue=False)), wanted):
            return
        await self._set(wanted)
        self.told += 1
        self._has[wanted.seat] = wanted


def _wanted(tx: Transaction, seat: SeatId) -> Membership:
    return seats.membership(tx.seats.get(seat))


def _same(has: Membership, wanted: Membership) -> bool:
    if not wanted.in_queue:
        return not has.in_queue
    return has.in_queue and has.paused == wanted.paused and (not wanted.paused or has.reason == wanted.reason)
