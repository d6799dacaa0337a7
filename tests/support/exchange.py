"""Asterisk, Redis, a database and the switch process, without browsers: for tests of what the switch knows."""

import asyncio
import os
import re
import signal
import socket
import struct
import subprocess
import time
import uuid
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

import redis

from hotline import ourselves
from hotline.domain.call import Call
from hotline.domain.events import TicketSaved
from hotline.domain.ids import AccountId, CallId, SeatId
from hotline.domain.seat import Seat
from hotline.live.channel import OUTBOX, RedisCommands, RedisPresence, connect
from hotline.services.ports import Command
from hotline.settings import CHECKOUT, Settings
from hotline.storage.sql import SqlStorage, migrate
from tests.support.patience import PATIENCE_S
from tests.support.pbx import Pbx
from tests.support.servers import RedisServer
from tests.support.short_prompts import shorten
from tests.support.sip_peer import Dialog, SipPeer

TAKES_CALLS = ("ready", "ringing", "talking")
SWITCH = ourselves.command("switch")


async def until(true: Callable[[], Any], what: str, limit: float = PATIENCE_S) -> Any:
    """Poll until `true()` is true and return it; the telephones of this process go on meanwhile."""
    deadline = time.monotonic() + limit
    while not (found := true()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {limit:g} s: {what}")
        await asyncio.sleep(0.05)
    return found


class Humming(SipPeer):
    """A seat that sends sound, so that there is something to record."""

    _key, _key_sent, _key_began = "", 0, 0

    def answer(self, dialog: Dialog) -> None:
        super().answer(dialog)
        assert dialog.invite is not None
        port = re.search(r"^m=audio (\d+)", dialog.invite.body, re.MULTILINE)
        if port:
            self.keep(self._hum(dialog, int(port[1])), f"hum {self.user}")

    async def _hum(self, dialog: Dialog, port: int) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as voice:
            for n in range(3000):
                if dialog.ended.is_set():
                    return
                packet = struct.pack("!BBHII", 0x80, 0, n, n * 160, 0x1234) + b"\x10\x90" * 80
                if self._key:
                    packet = self._key_packet(n)
                voice.sendto(packet, ("127.0.0.1", port))
                await asyncio.sleep(0.02)

    def press(self, key: str) -> None:
        """A key, as telephones send it: an event in the stream of sound (RFC 4733)."""
        self._key, self._key_sent, self._key_began = key, 0, 0

    def _key_packet(self, n: int) -> bytes:
        if self._key_sent == 0:
            self._key_began = n * 160
        self._key_sent += 1
        over = self._key_sent > 6
        mark = 0x80 if self._key_sent == 1 else 0
        head = struct.pack("!BBHII", 0x80, mark | 101, n, self._key_began, 0x1234)
        event = struct.pack("!BBH", int(self._key), 0x8A if over else 0x0A, 160 * min(self._key_sent, 7))
        if self._key_sent == 9:  # the end is said three times
            self._key = ""
        return head + event


@dataclass(slots=True)
class Exchange:
    """Everything a call needs except a browser and an ear."""

    pbx: Pbx
    redis: RedisServer
    storage: SqlStorage
    env: dict[str, str]
    process: "subprocess.Popen[bytes] | None" = None
    seats: dict[str, SipPeer] = field(default_factory=dict)
    peers: list[SipPeer] = field(default_factory=list)

    @classmethod
    def prepare(cls, *, real_prompts: bool = False) -> Self:
        """Start Asterisk and Redis, make the database; the switch is started by the test."""
        pbx = Pbx.prepare()
        if not real_prompts:
            shorten(pbx)
        settings = pbx.settings
        server = RedisServer(settings.redis_port)
        env = {
            "HOTLINE_RUNTIME_DIR": str(settings.runtime_dir),
            "HOTLINE_REDIS_URL": server.url,
            "HOTLINE_SIP_PORT": str(settings.sip_port),
            "HOTLINE_TRUNK_OUT": settings.trunk_out,
            "HOTLINE_RTP_START": str(settings.rtp_start),
            "HOTLINE_RTP_END": str(settings.rtp_end),
            "PYTHONPATH": str(CHECKOUT),
        }
        for key in ("WEB", "PBX_HTTP", "AMI", "AGI", "AUDIOSOCKET", "REDIS"):
            env[f"HOTLINE_{key}_PORT"] = str(getattr(settings, f"{key.lower()}_port"))
        migrate(settings.database_url)
        exchange = cls(pbx, server, SqlStorage.open(settings.database_url), env)
        try:
            server.start()
            pbx.start()
        except BaseException:
            exchange.remove()
            raise
        return exchange

    @property
    def settings(self) -> Settings:
        return self.pbx.settings

    # -- the switch --------------------------------------------------------------------------------------

    def start_switch(self, wait: bool = True) -> None:
        """Start the switch and wait until it is in step with Asterisk."""
        with (self.pbx.folder / "switch.out").open("ab") as out:
            self.process = subprocess.Popen(
                SWITCH, env=os.environ | self.env, stdout=out, stderr=out, start_new_session=True
            )
        deadline = time.monotonic() + PATIENCE_S
        while wait and not self.figures().get("resyncs"):
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, f"the switch is not in step: {self.figures()} {self.said()}"
            time.sleep(0.05)

    def said(self) -> str:
        """What the switch logged."""
        return (self.pbx.folder / "switch.out").read_text()

    def kill_switch(self, number: signal.Signals = signal.SIGKILL) -> int:
        """End the switch; returns its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE_S)
        self.process = None
        if number is signal.SIGKILL:
            self.client.delete("hotline:alive:switch")
        return code

    @property
    def client(self) -> "redis.Redis":
        return connect(self.redis.url)

    def figures(self) -> dict[str, Any]:
        """What the switch says of itself; {} when it is not alive."""
        return RedisPresence(self.client).alive().get("switch", {})

    def command(self, name: str, seat: str | None = None, lives_s: float = 10, **args: str) -> str:
        """Send a command as the console does; returns its id."""
        id_ = str(uuid.uuid4())
        account = AccountId(int(args.pop("account", "0")))
        seat_id = SeatId(seat) if seat else None
        expires_at = time.time() + lives_s
        RedisCommands(self.client).send(
            Command(id=id_, name=name, seat=seat_id, account=account, args=args, expires_at=expires_at)
        )
        return id_

    def refusals(self) -> list[str]:
        """The notes of all refused commands."""
        with self.storage.reading() as tx:
            return [row.note for row in tx.outbox.after(0, 10_000) if row.type == "command.refused"]

    # -- what the database says ----------------------------------------------------------------------------

    def seat(self, name: str) -> Seat:
        with self.storage.reading() as tx:
            return tx.seats.get(SeatId(name))

    def call(self, call_id: str) -> Call:
        with self.storage.reading() as tx:
            found = tx.calls.get(CallId(call_id))
        assert found is not None, "the call is not in the database"
        return found

    def calls(self) -> list[Call]:
        with self.storage.reading() as tx:
            return tx.calls.since(datetime(2000, 1, 1, tzinfo=UTC))

    def members(self) -> dict[str, str]:
        """Seat → "" (takes calls) or the reason it is paused for, as Asterisk has it."""
        shown = self.pbx.ami("Action: QueueStatus\r\nQueue: q_general", wait_for="EventList: Complete")
        found = {}
        for block in shown.split("\r\n\r\n"):
            fields = dict(line.partition(": ")[::2] for line in block.split("\r\n"))
            if fields.get("Event") == "QueueMember":
                paused = fields.get("Paused") == "1"
                found[fields["Location"].removeprefix("PJSIP/")] = fields["PausedReason"] if paused else ""
        return found

    def save_ticket(self, call_id: str, bell: bool = True) -> None:
        """What `web` does when the seat saves: the ticket is accepted and the bell rings."""
        at = datetime.now(UTC)
        with self.storage.writing() as tx:
            ticket = tx.tickets.of_call(CallId(call_id))
            assert ticket is not None, "an answered call has a ticket to write"
            number = tx.tickets.next_id(at.year)
            ticket.accept(number, at)
            tx.tickets.save(ticket)
            tx.outbox.add([TicketSaved(at=at, ticket_id=number, call_id=ticket.call_id, seat=ticket.seat)])
        if bell:
            self.client.publish(OUTBOX, "1")

    # -- telephones ----------------------------------------------------------------------------------------

    async def phone(self, name: str, **how: Any) -> SipPeer:
        """A seat's or supervisor's telephone, registered."""
        peer = await Humming(name, **how).open("127.0.0.1")
        self.peers.append(peer)
        self.seats[name] = peer
        answer = await peer.register(self.pbx.secret_of(name), self.pbx.sip)
        assert answer.status == 200, answer.start
        return peer

    async def ready_seat(self, name: str, **how: Any) -> SipPeer:
        """A registered seat that takes calls."""
        peer = await self.phone(name, **how)
        id_ = self.command("seat.ready", name)

        def is_ready() -> bool:
            assert not any(id_ in note for note in self.refusals()), self.refusals()
            return self.seat(name).state in TAKES_CALLS  # who waited may be at this seat already

        await until(is_ready, f"{name} is ready")
        return peer

    async def dial(self, number: str = "12341", caller: str = "13900000001") -> tuple[SipPeer, Dialog]:
        """A citizen who calls; returns when Asterisk has answered."""
        peer = await SipPeer(caller).open("127.0.0.2")
        self.peers.append(peer)
        return peer, await peer.call(number, self.pbx.sip)

    async def talk(self, seat: SipPeer, caller: str = "13900000001") -> tuple[SipPeer, Dialog, Dialog]:
        """A call that a seat has answered: the citizen's telephone, his side and the seat's."""
        citizen, line = await self.dial(caller=caller)
        async with asyncio.timeout(PATIENCE_S):
            leg = await seat.invited.get()
            await leg.answered.wait()
        return citizen, line, leg

    def close_phones(self) -> None:
        for peer in self.peers:
            peer.close()
        self.peers.clear()

    def remove(self) -> None:
        """End everything and delete the folder, whatever of it was started."""
        with ExitStack() as stack:
            stack.callback(self.pbx.remove)
            stack.callback(self.storage.close)
            stack.callback(self.redis.stop)
            if self.process is not None:
                stack.callback(self.process.wait, 5)
                self.process.kill()


def run(exchange: Exchange, test: Coroutine[Any, Any, None]) -> None:
    """One test's telephones; they are gone when it ends."""

    async def limited() -> None:
        try:
            async with asyncio.timeout(170):
                await test
        finally:
            exchange.close_phones()

    asyncio.run(limited())


def call_of(leg: Dialog) -> str:
    """The id of the call that rings here."""
    return leg.headers["x-hotline-call-id"]
