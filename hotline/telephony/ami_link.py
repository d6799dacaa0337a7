"""The link to Asterisk's manager interface: kept up, checked, and read into one bounded queue in order."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from panoramisk.message import Message

from hotline.domain.errors import Unavailable
from hotline.log_lines import kind_and_place
from hotline.telephony.ami_protocol import REFUSED, Connection

log = logging.getLogger(__name__)

ACTION_S = 2.0
CONNECT_S = 3.0
BOOT_S = 60.0  # Asterisk accepts logins before its queues are loaded
PING_EVERY_S = 5.0
PING_S = 5.0
BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 4.0)
QUEUE_SIZE = 10_000
# The classes of ami_translate's events; without dialplan, reporting and test it is a fifth of the lines.
EVENTS = "system,call,agent,user"


class LinkState(StrEnum):
    """What the alive figures say of the link."""

    DOWN = "down"
    REFUSED = "refused"  # wrong secret: only a person can mend it
    BOOTING = "booting"
    UP = "up"


@dataclass(frozen=True, slots=True)
class Received:
    """One event as it came, and when it reached us (aware UTC)."""

    message: Message
    seen_at: datetime


class AmiLink:
    """`messages` gets every event in Asterisk's order, as Received; `on_up` may put its own items between.

    When it was full, events were lost: the link says so once, and when the queue has room again it asks for a
    resynchronisation as after a login.
    """

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        secret: str,
        *,
        now: Callable[[], datetime],
        queue_size: int = QUEUE_SIZE,
        ping_every_s: float = PING_EVERY_S,
        ping_s: float = PING_S,
        backoff_s: tuple[float, ...] = BACKOFF_S,
    ) -> None:
        self.host, self.port, self.user, self._secret = host, port, user, secret
        self.now = now
        self.ping_every_s, self.ping_s, self.backoff_s = ping_every_s, ping_s, backoff_s
        self.messages: asyncio.Queue[Any] = asyncio.Queue(queue_size)
        self.state = LinkState.DOWN
        self.logins = 0
        self.lost = 0  # events that did not fit into the queue
        self._overflowing = asyncio.Event()
        self._connection: Connection | None = None
        self._booted = asyncio.Event()
        self._in_order = False  # this connection's login was worth it: `on_up` succeeded

    def figures(self) -> dict[str, object]:
        """For the alive key."""
        return {
            "ami": str(self.state),
            "ami_logins": self.logins,
            "ami_waiting": self.messages.qsize(),
            "ami_lost": self.lost,
        }

    async def run(self, on_up: Callable[[], Awaitable[None]]) -> None:
        """Keep the link up until cancelled. `on_up` runs after each login and after events were lost, while
        newer ones are queued already; when it raises, the link is taken down and up again.
        """
        attempt = 0
        try:
            while True:
                self._in_order = False
                await self._one_connection(on_up)
                attempt = 0 if self._in_order else attempt + 1
                await asyncio.sleep(self.backoff_s[min(attempt, len(self.backoff_s) - 1)])
        finally:
            self._say(LinkState.DOWN, "stopped", logging.INFO)

    async def action(
        self, fields: dict[str, str], timeout_s: float = ACTION_S, *, listing: bool = False
    ) -> list[Message]:
        """Do one action, once: it is never repeated by the link. Raises Unavailable when nothing was sent or
        when the outcome is unknown (the message says which), Invalid for a value that could smuggle a line.
        """
        if self._connection is None or self.state is not LinkState.UP:
            raise Unavailable("Asterisk is not reachable: nothing was sent", "asterisk_away")
        return await self._connection.ask(fields, timeout_s, listing)

    # -- one connection ----------------------------------------------------------------------------------

    async def _one_connection(self, on_up: Callable[[], Awaitable[None]]) -> None:
        closed = asyncio.Event()
        connection: Connection | None = None
        try:
            async with asyncio.timeout(CONNECT_S):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: Connection(self._take, closed.set), self.host, self.port
                )
            self._connection = connection
            self._booted.clear()
            if await self._log_in(connection):
                await self._serve(connection, closed, on_up)
        except (OSError, TimeoutError, Unavailable) as problem:
            self._say(LinkState.DOWN, str(problem) or type(problem).__name__)
        finally:
            self._connection = None
            if connection is not None:
                connection.close()
        if self.state in (LinkState.UP, LinkState.BOOTING):
            self._say(LinkState.DOWN, "the connection was closed")

    async def _log_in(self, connection: Connection) -> bool:
        async with asyncio.timeout(CONNECT_S):
            await connection.banner
        fields = {"Action": "Login", "Username": self.user, "Secret": self._secret, "Events": EVENTS}
        answer = (await connection.ask(fields, CONNECT_S))[0]
        if str(answer.response).lower() in REFUSED:
            self._say(LinkState.REFUSED, "Asterisk refuses our AMI user or secret")
            return False
        self._say(LinkState.BOOTING)
        return True

    async def _serve(
        self, connection: Connection, closed: asyncio.Event, on_up: Callable[[], Awaitable[None]]
    ) -> None:
        """Until the connection ends; an exception of `on_up` or a lost ping ends it too."""
        up = asyncio.create_task(self._up(on_up), name="ami up")
        ping = asyncio.create_task(self._ping(connection), name="ami ping")
        gone = asyncio.create_task(closed.wait(), name="ami closed")
        try:
            waiting: set[asyncio.Task[Any]] = {up, ping, gone}
            while gone in waiting and ping in waiting:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            for task in (up, ping, gone):
                task.cancel()
            await asyncio.gather(up, ping, gone, return_exceptions=True)

    async def _up(self, on_up: Callable[[], Awaitable[None]]) -> None:
        async with asyncio.timeout(BOOT_S):
            await self._booted.wait()
        self.logins += 1
        self._say(LinkState.UP)
        while True:
            try:
                await on_up()
                self._in_order = True
            except Unavailable:
                raise
            except Exception as problem:
                log.error("resynchronising failed, the link is begun anew: %s", kind_and_place(problem))
                raise Unavailable("the state could not be rebuilt") from problem
            await self._overflowing.wait()
            while self.messages.qsize() > self.messages.maxsize // 2:  # noqa: ASYNC110 - it has no such event
                await asyncio.sleep(0.05)
            self._overflowing.clear()

    async def _ping(self, connection: Connection) -> None:
        """A frozen Asterisk keeps its sockets open: only an unanswered question shows it."""
        while True:
            await asyncio.sleep(self.ping_every_s)
            await connection.ask({"Action": "Ping"}, self.ping_s)

    # -- callbacks of the connection: they queue and do nothing else -------------------------------------

    def _take(self, message: Message) -> None:
        if message.event == "FullyBooted":
            self._booted.set()
        try:
            self.messages.put_nowait(Received(message, self.now()))
        except asyncio.QueueFull:
            self.lost += 1
            if not self._overflowing.is_set():
                self._overflowing.set()
                log.error("more than %d events wait: some are lost, resynchronising", self.messages.maxsize)

    def _say(self, state: LinkState, why: str = "", level: int | None = None) -> None:
        """One line for each change, not for each attempt."""
        if state is self.state:
            return
        self.state = state
        if level is None:
            level = logging.ERROR if state in (LinkState.DOWN, LinkState.REFUSED) else logging.INFO
        log.log(level, "link to Asterisk: %s%s", state, f" ({why})" if why else "")
