"""Asks a process whether it is ready to work; every question has a limit and an error means "not yet"."""

import http.client
import json
import socket
import subprocess
from pathlib import Path

import redis

ASK_LIMIT_S = 1.0


def listens(host: str, port: int) -> bool:
    """Whether something accepts TCP connections there."""
    try:
        with socket.create_connection((host, port), timeout=ASK_LIMIT_S):
            return True
    except OSError:
        return False


def answers_http(host: str, port: int, path: str) -> bool:
    """Any answer of the program itself counts; what its parts say is for those who read it."""
    connection = http.client.HTTPConnection(host, port, timeout=ASK_LIMIT_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status in (200, 503)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def redis_answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_timeout=ASK_LIMIT_S, socket_connect_timeout=ASK_LIMIT_S)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def signs(url: str, processes: list[str]) -> dict[str, float] | None:
    """When each process last said that it lives (epoch seconds); None when Redis does not answer."""
    client = redis.Redis.from_url(url, socket_timeout=ASK_LIMIT_S, socket_connect_timeout=ASK_LIMIT_S)
    try:
        said: list[bytes | None] = client.mget([f"hotline:alive:{name}" for name in processes])  # type: ignore
    except redis.RedisError:
        return None
    finally:
        client.close()
    found = zip(processes, map(_when, said), strict=True)
    return {name: at for name, at in found if at is not None}


def _when(said: bytes | None) -> float | None:
    try:
        return float(json.loads(said or b"null")["at"])
    except (ValueError, KeyError, TypeError):
        return None


def asterisk_booted(executable: str, conf: Path) -> bool:
    """Asterisk opens its ports before all modules are loaded, so it is asked itself."""
    try:
        done = subprocess.run(
            [executable, "-C", str(conf), "-rx", "core waitfullybooted"],
            capture_output=True,
            timeout=5.0,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return b"fully booted" in done.stdout
