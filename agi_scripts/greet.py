#!/usr/bin/env python3
"""A call has arrived: to the greeting when a seat is free, else into the queue, and heard beside it."""

if __name__ == "__main__":
    import as_program  # first of all: it finds the packages for what follows

from hotline.domain.errors import Unavailable
from hotline.domain.ids import CallId
from hotline.services.ports import CallDesk
from hotline.services.ports_reception import Reception
from hotline.telephony.agi_session import AgiSession

# Callers who came before and are still greeted take this long to their places, once they are asked to.
EARLIER_ONES_S = 1.1


def main(agi: AgiSession, desk: CallDesk, reception: Reception | None = None) -> None:
    """Set HOTLINE_WAIT=1 when no seat is free: the caller's place in the queue must not wait for a greeting.

    Else HOTLINE_EXPECTED=1 when somebody will listen; without it the caller is not asked to speak.
    """
    call_id = CallId(agi.get_variable("HOTLINE_CALL_ID"))
    if reception is not None and not _is_free(agi, call_id, reception):
        agi.set_variable("HOTLINE_WAIT", "1")
        reception.hear_beside(call_id, agi.env.get("agi_channel", ""))
        reception.let_earlier_ones_in(EARLIER_ONES_S)
        return
    desk.expect(call_id)
    agi.set_variable("HOTLINE_EXPECTED", "1")


def _is_free(agi: AgiSession, call_id: CallId, reception: Reception) -> bool:
    """When nobody can tell, the caller is greeted: he reaches the queue after it."""
    try:
        return reception.seat_is_free(call_id, agi.env.get("agi_channel", ""))
    except Unavailable:
        return True


if __name__ == "__main__":
    as_program.run(main)
