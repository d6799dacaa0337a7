"""What making files for people needs: their state in the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from hotline.domain.ids import AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file that is made or being made. `share` of it is done, 0 to 100; `query` holds no whole number."""

    id: str
    account: AccountId
    format: str
    language: str
    query: dict[str, str]
    state: str
    rows: int
    share: int
    problem: str
    size: int | None
    made_at: datetime
    told_at: datetime
    ended_at: datetime | None


class ExportStore(Protocol):
    """Exports and who took them home."""

    def get(self, export_id: str) -> Export | None: ...
    def of_account(self, account: AccountId, limit: int) -> list[Export]: ...
    def active(self) -> list[Export]: ...
    def add(self, export: Export) -> None: ...

    def update(self, export_id: str, states: tuple[str, ...], **values: Any) -> bool:
        """Write when it is in one of these states; False when it is not."""
        ...

    def remove_before(self, at: datetime) -> list[str]:
        """Forget exports made before; returns their ids."""
        ...

    def downloaded(self, export: Export, account: AccountId, at: datetime) -> None: ...
