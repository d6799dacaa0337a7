"""What the mails to units need: their rows, news from the tickets' log, and somebody who carries them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hotline.domain.ids import TicketId, UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """An entry of the tickets' log that a unit is to hear of; `paper` is the key of a numbered notice."""

    log_id: int
    ticket_id: TicketId
    action: str
    unit: UnitId
    paper: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Nothing of a citizen is in it: the number of the ticket, and that it is there.

    `matter` is the ticket that the unit works on: another one where this ticket was merged into it.
    `again_at` is when somebody had it tried again; `problem` is what the mail server said last.
    """

    key: int
    occasion: str
    unit: UnitId
    recipient: str
    ticket_id: TicketId
    action: str
    created_at: datetime
    attempts: int
    matter: TicketId
    paper: int | None = None
    number: str = ""
    given_up_at: datetime | None = None
    again_at: datetime | None = None
    problem: str = ""


class MailStore(Protocol):
    """Mails that are to be sent, were sent, or were given up."""

    def news(self, limit: int) -> tuple[int, list[News]]:
        """Entries not looked at yet, and how far that is; a second writer waits for the first."""
        ...

    def looked(self, log_id: int) -> None: ...

    def add(self, occasion: str, news: News, recipient: str, at: datetime) -> None:
        """Write one to be sent; the same occasion again changes nothing."""
        ...

    def take(self, at: datetime, until: datetime, limit: int) -> Sequence[Mail]:
        """Those whose time has come; nobody else takes them before `until`."""
        ...

    def sent(self, key: int, at: datetime) -> None: ...
    def failed(self, key: int, problem: str, again_at: datetime) -> None: ...
    def give_up(self, key: int, problem: str, at: datetime) -> None: ...
    def waiting(self) -> int: ...

    def given_up(self, limit: int) -> Sequence[Mail]:
        """The newest first."""
        ...

    def count_given_up(self) -> int: ...

    def get(self, key: int) -> Mail | None:
        """One mail; a writing transaction locks it."""
        ...

    def again(self, key: int, recipient: str, at: datetime) -> None:
        """To be sent from `at` on as if it were new."""
        ...


class Postman(Protocol):
    """Carries a mail to the city's mail server."""

    def carry(self, mail: Mail) -> None:
        """Raises Unavailable (try again later) or Invalid (this one will never be taken)."""
        ...
