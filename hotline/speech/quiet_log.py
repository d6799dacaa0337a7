"""Log lines that a stranger can cause: a few from each source, then only their number."""

import logging
from collections import OrderedDict
from collections.abc import Callable

_LINES = 5
_WINDOW_S = 10.0
_SOURCES = 256


class QuietLog:
    """At most five lines a source in ten seconds, and a bounded memory of sources."""

    def __init__(self, log: logging.Logger, clock: Callable[[], float]) -> None:
        self._log = log
        self._clock = clock
        self._sources: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def warning(self, source: str, message: str) -> None:
        """One line, or none."""
        now = self._clock()
        began, count = self._sources.pop(source, (now, 0))
        if now - began >= _WINDOW_S:
            if count > _LINES:
                self._log.warning("%s: %d more lines were left out", source, count - _LINES)
            began, count = now, 0
        self._sources[source] = (began, count + 1)
        if len(self._sources) > _SOURCES:
            self._sources.popitem(last=False)
        if count < _LINES:
            self._log.warning("%s: %s", source, message)
