"""A citizen who calls the hotline by SIP, as the trunk brings one: speaks, presses keys, waits, hangs up."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from hotline.domain.errors import Invalid
from hotline.telephony.citizen_ear import Ear
from hotline.telephony.citizen_rtp import KEYS, VoicePort
from hotline.telephony.citizen_sip import Dialled, Heard, Signal, SipCall
from hotline.telephony.sip_message import Headers, name_of

TICK_S = 0.05
WATCH_EVERY_S = 0.25
NO_BEEP_S = 12.0  # answered for so long without a beep: nobody listens, the call is in the queue
LONGEST_NUMBER = 64
PERSON_STATES = ("talking", "held")

View = Mapping[str, Any]


class Step(StrEnum):
    """How far a call has come, in order, as the caller can know it."""

    CALLING = "calling"
    RINGING = "ringing"
    GREETING = "greeting"
    LISTENING = "listening"
    QUEUE = "queue"
    TALKING = "talking"
    ENDED = "ended"


ORDER = tuple(Step)


class EndedBy(StrEnum):
    """Who ended it."""

    CITIZEN = "citizen"
    HOTLINE = "hotline"
    REFUSED = "refused"
    NOBODY = "nobody"  # no answer from the network at all


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """So many seconds after a step was reached."""

    step: Step
    after_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenCall:
    """What the citizen does. Sound is 8 kHz; times are seconds."""

    server: tuple[str, int]
    number: str = "12341"
    from_number: str | None = None  # None: withheld
    samples: array[int] = field(default_factory=lambda: array("h"))
    speak: At | None = None  # None: after the beep
    keys: tuple[tuple[At, str], ...] = ()
    hang_up: At | None = None  # None: waits until the other side does
    limit_s: float = 300.0  # hangs up after this whatever happens
    local_host: str = "127.0.0.2"
    headers: Headers = ()
    sender: str | None = None  # the From header as it stands, for tests with a hostile one
    dtx: bool = False  # sends nothing while silent
    keep_sound: bool = False


@dataclass(slots=True, kw_only=True)
class CitizenOutcome:
    """What happened. `steps` are seconds since dialling; `view` is the hotline's newest word on it."""

    steps: dict[Step, float] = field(default_factory=dict)
    ended_by: EndedBy = EndedBy.NOBODY
    status: int = 0
    call_id: str | None = None
    view: View | None = None
    sound: array[int] = field(default_factory=lambda: array("h"))
    packets: int = 0
    longest_gap_s: float = 0.0
    sound_ended_at: float | None = None  # epoch seconds when the last of what was said had been sent

    @property
    def answered(self) -> bool:
        """Whether a person answered, as the hotline says; not the greeting."""
        return Step.TALKING in self.steps


OnStep = Callable[[Step, CitizenOutcome], None]
Watch = Callable[[str], View | None]


def check_number(number: str) -> str:
    """A number that can stand in a SIP address, or Invalid."""
    if not 1 <= len(number) <= LONGEST_NUMBER or any(sign not in "0123456789+*#" for sign in number):
        raise Invalid(f"a number is 1 to {LONGEST_NUMBER} digits, + * #")
    return number


async def place_call(
    call: CitizenCall, on_step: OnStep | None = None, watch: Watch | None = None
) -> CitizenOutcome:
    """Call and see it through. `watch(call_id)` is asked, in a thread, what the hotline knows of the call.

    Raises Invalid for a call nobody could make, Unavailable when this machine cannot send.
    """
    for _, key in call.keys:
        if len(key) != 1 or key not in KEYS:
            raise Invalid(f"{key[:8]!r} is not a key: {KEYS}")
    dialled = Dialled(
        server=call.server, number=check_number(call.number), sender=_sender(call), headers=_headers(call)
    )
    ear = Ear(call.keep_sound)
    sip = await SipCall.open(dialled, call.local_host)
    try:
        port = await VoicePort.open(call.local_host, ear.frame)
        try:
            return await _Course(call, sip, port, ear, on_step, watch).run()
        finally:
            port.close()
    finally:
        sip.close()


def _sender(call: CitizenCall) -> str:
    if call.sender is not None:
        return call.sender
    if call.from_number is None:
        return '"Anonymous" <sip:anonymous@anonymous.invalid>'
    return f"<sip:{check_number(call.from_number)}@{call.local_host}>"


def _headers(call: CitizenCall) -> Headers:
    withheld = (("Privacy", "id"),) if call.from_number is None and call.sender is None else ()
    return (("X-Hotline-Ask", "call-id"), *withheld, *call.headers)


class _Course:
    """One call on its way from step to step."""

    def __init__(
        self,
        call: CitizenCall,
        sip: SipCall,
        port: VoicePort,
        ear: Ear,
        on_step: OnStep | None,
        watch: Watch | None,
    ) -> None:
        self._call, self._sip, self._port, self._ear = call, sip, port, ear
        self._on_step, self._watch = on_step, watch
        self._outcome = CitizenOutcome()
        self._dialled_at = time.monotonic()
        self._keys = list(call.keys)
        self._spoken = False
        self._connected = False
        port.quiet = call.dtx

    async def run(self) -> CitizenOutcome:
        self._reach(Step.CALLING)
        self._sip.invite(self._port.port)
        pacing = asyncio.create_task(self._port.pace(), name="citizen's voice")
        watching = asyncio.create_task(self._look(), name="citizen's watch")
        try:
            await self._go_on()
        except asyncio.CancelledError:
            self._sip.abandon()
            raise
        finally:
            pacing.cancel()
            watching.cancel()
            await asyncio.gather(pacing, watching, return_exceptions=True)
        await self._look_once()
        self._reach(Step.ENDED)
        self._outcome.sound = self._ear.samples()
        self._outcome.packets = self._port.received
        self._outcome.longest_gap_s = self._port.longest_gap_s
        self._outcome.sound_ended_at = self._port.spoken_at
        return self._outcome

    async def _go_on(self) -> None:
        """Until somebody ends it."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    if self._heard(await self._sip.signals.get()):
                        return
            self._listen()
            self._act()
            if self._due(self._call.hang_up) or self._now() > self._call.limit_s:
                self._outcome.ended_by = EndedBy.CITIZEN
                await (self._sip.bye() if self._connected else self._sip.cancel())
                return

    def _heard(self, heard: Heard) -> bool:
        """Take one signal; True when the call is over."""
        if heard.signal is Signal.SOUND and heard.voice:
            self._port.connect(heard.voice)
        elif heard.signal is Signal.RINGING:
            self._reach(Step.RINGING)
        elif heard.signal is Signal.ANSWERED and heard.message:
            self._connected = True
            self._outcome.status = heard.status
            self._outcome.call_id = name_of(heard.message.get("p-asserted-identity")) or None
            self._reach(Step.GREETING)
        elif heard.signal is Signal.REFUSED:
            self._outcome.status = heard.status
            self._outcome.ended_by = EndedBy.REFUSED if heard.status else EndedBy.NOBODY
            return True
        elif heard.signal is Signal.HUNG_UP:
            self._outcome.ended_by = EndedBy.HOTLINE
            return True
        return False

    def _listen(self) -> None:
        """Find the next step by ear, as a caller does."""
        if self._ear.beep_ended_at is not None:
            self._reach(Step.LISTENING)
            if self._ear.sound_back_at is not None:
                self._reach(Step.QUEUE)
        elif self._since(Step.GREETING) > NO_BEEP_S:
            self._reach(Step.QUEUE)

    def _act(self) -> None:
        """Speak and press keys when their time has come."""
        speak = self._call.speak or At(step=Step.LISTENING)
        if not self._spoken and self._due(speak):
            self._spoken = True
            self._port.say(self._call.samples)
        for item in [item for item in self._keys if self._due(item[0])]:
            self._keys.remove(item)
            self._port.press(item[1])

    async def _look(self) -> None:
        """Ask the hotline what it knows, for a person's answer cannot be told by ear."""
        while True:
            await self._look_once()
            await asyncio.sleep(WATCH_EVERY_S)

    async def _look_once(self) -> None:
        call_id = self._outcome.call_id
        if self._watch is None or call_id is None:
            return
        view = await asyncio.to_thread(self._watch, call_id)
        if view is None:
            return
        self._outcome.view = view
        if view.get("queued_at"):
            self._reach(Step.QUEUE)
        if view.get("state") in PERSON_STATES or view.get("answered_at"):
            self._reach(Step.TALKING)

    # -- time --------------------------------------------------------------------------------------------

    def _now(self) -> float:
        return time.monotonic() - self._dialled_at

    def _since(self, step: Step) -> float:
        """Seconds since a step, or a later one if it was skipped; negative when neither has come."""
        reached = [at for name, at in self._outcome.steps.items() if ORDER.index(name) >= ORDER.index(step)]
        return self._now() - min(reached) if reached else -1.0

    def _due(self, at: At | None) -> bool:
        return at is not None and self._since(at.step) >= at.after_s

    def _reach(self, step: Step) -> None:
        """Note a step the first time; one that comes late, after a later one, is not told."""
        if step in self._outcome.steps:
            return
        if any(ORDER.index(step) < ORDER.index(name) for name in self._outcome.steps):
            return
        self._outcome.steps[step] = self._now()
        if self._on_step:
            self._on_step(step, self._outcome)
