"""Runs an AGI script as a plain program: Asterisk speaks by standard input and output, for one call."""

import logging
import os
import sys
from collections.abc import Callable

from hotline.domain.errors import HotlineError
from hotline.log_lines import kind_and_place
from hotline.services.ports import CallDesk
from hotline.telephony.agi_session import AgiSession, CallerHungUp

log = logging.getLogger(__name__)
MAX_LINE = 4096


class _StandardLine:
    """Standard input and output as lines; Asterisk closes them when the call ends."""

    def readline(self) -> str:
        try:
            return sys.stdin.buffer.readline(MAX_LINE).decode("utf-8", "replace")
        except OSError:
            return ""

    def write(self, text: str) -> None:
        sys.stdout.write(text)

    def flush(self) -> None:
        try:
            sys.stdout.flush()
        except OSError:
            # Else Python would try once more at its end, and complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise CallerHungUp("the connection is closed") from None


def run(main: Callable[[AgiSession, CallDesk], None], desk: Callable[[], CallDesk]) -> None:
    """Run `main` for the call on standard input; ends the program with 1 when it could not do its work."""
    try:
        main(AgiSession(_StandardLine()), desk())
    except CallerHungUp:
        return
    except HotlineError as problem:
        log.warning("AGI ended: %s", problem)
        sys.exit(1)
    except Exception as problem:
        log.error("AGI failed: %s", kind_and_place(problem))
        sys.exit(1)
