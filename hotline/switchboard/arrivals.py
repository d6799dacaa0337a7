"""Who is on the way to the queue, and whether a seat is left for one more: `greet` asks, in its threads."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hotline.domain.call import CallState
from hotline.domain.ids import CallId
from hotline.domain.seat import SeatState
from hotline.services.ports import Storage, Transaction

LONGEST_WAY_S = 45.0  # greeting and listening are over long before; a caller we lost sight of keeps no seat


@dataclass(slots=True, kw_only=True)
class OnTheWay:
    """A caller who is greeted and heard before the queue, because there was a seat for him."""

    call_id: CallId
    channel: str
    since: float
    is_heard: bool = False
    hurried: bool = False


class Arrivals:
    """A seat is free for one more when more are ready than callers who wait or are on the way.

    Everybody who came before one for whom no seat is left must have his place before him: those on the way
    are hurried into the queue.
    """

    def __init__(self, storage: Storage, clock: Callable[[], float] = time.monotonic) -> None:
        self._storage, self._clock = storage, clock
        self._on_the_way: dict[CallId, OnTheWay] = {}
        self._changed = threading.Condition()

    def arrive(self, call_id: CallId, channel: str) -> bool:
        """Whether a seat is free for this caller; it is kept for him then. Raises Unavailable."""
        with self._storage.reading() as tx:
            ready, waiting = _ready_and_waiting(tx)
        with self._changed:
            self._forget_the_lost()
            if len((waiting | self._on_the_way.keys()) - {call_id}) >= ready:
                return False
            self._on_the_way[call_id] = OnTheWay(call_id=call_id, channel=channel, since=self._clock())
            return True

    def to_hurry(self) -> list[OnTheWay]:
        """Those on the way who were not asked to hurry yet; they count as asked from now on."""
        with self._changed:
            slow = [caller for caller in self._on_the_way.values() if not caller.hurried]
            for caller in slow:
                caller.hurried = True
            return slow

    def wait_until_there(self, limit_s: float) -> None:
        """Until all who are on the way now have their place, or `limit_s` are over."""
        with self._changed:
            ahead = frozenset(self._on_the_way)
            self._changed.wait_for(lambda: not ahead & self._on_the_way.keys(), limit_s)

    def is_heard(self, call_id: CallId) -> None:
        """The greeting is over and he speaks."""
        with self._changed:
            if caller := self._on_the_way.get(call_id):
                caller.is_heard = True

    def is_on_the_way(self, call_id: CallId) -> bool:
        """Greeted or heard, and not in the queue yet."""
        with self._changed:
            return call_id in self._on_the_way

    def is_there(self, *calls: CallId) -> None:
        """In the queue, or gone."""
        with self._changed:
            for call_id in calls:
                self._on_the_way.pop(call_id, None)
            self._changed.notify_all()

    def _forget_the_lost(self) -> None:
        earliest = self._clock() - LONGEST_WAY_S
        lost = [caller.call_id for caller in self._on_the_way.values() if caller.since < earliest]
        for call_id in lost:
            del self._on_the_way[call_id]


def _ready_and_waiting(tx: Transaction) -> tuple[int, frozenset[CallId]]:
    ready = sum(seat.state is SeatState.READY and seat.reachable for seat in tx.seats.all())
    before = (CallState.ARRIVING, CallState.WAITING)
    waiting: Iterable[CallId] = (call.id for call in tx.calls.live() if call.state in before)
    return ready, frozenset(waiting)
