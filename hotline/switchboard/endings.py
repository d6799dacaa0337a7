"""Callers who go while Asterisk is asked for its state wait until that state is known.

A call of whose answer the database has not heard yet would be taken for a missed one.
"""

from hotline.domain import facts
from hotline.domain.ids import CallId


class Endings:
    """Between a login and the state that was asked for then: who went meanwhile."""

    def __init__(self) -> None:
        self._kept: list[facts.CallerGone] = []
        self._asking = False

    def asking(self) -> None:
        """From now on they are kept."""
        self._asking = True

    def keeps(self, fact: facts.Fact) -> bool:
        """Whether this one waits."""
        if self._asking and isinstance(fact, facts.CallerGone):
            self._kept.append(fact)
            return True
        return False

    def calls(self) -> frozenset[CallId]:
        """Of these the end is known, whatever Asterisk's records say of it yet."""
        return frozenset(fact.call_id for fact in self._kept)

    def told(self) -> list[facts.CallerGone]:
        """All that were kept, in their order; the state is known, or nobody asks for it any more."""
        kept, self._kept, self._asking = self._kept, [], False
        return kept
