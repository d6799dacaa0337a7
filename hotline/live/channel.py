"""Our Redis: commands on their way, the bell that wakes the screens, and which processes are alive."""

import json
import threading
import time
from dataclasses import asdict
from typing import Any

import redis

from hotline.domain.errors import Invalid, Unavailable
from hotline.domain.ids import AccountId, SeatId
from hotline.services.ports import Command

COMMANDS = "hotline:commands"
OUTBOX = "hotline:outbox"
ALIVE = "hotline:alive:"
PATIENCE_S = 0.3  # nothing of ours waits longer for Redis
LONGEST_COMMAND = 4_096


def connect(url: str, patience_s: float = PATIENCE_S) -> "redis.Redis":
    """A client that gives up after `patience_s`; it connects when first used."""
    return redis.Redis.from_url(
        url, socket_timeout=patience_s, socket_connect_timeout=patience_s, decode_responses=True
    )


class RedisCommands:
    """Implements Commands."""

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client

    def send(self, command: Command) -> None:
        try:
            self._redis.lpush(COMMANDS, command_to_json(command))
        except redis.RedisError as problem:
            raise Unavailable("the switch cannot be reached now; try again in a moment") from problem


def command_to_json(command: Command) -> str:
    """One line for the list of commands."""
    return json.dumps(asdict(command), ensure_ascii=False)


def command_from_json(text: str) -> Command:
    """Read what a screen sent; raises Invalid for anything that is not a command."""
    try:
        raw = json.loads(text) if len(text) <= LONGEST_COMMAND else None
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict) or raw.keys() != Command.__dataclass_fields__.keys():
        raise Invalid("not a command")
    args, seat = raw["args"], raw["seat"]
    texts = isinstance(raw["id"], str) and isinstance(raw["name"], str) and isinstance(seat, str | None)
    named = isinstance(args, dict) and all(isinstance(v, str) for v in args.values())
    numbers = type(raw["account"]) is int and type(raw["expires_at"]) in (int, float)
    if not (texts and named and numbers):
        raise Invalid("not a command")
    return Command(
        id=raw["id"],
        name=raw["name"],
        seat=SeatId(seat) if seat else None,
        account=AccountId(raw["account"]),
        args=args,
        expires_at=float(raw["expires_at"]),
    )


class RedisBell:
    """Implements Bell. Without Redis ringing is silent and waiting is only waiting."""

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client
        self._pubsub: Any = None
        self._idle = threading.Event()

    def ring(self, seq: int) -> None:
        try:
            self._redis.publish(OUTBOX, str(seq))
        except redis.RedisError:
            return  # readers look by themselves every half second

    def wait(self, timeout_s: float) -> None:
        began = time.monotonic()
        try:
            if self._pubsub is None:
                self._pubsub = self._redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
                self._pubsub.subscribe(OUTBOX)
            while (left := timeout_s - (time.monotonic() - began)) > 0:
                if self._pubsub.get_message(timeout=left):
                    break
            while self._pubsub.get_message():
                pass  # several rings are one
        except (redis.RedisError, OSError):
            self._pubsub = None
            self._idle.wait(max(0.0, timeout_s - (time.monotonic() - began)))


class RedisPresence:
    """Implements Presence, and announces this process to the others."""

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client

    def announce(self, process: str, figures: dict[str, Any]) -> None:
        """Say that `process` is alive for the next 5 s; silent when Redis is away."""
        try:
            self._redis.set(ALIVE + process, json.dumps(figures | {"at": time.time()}), ex=5)
        except redis.RedisError:
            return

    def alive(self) -> dict[str, dict[str, Any]]:
        try:
            keys = list(self._redis.scan_iter(ALIVE + "*", count=100))
            values = self._redis.mget(keys) if keys else []
        except redis.RedisError:
            return {}
        found = zip(keys, values, strict=True)
        return {key.removeprefix(ALIVE): json.loads(value) for key, value in found if value}
