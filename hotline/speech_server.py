"""The speech process: AudioSocket in front, recognisers behind, and a sign of life each second."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from hotline.categoriser.live import LiveCategoriser
from hotline.categoriser.versions import VersionFolder
from hotline.domain.errors import Unavailable
from hotline.live.heard import RedisHeardBoard, connect
from hotline.log_lines import in_loop
from hotline.places_file import WatchedPlaces
from hotline.settings import Settings
from hotline.speech.afterwards import Afterwards
from hotline.speech.audiosocket import AudioSocketServer
from hotline.speech.listening import ListeningRules
from hotline.speech.models_store import ModelStore
from hotline.speech.models_watch import ModelWatch, first_model
from hotline.speech.ports import Pulse
from hotline.speech.session import Room
from hotline.speech.workers import WorkerPool
from hotline.storage.sql import SqlStorage
from hotline.topics_file import WatchedTopics

log = logging.getLogger(__name__)

GO_HOME_S = 1.2  # running calls get this long; the whole process is gone within 2 s
_BEAT_S = 1.0
_SPARE_SESSIONS = 64  # calls that find no free recogniser still get their answer


def run(settings: Settings) -> None:
    """The process, until it is told to stop."""
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    asyncio.get_running_loop().set_exception_handler(in_loop)
    await main(settings)


async def main(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Run until SIGTERM, SIGINT or `stop`. Raises Unavailable when the port is taken."""
    stopping = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    client = connect(settings.redis_url)
    board = RedisHeardBoard(client)
    models = ModelStore(settings.models_dir, settings.shipped_model)
    given = settings.speech_model if settings.speech_model_given else None
    pool = WorkerPool(
        first_model(models, given),
        streams=settings.speech_streams,
        workers=len(os.sched_getaffinity(0)),
        clock=time.monotonic,
    )
    categoriser = _categoriser(settings)
    room = Room(
        pool=pool,
        board=board,
        categoriser=categoriser,
        rules=ListeningRules(cap_s=settings.listen_cap_s),
        clock=time.monotonic,
        now=time.time,
        stopping=stopping,
    )
    watch = ModelWatch(pool, models)
    storage = SqlStorage.open(settings.database_url)
    afterwards = Afterwards(pool, storage, settings.recordings_dir, lambda: datetime.now(UTC))

    def more() -> dict[str, Any]:
        return afterwards.figures() | watch.figures()

    server = AudioSocketServer(room, board, sessions=settings.speech_streams + _SPARE_SESSIONS)
    try:
        async with asyncio.TaskGroup() as tasks:
            listening = await server.listen(settings.audiosocket_port, settings.audiosocket_fd)
            others = [
                tasks.create_task(pool.run(), name="workers"),
                tasks.create_task(categoriser.watch(), name="categoriser"),
                tasks.create_task(
                    _beat(board, lambda: figures(pool, server, categoriser) | more()), name="pulse"
                ),
            ]
            if given is None:
                others.append(tasks.create_task(watch.run(), name="models"))
            if settings.transcribe:
                others.append(tasks.create_task(afterwards.run(), name="recordings"))
            await stopping.wait()
            listening.close()
            await server.go_home(GO_HOME_S)
            for task in others:
                task.cancel()
    except ExceptionGroup as group:  # what `except*` raises, Python 3.11.2 puts into another group
        if (ours := group.subgroup(Unavailable)) is None:
            raise
        raise ours.exceptions[0] from None
    finally:
        await client.aclose()
        storage.close()


def _categoriser(settings: Settings) -> LiveCategoriser:
    """Without topics a call is still heard and its words are shown; without places none is offered."""
    folder = settings.runtime_dir / "categoriser"
    topics = WatchedTopics(settings.topics_file, folder / "topics.toml", may_be_empty=True)
    places = WatchedPlaces(settings.places_file, folder / "places.toml")
    return LiveCategoriser(topics, VersionFolder(folder), places)


def figures(pool: WorkerPool, server: AudioSocketServer, categoriser: LiveCategoriser) -> dict[str, Any]:
    """What the screens and `hotline doctor` say about this process."""
    return {
        "streams": pool.busy,
        "streams_on": pool.busy_on,
        "capacity": pool.capacity if pool.ready else 0,
        "workers": len(pool.ready),
        "worker_pids": pool.ready,
        "model": pool.model.name,
        "problem": pool.problem,
        "categoriser": categoriser.figures(),
        **asdict(pool.counters),
        **asdict(server.counted),
    }


async def _beat(pulse: Pulse, figures_now: Callable[[], dict[str, Any]]) -> None:
    """Tells once when Redis goes and once when it comes back."""
    reached = True
    while True:
        try:
            await pulse.alive(figures_now())
            if not reached:
                log.info("Redis answers again")
            reached = True
        except Unavailable as problem:
            if reached:
                log.warning("%s; calls are not listened to", problem)
            reached = False
        await asyncio.sleep(_BEAT_S)
