"""The speech process: AudioSocket in front, recognisers behind, and a sign of life each second."""

import asyncio
import logging
import os
import signal
import time
from dataclasses import asdict
from typing import Any

from hotline.domain.categorise import Categoriser
from hotline.domain.errors import Invalid, Unavailable
from hotline.domain.topics import Topics
from hotline.live.heard import RedisHeardBoard, connect
from hotline.settings import Settings
from hotline.speech.audiosocket import AudioSocketServer
from hotline.speech.listening import ListeningRules
from hotline.speech.ports import Pulse
from hotline.speech.session import Room
from hotline.speech.workers import WorkerPool
from hotline.topics_file import load_topics

log = logging.getLogger(__name__)

GO_HOME_S = 1.2  # running calls get this long; the whole process is gone within 2 s
_BEAT_S = 1.0
_SPARE_SESSIONS = 64  # calls that find no free recogniser still get their answer


def run(settings: Settings) -> None:
    """The process, until it is told to stop."""
    asyncio.run(main(settings))


async def main(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Run until SIGTERM, SIGINT or `stop`. Raises Unavailable when the port is taken."""
    stopping = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    client = connect(settings.redis_url)
    board = RedisHeardBoard(client)
    pool = WorkerPool(
        settings.speech_model,
        streams=settings.speech_streams,
        workers=os.cpu_count() or 1,
        clock=time.monotonic,
    )
    room = Room(
        pool=pool,
        board=board,
        categoriser=Categoriser(_topics_or_none(settings)),
        rules=ListeningRules(cap_s=settings.listen_cap_s),
        clock=time.monotonic,
        now=time.time,
        stopping=stopping,
    )
    server = AudioSocketServer(room, board, sessions=settings.speech_streams + _SPARE_SESSIONS)
    try:
        async with asyncio.TaskGroup() as tasks:
            listening = await server.listen(settings.audiosocket_port, settings.audiosocket_fd)
            others = [
                tasks.create_task(pool.run(), name="workers"),
                tasks.create_task(_beat(board, pool, server), name="pulse"),
            ]
            await stopping.wait()
            listening.close()
            await server.go_home(GO_HOME_S)
            for task in others:
                task.cancel()
    except* Unavailable as group:
        raise group.exceptions[0] from None
    finally:
        await client.aclose()


def _topics_or_none(settings: Settings) -> Topics:
    """Without topics a call is still heard and its words are shown."""
    try:
        return load_topics(settings.topics_file)
    except Invalid as problem:
        log.error("%s; words are shown without categories", problem)
        return Topics()


def figures(pool: WorkerPool, server: AudioSocketServer) -> dict[str, Any]:
    """What the screens and `hotline doctor` say about this process."""
    return {
        "streams": pool.busy,
        "capacity": pool.capacity if pool.ready else 0,
        "workers": len(pool.ready),
        "worker_pids": pool.ready,
        "model": pool.model.name,
        "problem": pool.problem,
        **asdict(pool.counters),
        **asdict(server.counted),
    }


async def _beat(pulse: Pulse, pool: WorkerPool, server: AudioSocketServer) -> None:
    """Tells once when Redis goes and once when it comes back."""
    reached = True
    while True:
        try:
            await pulse.alive(figures(pool, server))
            if not reached:
                log.info("Redis answers again")
            reached = True
        except Unavailable as problem:
            if reached:
                log.warning("%s; calls are not listened to", problem)
            reached = False
        await asyncio.sleep(_BEAT_S)
