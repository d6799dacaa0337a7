"""What the speech process needs from outside, by role."""

from typing import Any, Protocol

from hotline.domain.heard import Heard
from hotline.domain.hearing_mode import Mode
from hotline.domain.ids import CallId


class Expected(Protocol):
    """Knows which calls are about to be heard."""

    async def expected(self, call_id: CallId) -> Mode | None:
        """How, once for each time the switch expected the call; None: nobody does.

        Raises Unavailable when it cannot be known.
        """
        ...


class HeardBoard(Protocol):
    """Where what was heard is put, for the dialplan and the screens."""

    async def put(self, heard: Heard) -> None:
        """Unavailable when it cannot be put; never waits longer than 0.3 s."""
        ...

    async def newest(self, call_id: CallId) -> Heard | None:
        """What was put last for a call. Unavailable when it cannot be read; never waits longer than 0.3 s."""
        ...


class Pulse(Protocol):
    """Where a process says that it lives."""

    async def alive(self, figures: dict[str, Any]) -> None:
        """Unavailable when nobody can read it; never waits longer than 0.3 s."""
        ...
