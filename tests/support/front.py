"""A proxy as a city has one in front: one address for the pages and for Asterisk's WebSocket, and it names who asks."""

import asyncio
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.patience import PATIENCE_S

CALLER = "192.0.2.7"
_HEAD = b"\r\n\r\n"


@contextmanager
def running_front(port: int, web: int, pbx: int, tls: ssl.SSLContext | None = None) -> Iterator[None]:
    """Listen on `port`: `/ws` goes to Asterisk at `pbx`, all else to the pages at `web`."""
    front = _Front(web, pbx, "https" if tls else "http")
    listening, over = threading.Event(), threading.Event()

    async def listen() -> None:
        async with await asyncio.start_server(front.connected, "127.0.0.1", port, ssl=tls):
            listening.set()
            await asyncio.to_thread(over.wait)

    # In a thread of its own: Playwright has a loop in this one.
    thread = threading.Thread(target=lambda: asyncio.run(listen()), daemon=True)
    thread.start()
    try:
        assert listening.wait(PATIENCE_S)
        yield
    finally:
        over.set()
        thread.join()


class _Front:
    def __init__(self, web: int, pbx: int, scheme: str) -> None:
        self._web, self._pbx, self._scheme = web, pbx, scheme

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection, as its head says where it goes."""
        try:
            head = await reader.readuntil(_HEAD)
            port = self._pbx if head.split(b" ", 2)[1].startswith(b"/ws") else self._web
            there, there_writer = await asyncio.open_connection("127.0.0.1", port)
            there_writer.write(self._named(head))
            await asyncio.gather(_pipe(reader, there_writer), _pipe(there, writer))
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # either side is gone, or the test is over
        finally:
            writer.close()

    def _named(self, head: bytes) -> bytes:
        head = re.sub(rb"(?i)\r\nconnection: keep-alive", b"\r\nConnection: close", head)
        named = f"\r\nX-Forwarded-For: {CALLER}\r\nX-Forwarded-Proto: {self._scheme}"
        return head.removesuffix(_HEAD) + named.encode() + _HEAD


async def _pipe(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()
    except OSError:
        pass
    finally:
        target.close()
