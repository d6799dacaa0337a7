"""A manager interface in the test's own process: plays recorded traces, answers as told, and misbehaves."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Self

from hotline.telephony.ami_link import AmiLink

Fields = dict[str, str]
Answer = Callable[["AmiServer", Fields], Awaitable[None]]
BANNER = b"Asterisk Call Manager/11.0.0\r\n"


def block(**fields: str) -> bytes:
    """One message; an underscore at the end of a key is taken off (`class_`)."""
    lines = [f"{key.rstrip('_')}: {value}" for key, value in fields.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class AmiServer:
    """`actions` is everything that was asked. Each connection replaces the one before."""

    def __init__(self, secret: str = "right", banner: bytes = BANNER, booted: bool = True) -> None:
        self.secret, self.banner, self.booted = secret, banner, booted
        self.actions: list[Fields] = []
        self.connections = 0
        self.answers: dict[str, Answer] = {}
        self.silent: set[str] = set()
        self.writer: asyncio.StreamWriter | None = None
        self.server: asyncio.Server | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Listen; again on the same port after `close`."""
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self.drop()
        if self.server:
            self.server.close()
            self.server = None

    def drop(self) -> None:
        """Cut the connection without a word."""
        if self.writer:
            self.writer.transport.abort()
            self.writer = None

    def names(self) -> list[str]:
        """The actions' names, without pings and logins."""
        return [a["Action"] for a in self.actions if a["Action"] not in ("Ping", "Login")]

    async def send(self, data: bytes, chunk: int = 0) -> None:
        """Send, in pieces of `chunk` bytes that arrive one by one."""
        assert self.writer is not None
        for start in range(0, len(data), chunk or len(data)):
            self.writer.write(data[start : start + (chunk or len(data))])
            await self.writer.drain()
            if chunk:
                await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writer = writer
        writer.write(self.banner)
        try:
            while True:
                raw = (await reader.readuntil(b"\r\n\r\n")).decode()
                fields = dict(line.split(": ", 1) for line in raw.split("\r\n") if ": " in line)
                self.actions.append(fields)
                await self._answer(fields)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return
        finally:
            writer.close()

    async def _answer(self, fields: Fields) -> None:
        name = fields["Action"]
        if name in self.silent:
            return
        if name in self.answers:
            await self.answers[name](self, fields)
        elif name == "Login":
            await self._log_in(fields)
        else:
            await self.send(block(Response="Success", ActionID=fields["ActionID"], Message="Done"))

    async def _log_in(self, fields: Fields) -> None:
        if fields["Secret"] != self.secret:
            message = "Authentication failed"
            await self.send(block(Response="Error", ActionID=fields["ActionID"], Message=message))
            self.drop()
            return
        message = "Authentication accepted"
        await self.send(block(Response="Success", ActionID=fields["ActionID"], Message=message))
        if self.booted:
            await self.send(block(Event="FullyBooted", Status="Fully Booted"))


def listing(name: str, *blocks: Fields) -> Answer:
    """The answer to a listing action: its start, the blocks, its end."""

    async def answer(server: AmiServer, fields: Fields) -> None:
        id_ = fields["ActionID"]
        data = block(Response="Success", ActionID=id_, EventList="start", Message="will follow")
        for fields_of_block in blocks:
            data += block(**{**fields_of_block, "ActionID": id_})
        data += block(Event=f"{name}Complete", ActionID=id_, EventList="Complete", ListItems=str(len(blocks)))
        await server.send(data)

    return answer


def says(**fields: str) -> Answer:
    """One fixed answer."""

    async def answer(server: AmiServer, asked: Fields) -> None:
        await server.send(block(**{**fields, "ActionID": asked["ActionID"]}))

    return answer


@asynccontextmanager
async def link_to(server: AmiServer) -> AsyncIterator[AmiLink]:
    """A link that is up until the block ends."""
    link = AmiLink("127.0.0.1", server.port, "switch", server.secret, now=lambda: datetime.now(UTC))
    up = asyncio.Event()

    async def on_up() -> None:
        up.set()

    task = asyncio.create_task(link.run(on_up))
    try:
        await up.wait()
        yield link
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
