"""One outgoing SIP call over UDP: what is lost is sent again, and every request is answered."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from hotline.domain.errors import Invalid, Unavailable
from hotline.telephony import g711
from hotline.telephony.sip_message import Headers, SipMessage, Voice, build, offer, uri_of, voice_of

RESEND_S = 0.5  # RFC 3261's T1
RESEND_LONGEST_S = 4.0
GIVE_UP_S = 8.0  # no answer at all to a request
CODECS = (g711.PCMA, g711.PCMU)
METHODS = "INVITE, ACK, CANCEL, BYE, OPTIONS"


class Signal(StrEnum):
    """What the other side did."""

    RINGING = "ringing"
    SOUND = "sound"  # it says where to send sound
    ANSWERED = "answered"
    REFUSED = "refused"
    HUNG_UP = "hung_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A signal with what belongs to it."""

    signal: Signal
    status: int = 0
    message: SipMessage | None = None
    voice: Voice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """Whom to call and how to appear. `sender` is the From header as it stands, wrong on purpose or not."""

    server: tuple[str, int]
    number: str
    sender: str
    headers: Headers = ()


class SipCall(asyncio.DatagramProtocol):
    """Reports what happens in `signals`; `invite`, `cancel` and `bye` are the caller's three moves."""

    def __init__(self, dialled: Dialled) -> None:
        self._dialled = dialled
        self.signals: asyncio.Queue[Heard] = asyncio.Queue()
        self._transport: asyncio.DatagramTransport | None = None
        self._call_id = secrets.token_hex(16)
        self._tag = secrets.token_hex(6)
        self._branch = _branch()
        self._target = f"sip:{dialled.number}@{dialled.server[0]}:{dialled.server[1]}"
        self._to = f"<{self._target}>"
        self._routes: list[str] = []
        self._sdp = ""
        self._cseq = 1
        self._progress = asyncio.Event()  # any response to the INVITE
        self._final = asyncio.Event()
        self._closed = asyncio.Event()  # the answer to BYE or CANCEL, or the other side's BYE
        self._broken: str = ""
        self._answered = False
        self._ack = b""
        self._resending: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, dialled: Dialled, local_host: str) -> SipCall:
        """Bound to a free port of `local_host`. Unavailable when there is no such address."""
        loop = asyncio.get_running_loop()
        try:
            _, call = await loop.create_datagram_endpoint(
                lambda: cls(dialled), local_addr=(local_host, 0), remote_addr=dialled.server
            )
        except OSError as problem:
            raise Unavailable(f"cannot call from {local_host}: {problem.strerror}") from None
        return call

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    # -- the caller's moves ------------------------------------------------------------------------------

    def invite(self, voice_port: int) -> None:
        """Ask for the call; again and again until something comes back."""
        self._sdp = offer(self._local[0], voice_port, CODECS)
        headers = (*self._dialled.headers, ("Content-Type", "application/sdp"))
        request = self._request("INVITE", self._branch, headers, self._sdp)
        self._resending = asyncio.create_task(self._resend(request, self._progress), name="resend INVITE")

    async def cancel(self) -> None:
        """Hang up before the answer. An answer that crosses it is ended like any other call."""
        await _wait(self._progress, GIVE_UP_S)
        if not self._final.is_set() and not self._broken:
            await self._resend(self._request("CANCEL", self._branch), self._final)
        if self._answered:
            await self.bye()

    async def bye(self) -> None:
        """Hang up."""
        if not self._closed.is_set():
            self._cseq += 1
            await self._resend(self._request("BYE", _branch()), self._closed)

    def abandon(self) -> None:
        """Hang up without waiting for the answer: the program is being ended."""
        if self._answered and not self._closed.is_set():
            self._cseq += 1
            self._send(self._request("BYE", _branch()))
        elif not self._final.is_set():
            self._send(self._request("CANCEL", self._branch))

    def close(self) -> None:
        """No more messages."""
        if self._resending:
            self._resending.cancel()
        if self._transport:
            self._transport.close()

    # -- sending -----------------------------------------------------------------------------------------

    @property
    def _local(self) -> tuple[str, int]:
        assert self._transport is not None
        host, port = self._transport.get_extra_info("sockname")[:2]
        return str(host), int(port)

    def _send(self, data: bytes) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.sendto(data)

    async def _resend(self, data: bytes, until: asyncio.Event) -> None:
        """UDP loses: send until `until`, ever more slowly, then report that nobody is there."""
        pause, waited = RESEND_S, 0.0
        while not until.is_set() and not self._broken:
            self._send(data)
            if await _wait(until, pause):
                return
            waited += pause
            pause = min(2 * pause, RESEND_LONGEST_S)
            if waited >= GIVE_UP_S:
                self._fail("no answer")

    def _request(self, method: str, branch: str, headers: Headers = (), body: str = "") -> bytes:
        host, port = self._local
        cseq = self._cseq if method != "CANCEL" else 1
        return build(
            f"{method} {self._target} SIP/2.0",
            (
                ("Via", f"SIP/2.0/UDP {host}:{port};branch={branch};rport"),
                *(("Route", route) for route in self._routes),
                ("Max-Forwards", "70"),
                ("From", f"{self._dialled.sender};tag={self._tag}"),
                ("To", self._to),
                ("Call-ID", self._call_id),
                ("CSeq", f"{cseq} {method}"),
                ("Contact", f"<sip:citizen@{host}:{port}>"),
                ("Allow", METHODS),
                *headers,
            ),
            body,
        )

    # -- receiving ---------------------------------------------------------------------------------------

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            message = SipMessage.parse(data)
        except Invalid:
            return
        if message.get("call-id") != self._call_id:
            return
        if not message.status:
            self._asked(message)
        elif message.method == "INVITE":
            self._progress.set()
            self._replied(message)
        elif message.method == "BYE" and message.status >= 200:
            self._closed.set()

    def error_received(self, exc: Exception) -> None:
        self._fail("nobody is there")

    def _fail(self, why: str) -> None:
        if not self._broken:
            self._broken = why
            self.signals.put_nowait(Heard(signal=Signal.REFUSED, status=0))
        for event in (self._progress, self._final, self._closed):
            event.set()

    def _replied(self, message: SipMessage) -> None:
        if message.status < 200:
            if message.status >= 180:
                self._tell(Signal.RINGING, message)
            self._tell_sound(message)
        elif self._final.is_set():
            self._send(self._ack)  # the answer came again: our ACK was lost
        elif message.status < 300:
            self._accept(message)
        else:
            self._final.set()
            self._to = message.get("to")
            self._ack = self._request("ACK", self._branch)
            self._send(self._ack)
            self._closed.set()
            self._tell(Signal.REFUSED, message)

    def _accept(self, message: SipMessage) -> None:
        self._to = message.get("to")
        self._target = uri_of(message.get("contact")) or self._target
        self._routes = list(reversed(message.all("record-route")))
        self._answered = True
        self._final.set()
        self._ack = self._request("ACK", _branch())
        self._send(self._ack)
        self._tell(Signal.ANSWERED, message)
        self._tell_sound(message)

    def _tell(self, signal: Signal, message: SipMessage, voice: Voice | None = None) -> None:
        self.signals.put_nowait(Heard(signal=signal, status=message.status, message=message, voice=voice))

    def _tell_sound(self, message: SipMessage) -> None:
        if message.body:
            try:
                self._tell(Signal.SOUND, message, voice_of(message.body, CODECS))
            except Invalid:
                return  # told without sound: the call goes on, silent

    def _asked(self, request: SipMessage) -> None:
        """The other side's own requests during the call."""
        if request.method == "ACK":
            return
        if request.method in ("BYE", "CANCEL"):
            self._reply(request, "200 OK")
            if not self._closed.is_set():
                self._closed.set()
                self._tell(Signal.HUNG_UP, request)
        elif request.method in ("INVITE", "UPDATE") and request.body:
            self._tell_sound(request)
            self._reply(request, "200 OK", self._sdp)
        elif request.method in ("OPTIONS", "UPDATE", "INFO"):
            self._reply(request, "200 OK")
        else:
            self._reply(request, "501 Not Implemented")

    def _reply(self, request: SipMessage, status: str, body: str = "") -> None:
        host, port = self._local
        kept = [(name.title(), value) for name, value in request.headers if name in ("via", "from", "to")]
        kept += [("Call-ID", request.get("call-id")), ("CSeq", request.get("cseq"))]
        kept += [("Contact", f"<sip:citizen@{host}:{port}>"), ("Allow", METHODS)]
        kept += [("Content-Type", "application/sdp")] if body else []
        self._send(build(f"SIP/2.0 {status}", tuple(kept), body))


def _branch() -> str:
    return f"z9hG4bK{secrets.token_hex(8)}"


async def _wait(event: asyncio.Event, limit_s: float) -> bool:
    """Whether it was set in time."""
    try:
        async with asyncio.timeout(limit_s):
            await event.wait()
    except TimeoutError:
        return False
    return True
