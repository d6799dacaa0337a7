"""Runs an AGI script as a plain program: Asterisk speaks by standard input and output, for one call."""

import logging
import sys
from collections.abc import Callable

from hotline.domain.errors import HotlineError
from hotline.services.ports import CallDesk
from hotline.telephony.agi_session import AgiSession, CallerHungUp

log = logging.getLogger(__name__)
MAX_LINE = 4096


class _StandardLine:
    """Standard input and output as lines; Asterisk closes them when the call ends."""

    def readline(self) -> str:
        return sys.stdin.readline(MAX_LINE)

    def write(self, text: str) -> None:
        sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


def run(main: Callable[[AgiSession, CallDesk], None], desk: Callable[[], CallDesk]) -> None:
    """Run `main` for the call on standard input; ends the program with 1 when it could not do its work."""
    try:
        main(AgiSession(_StandardLine()), desk())
    except CallerHungUp:
        return
    except HotlineError as problem:
        log.warning("AGI ended: %s", problem)
        sys.exit(1)
