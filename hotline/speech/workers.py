"""The workers together: a place for each stream, and a new worker for each that dies, hangs or is worn."""

import asyncio
import itertools
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hotline.domain.errors import Unavailable
from hotline.domain.hearing_mode import Mode
from hotline.speech.nursery_process import NurseryProcess
from hotline.speech.stream import Stream
from hotline.speech.worker_process import WorkerProcess

log = logging.getLogger(__name__)

HANG_S = 2.0
_BUSY_LAG_S = 0.5  # a worker this far behind takes no new stream
_WATCH_S = 0.25
_LOOK_S = 0.05
_SHORT_LIFE_S = 10.0
_LONGEST_PAUSE_S = 30.0


@dataclass(slots=True)
class Counters:
    """Since the start: streams taken and not taken, workers started again, sentences lost with a worker.

    Talks that were not heard on are counted apart: their first sentence was heard.
    """

    listened: int = 0
    refused: int = 0
    refused_on: int = 0
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
        self._nursery: NurseryProcess | None = None
        self._nursery_ready = asyncio.Event()
        self._changing = asyncio.Lock()
        self._retired: list[NurseryProcess] = []
        self._workers: list[WorkerProcess] = []
        self._homeless: list[Stream] = []
        self._numbers = itertools.count(1)

    @property
    def busy(self) -> int:
        """Streams of callers that are being heard."""
        homeless = sum(not stream.spare for stream in self._homeless)
        return sum(worker.busy for worker in self._workers) + homeless

    @property
    def ready(self) -> list[int]:
        """Process ids of the workers that take streams."""
        return [worker.pid for worker in self._workers if not worker.retiring]

    @property
    def busy_on(self) -> int:
        """Those of them that are heard on."""
        homeless = sum(stream.mode is Mode.ON for stream in self._homeless)
        return sum(worker.busy_on for worker in self._workers) + homeless

    def open(self, mode: Mode = Mode.SENTENCE) -> Stream | None:
        """A stream at the least busy worker, or None at once when no recogniser is free.

        Talks that are heard on hold their places for minutes: half of all places is left to first sentences.
        """
        place = self._place() if self.busy < self.capacity else None
        if mode is Mode.ON and (place is None or (self.busy_on + 1) * 2 > self.capacity):
            self.counters.refused_on += 1
            return None
        if place is None:
            self.counters.refused += 1
            return None
        self.counters.listened += 1
        stream = Stream(next(self._numbers), mode=mode)
        self._seat(stream, place)
        return stream

    def again(self, failed: Stream) -> Stream:
        """Another stream in the place of one that failed: at once, or as soon as there is a worker."""
        failed.close()
        stream = Stream(next(self._numbers), mode=failed.mode)
        self._move(stream)
        return stream

    def open_spare(self) -> Stream | None:
        """A stream that is not counted, for work that can wait; None unless half of the places are free."""
        place = self._place() if self.has_time else None
        if place is None:
            return None
        stream = Stream(next(self._numbers), spare=True)
        self._seat(stream, place)
        return stream

    @property
    def has_time(self) -> bool:
        """At least half of the places are free: there is time for work that can wait."""
        return bool(self.ready) and self.busy * 2 <= self.capacity

    async def use(self, model: Path) -> None:
        """Another model for all streams that begin from now on; those in progress finish where they are.

        Raises Unavailable, saying why, when it does not load; then everything stays as it is.
        """
        async with self._changing:
            fresh = NurseryProcess(model)
            await fresh.start()
            self._take_over(fresh)
            for worker in self._workers:
                worker.over.set()  # worn: a worker of the new model takes its place, then it retires

    async def run(self) -> None:
        """Keep the workers alive until cancelled; then none is left."""
        try:
            async with asyncio.TaskGroup() as tasks:
                if self._slots:
                    tasks.create_task(self._keep_nursery())
                for _ in range(self._slots):
                    tasks.create_task(self._keep_one(tasks))
                tasks.create_task(self._watch())
        finally:
            for nursery in (*self._retired, *([self._nursery] if self._nursery else [])):
                await nursery.end()

    def _place(self) -> WorkerProcess | None:
        fit = [
            w for w in self._workers if not w.retiring and w.busy < self._a_worker and w.lag() < _BUSY_LAG_S
        ]
        return min(fit, key=lambda worker: worker.busy, default=None)

    def _seat(self, stream: Stream, place: WorkerProcess) -> None:
        place.seat(stream)
        if place.utterances >= self._recycle_after:
            place.over.set()

    def _take_over(self, fresh: NurseryProcess) -> None:
        """From now on workers are born here; the one before ends with its last worker."""
        old, self._nursery, self.model = self._nursery, fresh, fresh.model
        self._nursery_ready.set()
        self._tell("")
        if old is not None and not old.gone.is_set():
            old.retire()
            self._retired.append(old)

    async def _keep_nursery(self) -> None:
        """Somewhere workers can be born; a model that does not load is tried again, more and more seldom."""
        failures = 0
        while True:
            async with self._changing:
                if self._nursery is None:
                    fresh = NurseryProcess(self.model)
                    try:
                        await fresh.start()
                        self._take_over(fresh)
                        failures = 0
                    except Unavailable as error:
                        failures += 1
                        self._tell(f"speech model {self.model.name} does not load: {error}")
            if self._nursery is None:
                await asyncio.sleep(min(_LONGEST_PAUSE_S, 0.1 * 2**failures))
            while (nursery := self._nursery) is not None:
                if nursery.gone.is_set():
                    self._forget_nursery()
                    log.warning("the process that holds model %s ended", nursery.model.name)
                else:
                    await asyncio.sleep(_LOOK_S)

    def _forget_nursery(self) -> None:
        self._nursery = None
        self._nursery_ready.clear()

    async def _keep_one(self, tasks: asyncio.TaskGroup) -> None:
        worn: WorkerProcess | None = None
        short_lives = 0
        while True:
            started_at = self._clock()
            worker = await self._bear(tasks)
            if worker is not None:
                self._join(worker)
                if worn is not None:
                    worn.retire()
                await worker.over.wait()
                worn = None if worker.dead else worker
                if worn is not None or self._clock() - started_at > _SHORT_LIFE_S:
                    short_lives = 0
                    continue
            short_lives += 1
            # The first death is made good at once: one is an accident, a row of them would eat the machine.
            if worker is None or short_lives > 1:
                await asyncio.sleep(min(_LONGEST_PAUSE_S, 0.1 * 2**short_lives))

    async def _bear(self, tasks: asyncio.TaskGroup) -> WorkerProcess | None:
        await self._nursery_ready.wait()
        nursery = self._nursery
        if nursery is None:
            return None
        try:
            worker = WorkerProcess(await nursery.bear(), self._clock, self._on_lost)
        except Unavailable as error:
            log.warning("%s; the process that holds the model is started again", error)
            if nursery is self._nursery and not nursery.gone.is_set():
                # It stands still. Its workers go on: it is left to them, and ends with the last.
                self._forget_nursery()
                self._retired.append(nursery)
            return None
        await worker.open()
        tasks.create_task(worker.serve())
        return worker

    def _tell(self, problem: str) -> None:
        """One line when something begins, none while it lasts, in whatever words it is told again."""
        if problem and not self.problem:
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
                stream.moved = True  # once in a sentence: it may be the next worker's death as well
                self._move(stream)

    def _move(self, stream: Stream) -> None:
        if stream.done:
            return
        if (place := self._place()) is not None:
            self._seat(stream, place)
        else:
            self._homeless.append(stream)

    async def _watch(self) -> None:
        """Kill workers that stand still, and forget whom nobody waits for any more."""
        while True:
            await asyncio.sleep(_WATCH_S)
            for worker in self._workers:
                if worker.stuck_for() > HANG_S:
                    log.warning("worker %d has not answered for %.0f s and is ended", worker.pid, HANG_S)
                    worker.kill()
            self._homeless = [stream for stream in self._homeless if not stream.done]
            inhabited = {worker.nursery for worker in self._workers}
            for nursery in self._retired:
                if nursery not in inhabited and not nursery.gone.is_set():
                    await nursery.end()
            self._retired = [nursery for nursery in self._retired if not nursery.gone.is_set()]
