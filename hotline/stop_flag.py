"""Asked to stop: a flag that a signal handler may set at any moment."""

import time

_STEP_S = 0.1


class StopFlag:
    """What a threading.Event is for threads. In a signal handler an Event may wait for ever: that runs in
    the middle of whatever the main thread does, also while that holds the event's own lock.
    """

    def __init__(self) -> None:
        self._asked = False

    def set(self) -> None:
        """Stop."""
        self._asked = True

    def is_set(self) -> bool:
        """Whether somebody asked."""
        return self._asked

    def wait(self, seconds: float) -> bool:
        """Sleep so long, or until a tenth of a second after somebody asked; returns whether he did."""
        deadline = time.monotonic() + seconds
        while not self._asked and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, _STEP_S))
        return self._asked
