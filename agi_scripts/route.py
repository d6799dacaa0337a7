#!/usr/bin/env python3
"""The caller has spoken: what was heard decides the queue, and emergency words the place in it."""

if __name__ == "__main__":
    import as_program  # first of all: it finds the packages for what follows

from hotline.domain.ids import CallId
from hotline.domain.queues import GENERAL, QUEUES
from hotline.services.ports import CallDesk
from hotline.telephony.agi_session import AgiSession

# The ear writes down what it heard before it lets go of the caller; this is for a slow moment only.
WAIT_S = 0.3
FRONT = "10"


def main(agi: AgiSession, desk: CallDesk) -> None:
    """Set HOTLINE_QUEUE and HOTLINE_PRIO; whatever is not set stays as the dialplan had it."""
    heard = desk.heard(CallId(agi.get_variable("HOTLINE_CALL_ID")), WAIT_S)
    if heard is None:
        return
    if heard.urgent:
        agi.set_variable("HOTLINE_PRIO", FRONT)
    # General means that nothing was understood: then the line the citizen dialled still tells something.
    if heard.queue in QUEUES and heard.queue != GENERAL:
        agi.set_variable("HOTLINE_QUEUE", heard.queue)


if __name__ == "__main__":
    as_program.run(main)
