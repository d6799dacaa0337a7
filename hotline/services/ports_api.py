"""What the programming interface needs of the database: keys, answered requests, looks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from hotline.domain.ids import TicketId, UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A client. `role` is seat, supervisor or unit: what it may see and do; `hash` is of the whole key."""

    id: int
    name: str
    prefix: str
    hash: str
    role: str
    unit: UnitId | None
    may_write: bool
    per_minute: int
    made_by: str
    made_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a client was answered before; `digest` is of what it asked."""

    digest: str
    status: int
    answer: Any


class ApiStore(Protocol):
    """Clients of the programming interface."""

    def by_prefix(self, prefix: str) -> ApiKey | None: ...
    def all(self) -> list[ApiKey]: ...
    def add(self, **values: Any) -> ApiKey: ...
    def update(self, key_id: int, **values: Any) -> None: ...
    def answered(self, key_id: int, name: str) -> Answered | None: ...

    def remember(self, key_id: int, name: str, at: datetime, answered: Answered) -> None:
        """Raises Contended when the same was asked at the same moment and was answered first."""
        ...

    def forget(self, before: datetime, limit: int) -> int: ...
    def saw(self, key_id: int, ticket: TicketId, what: str, at: datetime) -> None: ...
