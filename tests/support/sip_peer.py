"""A SIP telephone for tests: one UDP socket that registers, calls, answers, holds and hangs up when told."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Self

PROVISIONAL = 200


@dataclass(slots=True)
class SipMessage:
    """One parsed SIP datagram; header names are lower case, of repeated ones the first counts."""

    start: str
    headers: dict[str, str]
    vias: list[str]
    body: str = ""

    @classmethod
    def parse(cls, data: bytes) -> Self:
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        headers: dict[str, str] = {}
        vias: list[str] = []
        for line in lines:
            name, _, value = line.partition(":")
            if name.strip().lower() in ("via", "v"):
                vias.append(value.strip())
            headers.setdefault(name.strip().lower(), value.strip())
        return cls(start, headers, vias, body)

    @property
    def status(self) -> int:
        """The response's code, 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        return self.headers.get("cseq", "0 ?").split()[-1] if self.status else self.start.split()[0]


@dataclass(slots=True)
class Dialog:
    """One call as this telephone sees it."""

    call_id: str
    local: str
    remote: str
    remote_target: str
    peer: tuple[str, int]
    cseq: int = 1
    invite: SipMessage | None = None
    headers: dict[str, str] = field(default_factory=dict)
    ringing: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    status: int = 0


class SipPeer(asyncio.DatagramProtocol):
    """`answer_after` None rings for ever; `refuse_with` a code says no at once."""

    def __init__(self, user: str, answer_after: float | None = 0.2, refuse_with: int = 0) -> None:
        self.user = user
        self.answer_after = answer_after
        self.refuse_with = refuse_with
        self.dialogs: dict[str, Dialog] = {}
        self.invited: asyncio.Queue[Dialog] = asyncio.Queue()
        self.responses: dict[str, asyncio.Queue[SipMessage]] = {}
        self.transport: asyncio.DatagramTransport | None = None
        self.tasks: set[asyncio.Task[None]] = set()
        self.host, self.port = "", 0

    async def open(self, host: str = "127.0.0.1", port: int = 0) -> Self:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port))
        self.transport = transport
        self.host, self.port = transport.get_extra_info("sockname")
        return self

    def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        if self.transport:
            self.transport.close()

    # -- receiving ---------------------------------------------------------------------------------------

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) < 10:
            return
        message = SipMessage.parse(data)
        call_id = message.headers.get("call-id", "")
        if message.status:
            waiting = self.responses.get(message.headers.get("cseq", "") + call_id)
            if waiting:
                waiting.put_nowait(message)
            return
        handler = getattr(self, f"_on_{message.method.lower()}", None)
        if handler:
            handler(message, addr)
        elif message.method != "ACK":
            self._reply(message, addr, "200 OK")

    def _on_invite(self, message: SipMessage, addr: tuple[str, int]) -> None:
        call_id = message.headers["call-id"]
        if call_id in self.dialogs:
            self._answer_again(self.dialogs[call_id], message, addr)
            return
        tag = secrets.token_hex(4)
        target = message.headers.get("contact", "").partition("<")[2].partition(">")[0]
        dialog = Dialog(
            call_id=call_id,
            local=f"{message.headers['to']};tag={tag}",
            remote=message.headers["from"],
            remote_target=target,
            peer=addr,
            invite=message,
            headers=message.headers,
        )
        self.dialogs[call_id] = dialog
        message.headers["to"] = dialog.local
        if self.refuse_with:
            self._reply(message, addr, f"{self.refuse_with} No")
            return
        self._reply(message, addr, "180 Ringing")
        self.invited.put_nowait(dialog)
        if self.answer_after is not None:
            self._later(self.answer_after, dialog)

    def _answer_again(self, dialog: Dialog, message: SipMessage, addr: tuple[str, int]) -> None:
        """A change inside the dialog is agreed to; the first INVITE, sent again, gets what it got before."""
        if ";tag=" in message.headers["to"]:
            self._reply(message, addr, "200 OK", sdp=True)
            return
        message.headers["to"] = dialog.local
        if self.refuse_with:
            self._reply(message, addr, f"{self.refuse_with} No")
        elif dialog.answered.is_set():
            self._reply(message, addr, "200 OK", sdp=True)
        else:
            self._reply(message, addr, "180 Ringing")

    def _later(self, delay: float, dialog: Dialog) -> None:
        async def answer() -> None:
            await asyncio.sleep(delay)
            self.answer(dialog)

        self.keep(answer(), f"answer {self.user}")

    def keep(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Do something beside; it ends with the telephone."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def answer(self, dialog: Dialog) -> None:
        """Take the call, unless it is over."""
        if dialog.invite and not dialog.ended.is_set():
            self._reply(dialog.invite, dialog.peer, "200 OK", sdp=True)
            dialog.answered.set()

    def _on_cancel(self, message: SipMessage, addr: tuple[str, int]) -> None:
        self._reply(message, addr, "200 OK")
        dialog = self.dialogs.get(message.headers["call-id"])
        if dialog and dialog.invite and not dialog.answered.is_set():
            dialog.ended.set()
            self._reply(dialog.invite, addr, "487 Request Terminated")

    def _on_bye(self, message: SipMessage, addr: tuple[str, int]) -> None:
        self._reply(message, addr, "200 OK")
        if dialog := self.dialogs.get(message.headers["call-id"]):
            dialog.ended.set()

    # -- sending -----------------------------------------------------------------------------------------

    def _sdp(self, direction: str = "sendrecv") -> str:
        return (
            f"v=0\r\no={self.user} 1 1 IN IP4 {self.host}\r\ns=-\r\nc=IN IP4 {self.host}\r\nt=0 0\r\n"
            f"m=audio {self.port + 1 if self.port < 65535 else 9} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
            f"a=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
        )

    def _reply(self, request: SipMessage, addr: tuple[str, int], status: str, sdp: bool = False) -> None:
        body = self._sdp() if sdp else ""
        lines = [f"SIP/2.0 {status}", *(f"Via: {via}" for via in request.vias)]
        lines += [f"{name}: {request.headers[name.lower()]}" for name in ("From", "To", "Call-ID", "CSeq")]
        lines.append(f"Contact: <sip:{self.user}@{self.host}:{self.port}>")
        self._send(lines, body, addr)

    def _send(self, lines: list[str], body: str, addr: tuple[str, int]) -> None:
        if body:
            lines.append("Content-Type: application/sdp")
        lines.append(f"Content-Length: {len(body)}")
        if self.transport and not self.transport.is_closing():
            self.transport.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), addr)

    async def _request(
        self, method: str, dialog: Dialog, extra: tuple[str, ...] = (), body: str = "", limit: float = 5
    ) -> SipMessage:
        """Send and wait for the final response; sent again each half second as UDP needs."""
        key = f"{dialog.cseq} {method}{dialog.call_id}"
        inbox = self.responses.setdefault(key, asyncio.Queue())
        lines = self._lines(method, dialog, extra)
        async with asyncio.timeout(limit):
            while True:
                self._send(list(lines), body, dialog.peer)
                try:
                    async with asyncio.timeout(0.5 if method != "INVITE" or not dialog.status else limit):
                        while True:
                            response = await inbox.get()
                            dialog.status = response.status
                            if response.status in (180, 183):
                                dialog.ringing.set()
                            if response.status >= PROVISIONAL:
                                return response
                except TimeoutError:
                    continue

    def _lines(self, method: str, dialog: Dialog, extra: tuple[str, ...] = ()) -> list[str]:
        branch = f"z9hG4bK{dialog.cseq}{method}{dialog.call_id[:12]}"
        return [
            f"{method} {dialog.remote_target} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.host}:{self.port};branch={branch};rport",
            f"From: {dialog.local}",
            f"To: {dialog.remote}",
            f"Call-ID: {dialog.call_id}",
            f"CSeq: {dialog.cseq} {'INVITE' if method == 'ACK' else method}",
            f"Contact: <sip:{self.user}@{self.host}:{self.port}>",
            "Max-Forwards: 70",
            *extra,
        ]

    async def call(self, number: str, server: tuple[str, int], limit: float = 10, name: str = "") -> Dialog:
        """Call `number`; returns when answered, raises ConnectionError with the code when refused."""
        dialog = Dialog(
            call_id=secrets.token_hex(12),
            local=f'"{name}" <sip:{self.user}@{self.host}:{self.port}>;tag={secrets.token_hex(4)}',
            remote=f"<sip:{number}@{server[0]}:{server[1]}>",
            remote_target=f"sip:{number}@{server[0]}:{server[1]}",
            peer=server,
        )
        self.dialogs[dialog.call_id] = dialog
        response = await self._request("INVITE", dialog, body=self._sdp(), limit=limit)
        dialog.remote = response.headers["to"]
        self._send(self._lines("ACK", dialog), "", server)
        if response.status != PROVISIONAL:
            raise ConnectionError(f"refused with {response.status}")
        contact = response.headers.get("contact", "").partition("<")[2].partition(">")[0]
        dialog.remote_target = contact or dialog.remote_target
        dialog.answered.set()
        return dialog

    async def hold(self, dialog: Dialog, held: bool = True) -> None:
        """Put the other side on hold or take it off, with a re-INVITE as JsSIP does."""
        dialog.cseq += 1
        dialog.status = 0
        body = self._sdp("sendonly" if held else "sendrecv")
        await self._request("INVITE", dialog, body=body)
        self._send(self._lines("ACK", dialog), "", dialog.peer)

    async def bye(self, dialog: Dialog) -> None:
        """Hang up; a call that is over already is left alone."""
        if dialog.ended.is_set():
            return
        dialog.cseq += 1
        await self._request("BYE", dialog)
        dialog.ended.set()

    async def register(self, secret: str, server: tuple[str, int], expires: int = 300) -> SipMessage:
        """Register with digest authentication; `expires` 0 takes the telephone away."""
        aor = f"<sip:{self.user}@{server[0]}:{server[1]}>"
        dialog = Dialog(
            call_id=f"reg{secrets.token_hex(6)}",
            local=f"{aor};tag={secrets.token_hex(4)}",
            remote=aor,
            remote_target=f"sip:{server[0]}:{server[1]}",
            peer=server,
        )
        expiry = f"Expires: {expires}"
        response = await self._request("REGISTER", dialog, (expiry,))
        if response.status == 401:
            dialog.cseq += 1
            challenge = dict(re.findall(r'(\w+)="?([^",]+)"?', response.headers["www-authenticate"]))
            header = self._digest(challenge, secret, dialog.remote_target)
            response = await self._request("REGISTER", dialog, (expiry, header))
        return response

    def _digest(self, challenge: dict[str, str], secret: str, uri: str) -> str:
        def md5(text: str) -> str:
            return hashlib.md5(text.encode()).hexdigest()

        first = md5(f"{self.user}:{challenge['realm']}:{secret}")
        second = md5(f"REGISTER:{uri}")
        nonce, cnonce = challenge["nonce"], secrets.token_hex(4)
        answer = md5(f"{first}:{nonce}:00000001:{cnonce}:auth:{second}")
        parts = {
            "username": self.user,
            "realm": challenge["realm"],
            "nonce": nonce,
            "uri": uri,
            "response": answer,
        }
        quoted = ", ".join(f'{key}="{value}"' for key, value in parts.items())
        opaque = f', opaque="{challenge["opaque"]}"' if "opaque" in challenge else ""
        return (
            f'Authorization: Digest {quoted}, qop=auth, nc=00000001, cnonce="{cnonce}"{opaque}, algorithm=MD5'
        )
