"""A citizen's telephone that can be called, in a thread of its own: beside Playwright no test may run a loop."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.support.exchange import Humming
from tests.support.patience import PATIENCE_S


@dataclass
class CitizenPhone:
    """`rang` counts the calls that came; `hang_up` ends the newest."""

    address: str
    number: str
    shown: list[str] = field(default_factory=list)
    _loop: asyncio.AbstractEventLoop | None = None
    _peer: Humming | None = None
    _ready: threading.Event = field(default_factory=threading.Event)
    _over: asyncio.Event | None = None

    def run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        host, port = self.address.split(":")
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self._peer = await Humming(self.number).open(host, int(port))
        self._peer.keep(self._note(), "note")
        self._ready.set()
        await self._over.wait()
        self._peer.close()

    async def _note(self) -> None:
        assert self._peer
        while True:
            self.shown.append((await self._peer.invited.get()).headers["from"])

    def hang_up(self) -> None:
        assert self._loop and self._peer
        newest = list(self._peer.dialogs.values())[-1]
        asyncio.run_coroutine_threadsafe(self._peer.bye(newest), self._loop).result(10)

    def wait_until_there(self) -> None:
        assert self._ready.wait(PATIENCE_S)

    def put_away(self) -> None:
        assert self._loop and self._over
        self._loop.call_soon_threadsafe(self._over.set)


@contextmanager
def citizen_phone(address: str, number: str) -> Iterator[CitizenPhone]:
    """Answers whatever comes to `address` (host:port) and makes some sound."""
    phone = CitizenPhone(address, number)
    thread = threading.Thread(target=phone.run, daemon=True)
    thread.start()
    phone.wait_until_there()
    try:
        yield phone
    finally:
        phone.put_away()
        thread.join(10)
