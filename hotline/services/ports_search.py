"""What searching needs of the database: terms written with each ticket, and tickets found by them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hotline.domain.ids import TicketId, TicketKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the index looks for: `groups` must all be met, each by any of its terms.

    Ordinals from `low` up to, not with, `high`. `number` is the caller's; no query holds it plain.
    """

    groups: tuple[tuple[str, ...], ...] = ()
    low: int = 0
    high: int = 2**62
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A ticket as lists show it; `number` is plain here and masked by who shows it."""

    ordinal: int
    key: TicketKey
    id: TicketId
    state: str
    kind: str
    topic: str
    place: str
    what: str
    unit: str
    assisting: frozenset[str]
    citizen_name: str
    confidential: bool
    number: str | None
    accepted_at: datetime
    due_at: datetime | None
    due_provisional: bool
    reply_text: str
    satisfaction: str | None
    returns: int
    asked_extension: int
    round: int
    callback_due: datetime | None


class TicketIndex(Protocol):
    """Accepted tickets by what they are found by, the newest first; writing a ticket calls `put`."""

    def put(self, key: TicketKey) -> None: ...
    def missing(self, limit: int) -> list[TicketKey]: ...
    def unhashed(self, after: TicketKey, limit: int) -> list[TicketKey]: ...

    def candidates(self, wanted: Wanted, limit: int) -> list[int]:
        """Ordinals that may fit, falling; fewer than `limit` only when there are no more."""
        ...

    def load(self, ordinals: Iterable[int]) -> list[Found]:
        """These tickets, in the order asked for."""
        ...

    def of_keys(self, keys: Iterable[TicketKey]) -> list[Found]:
        """The same by their keys."""
        ...

    def by_id(self, ticket_id: TicketId) -> Found | None: ...

    def ends(self) -> tuple[int, int]:
        """The newest and the oldest ordinal; (0, 0) when there is none."""
        ...
