"""A flag that a signal handler may set while the main thread waits for it: tried many times, for it is a race."""

import subprocess
import sys

from hotline.stop_flag import StopFlag

# The handler runs in the middle of `wait`; a threading.Event in its place hung once in sixty such processes.
PROGRAM = """
import os, signal, threading, time
from hotline.stop_flag import StopFlag
for number in range(200):
    stop = StopFlag()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threading.Timer(0.0002 * (number % 7), os.kill, (os.getpid(), signal.SIGTERM)).start()
    while not stop.wait(0.00001):
        pass
print("all stopped")
"""


def test_it_waits_no_longer_than_it_is_told() -> None:
    flag = StopFlag()
    assert not flag.wait(0.0) and not flag.is_set()
    flag.set()
    assert flag.wait(3600.0) and flag.is_set()


def test_a_signal_in_the_middle_of_waiting_is_never_lost_and_never_holds() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "all stopped", done.stderr
