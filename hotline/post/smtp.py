"""Carries a mail by SMTP; every step has its time, and nothing of a citizen is in it."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from hotline.domain.errors import Invalid, Unavailable
from hotline.services.ports_mails import Mail

TIMEOUT_S = 10.0
SECURITY = ("none", "starttls", "tls")
NEWS = {
    "hand_over": "新工单",
    "force": "裁定交办工单",
    "ask_unit": "协办事项",
    "pass_on": "移交工单",
    "pass_part": "协办事项",
    "remind": "催办",
    "remind_half": "催办（办理时限已过半）",
    "remind_late": "催办（办理时限已过八成）",
    "sign_overdue": "催办（超时未签收）",
    "remind_part": "协办催办（协办时限已过八成）",
    "part_overdue": "协办催办（协办已逾期）",
    "notice": "督办通知书",
    "criticise": "通报批评",
    "withdraw": "撤回通知",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mails go; `public_url` is how units reach the hotline's pages."""

    host: str
    port: int
    security: str
    user: str
    password: str
    sender: str
    public_url: str


class SmtpPostman:
    """Implements Postman."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    def carry(self, mail: Mail) -> None:
        message = letter(mail, self._server)
        try:
            with self._connected() as smtp:
                smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as problem:
            code, said = next(iter(problem.recipients.values()))
            raise _refused(code, said) from None
        except smtplib.SMTPAuthenticationError:
            raise Unavailable("the mail server does not accept our name and password") from None
        except smtplib.SMTPResponseException as problem:
            raise _refused(problem.smtp_code, problem.smtp_error) from None
        except (smtplib.SMTPException, OSError) as problem:
            raise Unavailable(f"the mail server does not answer: {type(problem).__name__}") from None

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        at = self._server
        secure = ssl.create_default_context()
        if at.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(at.host, at.port, timeout=TIMEOUT_S, context=secure)
        else:
            smtp = smtplib.SMTP(at.host, at.port, timeout=TIMEOUT_S)
        with smtp:
            if at.security == "starttls":
                smtp.starttls(context=secure)
            if at.user:
                smtp.login(at.user, at.password)
            yield smtp


def letter(mail: Mail, server: MailServer) -> EmailMessage:
    """The numbers and the links, no more: the rest is behind the login."""
    user, _, domain = server.sender.rpartition("@")
    news = " ".join(filter(None, (NEWS.get(mail.action, "新工单"), mail.number)))
    message = EmailMessage()
    message["From"] = Address("12341 民生热线", user, domain)
    message["To"] = mail.recipient
    message["Subject"] = f"【12341】{news} {mail.ticket_id}"
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{mail.occasion}.news@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{news}：{mail.ticket_id}\n{_links(mail, server.public_url.rstrip('/'))}")
    return message


def _links(mail: Mail, pages: str) -> str:
    work = f"{pages}/work/{mail.matter}\n"
    if mail.paper is None:
        return f"请登录后查看并按时签收、办理：\n{work}"
    return f"请登录后查看并尽快办理：\n{work}通知书全文：\n{pages}/deadlines/notices/{mail.paper}.pdf\n"


def _refused(code: int, said: bytes | str) -> Invalid | Unavailable:
    """5xx is for ever, 4xx for now."""
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    sentence = f"the mail server answered {code} {' '.join(words.split())[:120]}"
    return Invalid(sentence) if 500 <= code < 600 else Unavailable(sentence)
