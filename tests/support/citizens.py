"""Citizens who call while a test does other things, and what they must have heard."""

import asyncio
import threading
from array import array
from typing import Any, Self

from hotline.telephony.citizen import CitizenCall, CitizenOutcome, EndedBy, Step, place_call
from hotline.telephony.citizen_ear import tone_share
from tests.support.ami_tap import Event, Tap
from tests.support.pbx import Pbx
from tests.support.short_prompts import GREETING_HZ, GREETING_S


class Citizen:
    """One call in a thread of its own; hung up when the block ends."""

    def __init__(self, pbx: Pbx, **options: Any) -> None:
        defaults: dict[str, Any] = {"from_number": "13800000001", "keep_sound": True, "limit_s": 40.0}
        self.call = CitizenCall(server=pbx.sip, **(defaults | options))
        self.outcome: CitizenOutcome | None = None
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[CitizenOutcome] | None = None
        self._thread = threading.Thread(target=self._run, name="citizen", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._task and not self._task.done():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(10)

    def _run(self) -> None:
        async def call() -> None:
            self._task = asyncio.create_task(place_call(self.call))
            try:
                self.outcome = await self._task
            except asyncio.CancelledError:
                return

        self._loop.run_until_complete(call())
        self._loop.close()

    def done(self, within_s: float = 45) -> CitizenOutcome:
        """The outcome, once the call is over."""
        self._thread.join(within_s)
        assert self.outcome is not None, "the call did not end"
        return self.outcome


def arrived(tap: Tap, number: str) -> Event:
    """The dialplan's own announcement of a caller."""
    return tap.wait("HotlineArrived", From=number)


def of_call(event: Event) -> dict[str, str]:
    """What the manager's events about the same call carry."""
    return {"ChanVariable": f"HOTLINE_CALL_ID={event['CallId']}"}


def times_heard(sound: "array[int]", hertz: float) -> int:
    """How often a tone of 100 ms or more begins."""
    count = run = 0
    for start in range(0, len(sound) - 160, 160):
        frame = sound[start : start + 160]
        there = max(map(abs, frame)) > 1000 and tone_share(frame, hertz) > 0.8
        run = run + 1 if there else 0
        count += run == 5
    return count


def greeted_once(outcome: CitizenOutcome) -> bool:
    """Heard the greeting, or the part before a key, and not again. A loaded machine may lose some of it."""
    frames = [outcome.sound[start : start + 160] for start in range(0, len(outcome.sound) - 160, 160)]
    heard = sum(max(map(abs, frame)) > 1000 and tone_share(frame, GREETING_HZ) > 0.8 for frame in frames)
    return 5 <= heard <= 1.4 * GREETING_S * 50


__all__ = ["Citizen", "EndedBy", "Step", "arrived", "greeted_once", "of_call", "times_heard"]
