"""What the pages of a handling unit need from the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hotline.domain.ids import TicketId, UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRow:
    """A matter as a unit lists it: `lead` or `part`; nothing of the citizen but his matter is in it.

    `due` is the citizen's deadline, or the part's; `next_due` also knows the signing. `begun` is when the
    unit got it, `done_at` when the citizen was told.
    """

    ticket_id: TicketId
    role: str
    state: str
    kind: str
    topic: str
    place: str
    what: str
    begun: datetime
    due: datetime
    next_due: datetime
    provisional: bool
    asked_extension: int
    extended: int
    returns: int
    round: int
    replied_at: datetime | None = None
    done_at: datetime | None = None


class WorkStore(Protocol):
    """The matters of one unit: those it leads, and its parts of others'."""

    def open(self, unit: UnitId, after: datetime | None, until: datetime | None, limit: int) -> list[WorkRow]:
        """Not yet replied to, what is due next first; only those due after and until."""
        ...

    def count_open(self, unit: UnitId, after: datetime | None, until: datetime | None) -> int: ...

    def replied(self, unit: UnitId, since: datetime, limit: int) -> list[WorkRow]:
        """Replied to by it as the lead, the newest first."""
        ...

    def due_in(self, unit: UnitId, first: datetime, last: datetime, limit: int) -> list[WorkRow]:
        """Each citizen's ticket it answers for that is due in the period, open and done ones."""
        ...

    def leads_of(self, unit: UnitId) -> Sequence[TicketId]:
        """What it has to answer as the lead, what is due next first: somebody must take that over."""
        ...

    def parts_of(self, unit: UnitId) -> Sequence[TicketId]:
        """The tickets of others with an open part of it."""
        ...
