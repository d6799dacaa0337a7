"""No worker outlives the process that holds its model, however early that one dies."""

import os
import signal
import time

from hotline.speech.worker import die_with_parent


def outcome(parent_dies_first: bool) -> bytes:
    """What a grandchild says after it asked to die with its parent: one byte, or nothing when it is dead."""
    said, tell = os.pipe()
    if (parent := os.fork()) == 0:
        mother = os.getpid()
        if os.fork() == 0:
            _be_the_grandchild(mother, tell, parent_dies_first)
        if not parent_dies_first:
            signal.alarm(30)
            signal.pause()
        os._exit(0)
    os.close(tell)
    try:
        return os.read(said, 1)
    finally:
        os.kill(parent, signal.SIGKILL)
        os.waitpid(parent, 0)
        os.close(said)


def _be_the_grandchild(mother: int, tell: int, parent_dies_first: bool) -> None:
    """Its own clock, for it must end whatever is wrong here."""
    signal.alarm(30)
    while parent_dies_first and os.getppid() == mother:
        time.sleep(0.001)
    die_with_parent(mother)
    os.write(tell, b"!")
    os._exit(0)


def test_it_lives_while_its_parent_does() -> None:
    assert outcome(parent_dies_first=False) == b"!"


def test_a_parent_that_died_before_it_was_asked() -> None:
    assert outcome(parent_dies_first=True) == b""
