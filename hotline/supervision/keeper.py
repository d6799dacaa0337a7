"""Keeps one process of the hotline running: starts it, starts it again when it ends, ever more patiently."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from hotline.supervision.child import Child, Spec, last_words

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
HEALTHY_AFTER_S = 60.0
FROZEN_AFTER_S = 15.0


@dataclass
class Keeper:
    """A spec, its present child, and how often it had to be started again. Times are monotonic seconds."""

    spec: Spec
    started: Callable[[Child], None]
    gone: Callable[[Child], None]
    child: Child | None = None
    restarts: int = 0
    last_end: str = ""
    _pause_s: float = FIRST_PAUSE_S
    _start_at: float = 0.0
    _up_since: float = 0.0
    _sign: tuple[float, float] | None = field(
        default=None, repr=False
    )  # what it said, and when we saw it change

    def start(self, now: float) -> None:
        self.child = Child(self.spec)
        self._up_since, self._sign = now, None
        self.started(self.child)

    def wait_ready(self, give_up: Callable[[], bool]) -> bool:
        """Whether it became ready in its time; False as soon as it ended or `give_up` says so."""
        deadline = time.monotonic() + self.spec.ready_within_s
        while self.child and self.child.ended() is None and not give_up() and time.monotonic() < deadline:
            if self.spec.ready():
                return True
            self.child.wait(0.05)
        return False

    def tend(self, now: float) -> str | None:
        """One look: notices its end, and starts it again when the pause is over. What to say, or None."""
        if self.child is not None:
            how = self.child.ended()
            if how is None:
                if now - self._up_since > HEALTHY_AFTER_S:
                    self._pause_s = FIRST_PAUSE_S
                return None
            return self._bury(how, now)
        if now >= self._start_at:
            self.restarts += 1
            self.start(now)
        return None

    def hear(self, sign: float | None, redis_is_there: bool, now: float) -> str | None:
        """What it last said of itself. One that spoke once and then is silent for long is frozen: killed."""
        if self.child is None or not self.spec.heartbeat:
            return None
        if sign is not None and (self._sign is None or self._sign[0] != sign):
            self._sign = (sign, now)
        elif self._sign and not redis_is_there:
            self._sign = (self._sign[0], now)
        if self._sign is None or now - self._sign[1] < FROZEN_AFTER_S:
            return None
        return self._bury(f"silent for {FROZEN_AFTER_S:.0f} s", now)

    def why(self) -> str:
        """Its state in words, for the sentence that says why the hotline does not open."""
        how = self.child.ended() if self.child else self.last_end
        said = last_words(self.spec.log)
        state = f"ended ({how})" if how else f"was not ready in {self.spec.ready_within_s:.0f} s"
        return f"{self.spec.name} {state}; {self.spec.log} says: {said or 'nothing'}"

    def _bury(self, how: str, now: float) -> str:
        assert self.child is not None
        dead = self.child
        dead.kill()  # the leader may be dead, its own processes not
        self.child, self.last_end = None, how
        self.gone(dead)
        self._start_at = now + self._pause_s
        again = f"starting it again in {self._pause_s:g} s, time {self.restarts + 1}"
        self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
        return f"{self.spec.name} ended ({how}); {again}"
