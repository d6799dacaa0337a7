"""The workers together: a place for each stream, and a new worker for each that dies, hangs or is worn."""

import asyncio
import itertools
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hotline.domain.errors import Unavailable
from hotline.speech.stream import Stream
from hotline.speech.worker_process import WorkerProcess, start_process

log = logging.getLogger(__name__)

HANG_S = 2.0
_BUSY_LAG_S = 0.5  # a worker this far behind takes no new stream
_WATCH_S = 0.25
_SHORT_LIFE_S = 10.0
_LONGEST_PAUSE_S = 30.0


@dataclass(slots=True)
class Counters:
    """Since the start: streams not taken, workers started again, sentences that were lost with a worker."""

    refused: int = 0
    restarted: int = 0
    failed: int = 0


class WorkerPool:
    """`streams` recognisers at once in `workers` processes, each process replaced after some utterances."""

    def __init__(
        self, model: Path, *, streams: int, workers: int, clock: Callable[[], float], recycle_after: int = 500
    ) -> None:
        self.model = model
        self.capacity = max(0, streams)
        self.counters = Counters()
        self.problem = ""
        self._slots = min(max(1, workers), max(1, streams)) if streams > 0 else 0
        self._a_worker = math.ceil(self.capacity / self._slots) if self._slots else 0
        self._recycle_after = recycle_after
        self._clock = clock
        self._workers: list[WorkerProcess] = []
        self._homeless: list[Stream] = []
        self._numbers = itertools.count(1)

    @property
    def busy(self) -> int:
        """Streams that are being heard."""
        return sum(worker.busy for worker in self._workers) + len(self._homeless)

    @property
    def ready(self) -> list[int]:
        """Process ids of the workers that have loaded the model."""
        return [worker.pid for worker in self._workers if not worker.retiring]

    def open(self) -> Stream | None:
        """A stream at the least busy worker, or None at once when no recogniser is free."""
        place = self._place()
        if place is None or self.busy >= self.capacity:
            self.counters.refused += 1
            return None
        stream = Stream(next(self._numbers))
        place.seat(stream)
        if place.utterances >= self._recycle_after:
            place.over.set()
        return stream

    async def run(self) -> None:
        """Keep the workers alive until cancelled; then none is left."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._slots):
                tasks.create_task(self._keep_one(tasks))
            tasks.create_task(self._watch())

    def _place(self) -> WorkerProcess | None:
        fit = [
            w for w in self._workers if not w.retiring and w.busy < self._a_worker and w.lag() < _BUSY_LAG_S
        ]
        return min(fit, key=lambda worker: worker.busy, default=None)

    async def _keep_one(self, tasks: asyncio.TaskGroup) -> None:
        worn: WorkerProcess | None = None
        short_lives = 0
        while True:
            started_at = self._clock()
            worker = await self._start(tasks)
            if worker is not None and worker.loaded:
                self._join(worker)
                if worn is not None:
                    worn.retire()
                await worker.over.wait()
                worn = worker if worker.exit_code is None else None
                if worn is not None or self._clock() - started_at > _SHORT_LIFE_S:
                    short_lives = 0
                    continue
            short_lives += 1
            # The first death is made good at once: one is an accident, a row of them would eat the machine.
            if worker is None or not worker.loaded or short_lives > 1:
                await asyncio.sleep(min(_LONGEST_PAUSE_S, 0.1 * 2**short_lives))

    async def _start(self, tasks: asyncio.TaskGroup) -> WorkerProcess | None:
        """A worker that has loaded the model, or died of it; None when there is no process at all."""
        try:
            worker = WorkerProcess(await start_process(self.model), self._clock, self._on_lost)
        except Unavailable as error:
            self._tell(str(error))
            return None
        tasks.create_task(worker.serve())
        await worker.settled.wait()
        self._tell(
            f"speech model {self.model.name} does not load: {worker.problem}" if worker.problem else ""
        )
        return worker

    def _tell(self, problem: str) -> None:
        """One line when something begins, none while it lasts."""
        if problem and problem != self.problem:
            log.error("%s; calls are not listened to", problem)
        elif self.problem and not problem:
            log.info("speech model %s is loaded", self.model.name)
        self.problem = problem

    def _join(self, worker: WorkerProcess) -> None:
        self._workers.append(worker)
        waiting, self._homeless = self._homeless, []
        for stream in waiting:
            self._move(stream)

    def _on_lost(self, worker: WorkerProcess, streams: list[Stream], culprit: Stream | None) -> None:
        if worker in self._workers:
            self._workers.remove(worker)
            if not worker.retiring:
                self.counters.restarted += 1
                log.warning("worker %d ended (%s) %s", worker.pid, worker.exit_code, worker.complaint)
        for stream in streams:
            if stream is culprit or stream.moved:
                self.counters.failed += 1
                stream.fail()
            elif not stream.done:
                stream.moved = True  # only once: it may be the next worker's death as well
                self._move(stream)

    def _move(self, stream: Stream) -> None:
        if stream.done:
            return
        if (place := self._place()) is not None:
            place.seat(stream)
        else:
            self._homeless.append(stream)

    async def _watch(self) -> None:
        """Kill workers that stand still, and forget the homeless whom nobody waits for any more."""
        while True:
            await asyncio.sleep(_WATCH_S)
            for worker in self._workers:
                if worker.stuck_for() > HANG_S:
                    log.warning("worker %d has not answered for %.0f s and is ended", worker.pid, HANG_S)
                    worker.kill()
            self._homeless = [stream for stream in self._homeless if not stream.done]
