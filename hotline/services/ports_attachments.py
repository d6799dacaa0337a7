"""What the use cases of attachments need: their rows, and a place for what is in them."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from hotline.domain.attachments import Attachment
from hotline.domain.ids import TicketKey

Read = Callable[[int], bytes]  # at most so many bytes; empty at the end


class AttachmentStore(Protocol):
    """The rows of files."""

    def add(self, attachment: Attachment) -> Attachment:
        """Keep it under a key."""
        ...

    def get(self, key: int) -> Attachment | None: ...
    def of_ticket(self, ticket: TicketKey) -> list[Attachment]: ...
    def send(self, keys: Sequence[int], at: datetime) -> None: ...
    def remove(self, key: int) -> None: ...
    def unsent_before(self, at: datetime, limit: int) -> list[Attachment]: ...
    def in_use(self, sha256: str) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A file that came in whole and is not yet kept."""

    path: Path
    sha256: str
    size: int


class Shelf(Protocol):
    """Files by the hash of what is in them."""

    def receive(self, read: Read, largest: int) -> AbstractContextManager[Received]:
        """Bring a file in, piece by piece; what was not kept is gone at the end of the block.

        Raises Invalid (`too_large`, `empty`) and leaves nothing then.
        """
        ...

    def kind_of(self, received: Received) -> str:
        """What it is by its content. Raises Invalid (`kind`) for what is not accepted."""
        ...

    def keep(self, received: Received) -> None: ...
    def path(self, sha256: str) -> Path: ...

    def sweep(self, in_use: Callable[[str], bool], older_than_s: float) -> int:
        """Take away what nobody uses any more and nobody brought lately; returns how many."""
        ...
