"""A telephone exchange that follows a play: what came is kept, and it says what the test says."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from hotline.telephony.sip_message import SipMessage, build, offer

CALL_ID = "4bb68cf6-9cc0-4b22-922b-efad6dc16114"


class Exchange(asyncio.DatagramProtocol):
    """The other side: what came is in `came`; it says what the play says."""

    transport: asyncio.DatagramTransport

    def __init__(self) -> None:
        self.came: asyncio.Queue[SipMessage] = asyncio.Queue()
        self.log: list[SipMessage] = []
        self.peer: tuple[str, int] = ("", 0)
        self.failure: BaseException | None = None

    @classmethod
    async def open(cls) -> "Exchange":
        loop = asyncio.get_running_loop()
        transport, self = await loop.create_datagram_endpoint(cls, local_addr=("127.0.0.1", 0))
        self.transport = transport
        return self

    async def follow(self, play: "Callable[[Exchange], Awaitable[None]]") -> None:
        try:
            await play(self)
        except AssertionError as failure:
            self.failure = failure

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.transport.get_extra_info("sockname")
        return host, port

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.peer = addr
        message = SipMessage.parse(data)
        self.log.append(message)
        self.came.put_nowait(message)

    async def next(self, method: str) -> SipMessage:
        while True:
            message = await self.came.get()
            if message.method == method:
                return message

    def say(self, data: bytes) -> None:
        self.transport.sendto(data, self.peer)

    def reply(self, request: SipMessage, status: str, body: str = "", more: Any = ()) -> None:
        keep = [
            (name, value) for name, value in request.headers if name in ("via", "from", "call-id", "cseq")
        ]
        to = request.get("to") + ("" if "tag=" in request.get("to") else ";tag=x")
        host, port = self.address
        headers = [*keep, ("To", to), ("Contact", f"<sip:{host}:{port}>"), *more]
        self.say(build(f"SIP/2.0 {status}", tuple(headers), body))

    def ask(self, method: str, invite: SipMessage, body: str = "") -> None:
        """A request of the exchange's own inside the call."""
        headers = (
            ("Via", "SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKq" + method),
            ("From", invite.get("to") + ";tag=x"),
            ("To", invite.get("from")),
            ("Call-ID", invite.get("call-id")),
            ("CSeq", f"77 {method}"),
        )
        self.say(build(f"{method} sip:citizen@127.0.0.2 SIP/2.0", headers, body))

    async def take(self) -> SipMessage:
        """Answer the call, as Asterisk does."""
        invite = await self.next("INVITE")
        self.reply(invite, "100 Trying")
        host = self.address[0]
        identity = ("P-Asserted-Identity", f'"{CALL_ID}" <sip:12341@{host}>')
        self.reply(invite, "200 OK", offer(host, self.address[1], (8,)), (identity,))
        await self.next("ACK")
        return invite

    def methods(self) -> list[str]:
        return [message.method for message in self.log if not message.status]
