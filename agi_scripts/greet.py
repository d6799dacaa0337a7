#!/usr/bin/env python3
"""A call has arrived: the ear is told to expect it, and the dialplan that somebody will listen."""

from hotline.domain.ids import CallId
from hotline.services.ports import CallDesk
from hotline.telephony.agi_session import AgiSession


def main(agi: AgiSession, desk: CallDesk) -> None:
    """Set HOTLINE_EXPECTED=1 when somebody will listen; without it the caller is not asked to speak."""
    desk.expect(CallId(agi.get_variable("HOTLINE_CALL_ID")))
    agi.set_variable("HOTLINE_EXPECTED", "1")


if __name__ == "__main__":
    from hotline.bootstrap import call_desk
    from hotline.telephony.agi_plain import run

    run(main, call_desk)
