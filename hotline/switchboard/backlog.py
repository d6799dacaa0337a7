"""What happened and is not in the database yet: kept in order, written as soon as it can be."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from hotline.domain.errors import Unavailable
from hotline.domain.events import CommandRefused, Event
from hotline.domain.facts import Fact
from hotline.domain.heard import Heard
from hotline.domain.ids import CallId
from hotline.log_lines import kind_and_place
from hotline.services import calls
from hotline.services.ports import Storage, Transaction
from hotline.services.reconcile import CallHistory, LiveState, reconcile

log = logging.getLogger(__name__)
T = TypeVar("T")

BATCH = 50
FULL = 100_000
BACKOFF_S = (0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resync:
    """Asterisk's whole state, to be applied behind the events that came before it.

    Of the calls that are `ending` the end was told, and follows.
    """

    live: LiveState
    history: Sequence[CallHistory]
    ending: frozenset[CallId] = frozenset()


Item = Fact | Heard | CommandRefused | Resync
Applied = Callable[[Sequence[Item], Sequence[Event]], None]


class DatabaseWorker:
    """One thread for all of the switch's transactions: they never overtake each other."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")

    async def write(self, use_case: Callable[[Transaction], T]) -> T:
        """Run `use_case` in one transaction. Raises Unavailable when the database does not answer."""

        def run() -> T:
            with self._storage.writing() as tx:
                return use_case(tx)

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    async def read(self, use_case: Callable[[Transaction], T]) -> T:
        """The same with a view that changes nothing."""

        def run() -> T:
            with self._storage.reading() as tx:
                return use_case(tx)

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    def close(self) -> None:
        """What runs ends by itself; nothing more is begun."""
        self._thread.shutdown(wait=False, cancel_futures=True)


class Backlog:
    """One consumer. A database that does not answer is asked again with the same items; what cannot be
    applied at all is counted, told in the log, and left out, so that it does not stop what is behind it.
    """

    def __init__(self, worker: DatabaseWorker, on_applied: Applied | None = None) -> None:
        self._worker = worker
        self.on_applied: Applied = on_applied or (lambda items, happened: None)
        self._items: deque[Item] = deque()
        self._more = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self.applied = 0
        self.retries = 0
        self.failed = 0
        self.waiting_for_database = False

    def __len__(self) -> int:
        return len(self._items)

    def figures(self) -> dict[str, Any]:
        """For the alive key."""
        return {
            "backlog": len(self._items),
            "facts_applied": self.applied,
            "retries": self.retries,
            "facts_failed": self.failed,
            "database": not self.waiting_for_database,
        }

    def put(self, item: Item) -> None:
        """Behind everything that waits."""
        self._items.append(item)
        self._more.set()
        if len(self._items) >= FULL:
            self._room.clear()

    async def room(self) -> None:
        """Wait while it is full; then Asterisk's events wait where losing them is noticed and made good."""
        await self._room.wait()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._more.wait()
            while self._items:
                batch = self._next_batch()
                happened = await self._insist(batch)
                for _ in batch:
                    self._items.popleft()
                self.applied += len(batch)
                if len(self._items) < FULL // 2:
                    self._room.set()
                self.on_applied(batch, happened)
            self._more.clear()

    def _next_batch(self) -> list[Item]:
        """Several facts a commit when many wait; a resynchronisation alone."""
        batch: list[Item] = []
        for item in self._items:
            if isinstance(item, Resync) and batch:
                break
            batch.append(item)
            if isinstance(item, Resync) or len(batch) == BATCH:
                break
        return batch

    async def _insist(self, batch: list[Item]) -> list[Event]:
        attempt = 0
        while True:
            try:
                happened = await self._apply(batch)
            except Unavailable as problem:
                if not self.waiting_for_database:
                    log.error("%s; what happens in Asterisk is kept until it does", problem)
                self.waiting_for_database = True
                self.retries += 1
                await asyncio.sleep(BACKOFF_S[min(attempt, len(BACKOFF_S) - 1)])
                attempt += 1
                continue
            if self.waiting_for_database:
                self.waiting_for_database = False
                log.info("the database answers again; %d items waited", len(self._items))
            return happened

    async def _apply(self, batch: list[Item]) -> list[Event]:
        """All in one transaction; when one of them is impossible, each in its own."""
        try:
            return await self._worker.write(lambda tx: [e for item in batch for e in apply(tx, item)])
        except Unavailable:
            raise
        except Exception as problem:
            if len(batch) == 1:
                self._leave_out(batch[0], problem)
                return []
        happened: list[Event] = []
        for item in batch:
            happened += await self._alone(item)
        return happened

    async def _alone(self, item: Item) -> list[Event]:
        """In a transaction of its own; the one with the others in it was rolled back."""
        try:
            return await self._worker.write(lambda tx: apply(tx, item))
        except Unavailable:
            raise
        except Exception as problem:
            self._leave_out(item, problem)
            return []

    def _leave_out(self, item: Item, problem: Exception) -> None:
        self.failed += 1
        log.error("%s left out: %s", type(item).__name__, kind_and_place(problem))


def apply(tx: Transaction, item: Item) -> list[Event]:
    """One item, in a transaction that is there already."""
    match item:
        case Heard():
            return calls.apply_heard(tx, item)
        case CommandRefused():
            tx.outbox.add([item])
            return [item]
        case Resync():
            return reconcile(tx, item.live, item.history, item.ending)
        case Fact():
            return calls.apply_fact(tx, item)
