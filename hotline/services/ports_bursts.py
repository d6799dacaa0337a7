"""What finding bursts and similar matters needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hotline.domain.bursts import Told
from hotline.domain.ids import TicketId


@dataclass(slots=True, kw_only=True)
class KnownBurst:
    """A burst that supervisors were told of; `ended_at` when it is one no more."""

    topic: str
    place: str
    began_at: datetime
    latest_at: datetime
    count: int
    expected: float
    id: int | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMatter:
    """An open ticket as far as it is compared with another."""

    ticket_id: TicketId
    accepted_at: datetime
    state: str
    topic: str
    place: str
    what: str
    leader: TicketId | None


class BurstStore(Protocol):
    """What was told when and where, and the bursts that were seen in it."""

    def told(self, since: datetime, until: datetime) -> list[Told]:
        """Each citizen's accepted ticket."""
        ...

    def counts(self, since: datetime, until: datetime) -> Mapping[tuple[str, str], int]:
        """How many by topic and place."""
        ...

    def open(self) -> list[KnownBurst]: ...
    def save(self, burst: KnownBurst) -> None: ...

    def open_matters(self, topic: str, place: str, since: datetime, limit: int) -> list[OpenMatter]:
        """Not yet replied to, of the same topic or the same place, the newest first."""
        ...


class Likeness(Protocol):
    """How likely two tell of the same matter, 0 to 1."""

    def likely(self, one: OpenMatter, others: Sequence[OpenMatter]) -> list[float]: ...
