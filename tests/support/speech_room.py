"""A real speech process with a Redis beside it, for the tests of speech."""

import asyncio
import json
import os
import signal
import subprocess
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import redis

from hotline import ourselves
from hotline.domain.heard import Heard
from hotline.domain.ids import CallId
from hotline.live.channel import connect
from hotline.live.heard import ALIVE, HEARD, RedisCallDesk
from tests.support.audio_caller import AudioCaller
from tests.support.patience import PATIENCE_S
from tests.support.servers import RedisServer, free_port, wait_until

T = TypeVar("T")


@dataclass
class SpeechRoom:
    """The process, what it logged, and the two ends of its conversation."""

    redis_server: RedisServer
    port: int
    process: "subprocess.Popen[str]"
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.redis: Any = redis.Redis.from_url(self.redis_server.url, decode_responses=True)
        self.desk = RedisCallDesk(connect(self.redis_server.url))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.lines.extend(iter(self.process.stderr.readline, ""))

    def alive(self) -> dict[str, Any]:
        raw = self.redis.get(ALIVE)
        return dict(json.loads(raw)) if raw else {}

    def expected_caller(self, speed: float = 1.0) -> AudioCaller:
        caller = AudioCaller(self.port, speed=speed)
        self.desk.expect(caller.call_id)
        return caller

    def final(self, call_id: CallId, wait_s: float = 0.0) -> Heard:
        heard = self.desk.heard(call_id, wait_s)
        assert heard is not None and heard.final, f"nothing final was heard: {self.lines[-5:]}"
        return heard

    def history(self, call_id: CallId, subscription: Any) -> list[Heard]:
        """All that was published about a call since `subscription` began."""
        seen = []
        while message := subscription.get_message(timeout=0.2):
            heard = Heard.from_json(message["data"])
            if heard.call_id == call_id:
                seen.append(heard)
        return seen

    def subscribe(self) -> Any:
        subscription = self.redis.pubsub(ignore_subscribe_messages=True)
        subscription.subscribe(HEARD)
        subscription.get_message(timeout=2)
        return subscription

    def rss_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE_S)
        self._reader.join(2)
        return code


@contextmanager
def running_speech(server: RedisServer, folder: Path, workers: int = 1, **more: str) -> Iterator[SpeechRoom]:
    port = free_port()
    environment = {key: value for key, value in os.environ.items() if key != "HOTLINE_AUDIOSOCKET_PORT"} | {
        "HOTLINE_RUNTIME_DIR": str(folder),
        "HOTLINE_REDIS_URL": server.url,
        "HOTLINE_AUDIOSOCKET_PORT": str(port),
        "HOTLINE_SPEECH_STREAMS": "4",
        **more,
    }
    server_client = redis.Redis.from_url(server.url)
    server_client.delete(ALIVE)
    process = subprocess.Popen(
        ourselves.command("speech"), env=environment, stderr=subprocess.PIPE, text=True
    )
    room = SpeechRoom(server, port, process)
    try:
        wait_until(
            lambda: room.alive().get("workers", -1) >= workers or process.poll() is not None,
            "speech is ready",
            40,
        )
        assert process.poll() is None, "".join(room.lines)
        yield room
    finally:
        room.stop()


def play(story: Coroutine[Any, Any, T]) -> T:
    """Run a caller's story."""
    return asyncio.run(story)
