"""A call desk in memory, for what asks it: the AGI scripts."""

from hotline.domain.errors import Unavailable
from hotline.domain.heard import Heard
from hotline.domain.hearing_mode import Mode
from hotline.domain.ids import CallId


class FakeCallDesk:
    """Implements CallDesk. `put` is what the speech process would do; `down` takes the desk away, `deaf` the ear."""

    def __init__(self) -> None:
        self.expected: set[CallId] = set()
        self.down = False
        self.deaf = False
        self._heard: dict[CallId, Heard] = {}

    def expect(self, call_id: CallId, mode: Mode = Mode.SENTENCE) -> None:
        self._check()
        if self.deaf:
            raise Unavailable("nobody is there to listen")
        self.expected.add(call_id)

    def heard(self, call_id: CallId, wait_s: float) -> Heard | None:
        """Does not wait: nothing can come meanwhile."""
        self._check()
        return self._heard.get(call_id)

    def put(self, heard: Heard) -> None:
        self._heard[heard.call_id] = heard

    def is_expected(self, call_id: CallId) -> bool:
        """As the speech process asks: once."""
        found = call_id in self.expected
        self.expected.discard(call_id)
        return found

    def _check(self) -> None:
        if self.down:
            raise Unavailable("Redis does not answer")
