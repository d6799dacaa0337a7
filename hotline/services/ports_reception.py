"""What the first steps of a call need from the switch, by role."""

from typing import Protocol

from hotline.domain.ids import CallId


class Reception(Protocol):
    """Where `greet` sends a caller first. `channel` is what Asterisk calls his line."""

    def seat_is_free(self, call_id: CallId, channel: str) -> bool:
        """Whether there is time for a greeting; the seat is kept for him then. Raises Unavailable."""
        ...

    def hear_beside(self, call_id: CallId, channel: str) -> None:
        """Greet and hear him while he waits; comes back at once and never raises."""
        ...

    def let_earlier_ones_in(self, limit_s: float) -> None:
        """Callers who came before and are still greeted or heard take their places; never raises."""
        ...
