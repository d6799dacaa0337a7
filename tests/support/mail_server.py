"""A real mail server on the loopback that keeps what it is given, and can be told to refuse."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from hotline.post.smtp import MailServer
from tests.support.servers import free_port

SENDER = "hotline@city.example"


@dataclass
class Inbox:
    """What came, and what is answered to the next recipients."""

    port: int
    got: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.got.append(message)
        return "250 kept"

    @property
    def address(self) -> MailServer:
        return MailServer(
            host="127.0.0.1", port=self.port, security="none", user="", password="", sender=SENDER,
            public_url="https://hotline.city.example/",
        )  # fmt: skip


@contextmanager
def running_mail_server(port: int | None = None) -> Iterator[Inbox]:
    inbox = Inbox(port or free_port())
    controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port, ready_timeout=60)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()
