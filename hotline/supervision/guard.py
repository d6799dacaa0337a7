"""Stands by while the hotline runs; when its supervisor dies without a word, it ends what was left running.

Started as a script of its own. Its standard input is a pipe from the supervisor: each line `+GROUP` or
`-GROUP` names a process group that came or went, and the end of the pipe means that the supervisor is gone.
"""

import os
import signal
import sys
import time

PATIENCE_S = 6.0


def read_groups() -> set[int]:
    """The groups that are still running when the pipe ends."""
    groups: set[int] = set()
    for line in sys.stdin:
        sign, number = line[:1], line[1:].strip()
        if not number.isdigit() or int(number) < 2:
            continue
        if sign == "+":
            groups.add(int(number))
        elif sign == "-":
            groups.discard(int(number))
    return groups


def still_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except OSError:
        return False
    return True


def end(groups: set[int], patience_s: float) -> None:
    """Asks politely, waits, then kills."""
    for group in filter(still_there, groups):
        os.killpg(group, signal.SIGTERM)
    deadline = time.monotonic() + patience_s
    while any(map(still_there, groups)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in filter(still_there, groups):
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    end(read_groups(), PATIENCE_S)
