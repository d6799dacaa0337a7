"""Whatever of ours is dead, slow, frozen or wrong, the dialplan brings the caller to a queue within seconds."""

import os
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Self

import pytest

from hotline.telephony.citizen import At, Step
from tests.support.ami_tap import Event, Tap
from tests.support.call_parts import running
from tests.support.citizens import Citizen, arrived, greeted_once, of_call
from tests.support.pbx import Pbx
from tests.support.short_prompts import shorten

GREETING_S, BEEP_S, CAP_S, AGI_S = 1.0, 0.5, 3, 1.5
SLACK_S = 2.0  # a machine that has other things to do
NUMBER = "13800000001"


@pytest.fixture(scope="module")
def pbx() -> Iterator[Pbx]:
    ours = Pbx.prepare(HOTLINE_LISTEN_CAP_S=str(CAP_S))
    shorten(ours)
    try:
        ours.start()
        yield ours
    finally:
        ours.remove()


@pytest.fixture
def tap(pbx: Pbx) -> Iterator[Tap]:
    with Tap(pbx) as eyes:
        yield eyes


@pytest.fixture
def parts(pbx: Pbx) -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def in_queue(tap: Tap, within_s: float, queue: str = "general") -> Event:
    """The caller joined that queue in time, by Asterisk's own clock."""
    came = arrived(tap, NUMBER)
    joined = tap.wait("QueueCallerJoin", within_s + 5, **of_call(came))
    took = float(joined["Timestamp"]) - float(came["Timestamp"])
    print(f"in the queue after {took:.2f} s")
    assert took < within_s + SLACK_S, f"{took:.1f} s"
    routed = tap.wait("HotlineRouted", CallId=came["CallId"])
    assert routed["Queue"] == queue
    return joined


def ended_well(tap: Tap, citizen: Citizen) -> None:
    """Greeted once, kept on the line until he hung up himself, and forgotten then."""
    outcome = citizen.done()
    assert greeted_once(outcome)
    assert outcome.ended_by == "citizen"
    assert outcome.call_id == arrived(tap, NUMBER)["CallId"]
    tap.wait("Hangup", **of_call(arrived(tap, NUMBER)))


def until_greeted(pbx: Pbx) -> Citizen:
    """Hangs up a while after the greeting: without a beep the ear cannot tell a queue from a greeting."""
    return Citizen(pbx, from_number=NUMBER, hang_up=At(step=Step.GREETING, after_s=GREETING_S + 4))


def until_queued(pbx: Pbx) -> Citizen:
    return Citizen(pbx, from_number=NUMBER, hang_up=At(step=Step.QUEUE, after_s=0.5))


def test_nothing_of_ours_runs(pbx: Pbx, tap: Tap) -> None:
    with until_greeted(pbx) as citizen:
        in_queue(tap, GREETING_S)
        assert not tap.find("HotlineListening")
        ended_well(tap, citizen)


def test_all_is_well(pbx: Pbx, tap: Tap, parts: ExitStack) -> None:
    parts.enter_context(running("agi", pbx.settings.agi_port, "planning", "calm"))
    parts.enter_context(running("ear", pbx.settings.audiosocket_port, 1))
    with until_queued(pbx) as citizen:
        in_queue(tap, GREETING_S + BEEP_S + 1, "planning")
        assert len(tap.find("HotlineListening")) == 1
        ended_well(tap, citizen)


def test_no_seat_is_free_and_no_ear_comes(pbx: Pbx, tap: Tap, parts: ExitStack) -> None:
    """The switch begins the ear beside the queue; when it cannot, the caller has his place all the same."""
    parts.enter_context(running("agi", pbx.settings.agi_port, "full", "calm"))
    with Citizen(pbx, from_number=NUMBER, hang_up=At(step=Step.GREETING, after_s=2)) as citizen:
        in_queue(tap, 0)
        assert citizen.done().ended_by == "citizen"
        assert not tap.find("HotlineListening")


def test_an_emergency_goes_to_the_front(pbx: Pbx, tap: Tap, parts: ExitStack) -> None:
    with Citizen(pbx, from_number="13800000009") as early:
        first = arrived(tap, "13800000009")
        tap.wait("QueueCallerJoin", **of_call(first))
        parts.enter_context(running("agi", pbx.settings.agi_port, "general", "urgent"))
        parts.enter_context(running("ear", pbx.settings.audiosocket_port, 0.2))
        with until_queued(pbx) as citizen:
            joined = in_queue(tap, GREETING_S + BEEP_S + 1)
            assert (joined["Position"], joined["Count"]) == ("1", "2")
            ended_well(tap, citizen)
        assert early.outcome is None  # still waiting


def test_the_switch_is_frozen(pbx: Pbx, tap: Tap, parts: ExitStack) -> None:
    agi = parts.enter_context(running("agi", pbx.settings.agi_port, "planning", "calm"))
    os.kill(agi.pid, signal.SIGSTOP)
    with until_greeted(pbx) as citizen:
        in_queue(tap, AGI_S + GREETING_S)
        ended_well(tap, citizen)


def test_the_switch_freezes_while_the_caller_speaks(pbx: Pbx, tap: Tap, parts: ExitStack) -> None:
    agi = parts.enter_context(running("agi", pbx.settings.agi_port, "planning", "calm"))
    parts.enter_context(running("ear", pbx.settings.audiosocket_port, 1))
    with until_queued(pbx) as citizen:
        tap.wait("HotlineListening")
        os.kill(agi.pid, signal.SIGSTOP)
        in_queue(tap, GREETING_S + BEEP_S + 1 + AGI_S)
        ended_well(tap, citizen)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_the_switch_dies_in_the_middle_of_a_script(
    pbx: Pbx, tap: Tap, parts: ExitStack, number: signal.Signals
) -> None:
    agi = parts.enter_context(running("agi", pbx.settings.agi_port, "stuck", "calm"))
    with until_greeted(pbx) as citizen:
        came = arrived(tap, NUMBER)
        tap.wait("Newstate", ChannelStateDesc="Up", **of_call(came))
        os.kill(agi.pid, number)
        in_queue(tap, AGI_S + GREETING_S)
        ended_well(tap, citizen)


def test_a_script_that_never_ends(pbx: Pbx, tap: Tap, parts: ExitStack) -> None:
    parts.enter_context(running("agi", pbx.settings.agi_port, "stuck", "calm"))
    with until_greeted(pbx) as citizen:
        in_queue(tap, AGI_S + GREETING_S)
        ended_well(tap, citizen)


@pytest.mark.parametrize("queue", ["nowhere", "general&other", "${HANGUPCAUSE}", "a" * 300, "Q_PLANNING"])
def test_a_queue_that_is_none(pbx: Pbx, tap: Tap, parts: ExitStack, queue: str) -> None:
    parts.enter_context(LyingSwitch(pbx.settings.agi_port, queue))
    parts.enter_context(running("ear", pbx.settings.audiosocket_port, 0.2))
    with until_queued(pbx) as citizen:
        in_queue(tap, GREETING_S + BEEP_S + 1)
        ended_well(tap, citizen)


def test_a_switch_that_speaks_rubbish(pbx: Pbx, tap: Tap, parts: ExitStack) -> None:
    parts.enter_context(LyingSwitch(pbx.settings.agi_port, None))
    with until_greeted(pbx) as citizen:
        in_queue(tap, GREETING_S)
        ended_well(tap, citizen)


def test_the_ear_refuses(pbx: Pbx, tap: Tap, parts: ExitStack) -> None:
    parts.enter_context(running("agi", pbx.settings.agi_port, "planning", "calm"))
    with until_queued(pbx) as citizen:
        in_queue(tap, GREETING_S + BEEP_S, "planning")
        ended_well(tap, citizen)


def test_the_ear_is_frozen(pbx: Pbx, tap: Tap, parts: ExitStack) -> None:
    parts.enter_context(running("agi", pbx.settings.agi_port, "planning", "calm"))
    ear = parts.enter_context(running("ear", pbx.settings.audiosocket_port, 60))
    os.kill(ear.pid, signal.SIGSTOP)
    with until_queued(pbx) as citizen:
        in_queue(tap, GREETING_S + BEEP_S + CAP_S + 2, "planning")
        ended_well(tap, citizen)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_the_ear_dies_in_the_middle_of_a_sentence(
    pbx: Pbx, tap: Tap, parts: ExitStack, number: signal.Signals
) -> None:
    parts.enter_context(running("agi", pbx.settings.agi_port, "planning", "calm"))
    ear = parts.enter_context(running("ear", pbx.settings.audiosocket_port, 60))
    with until_queued(pbx) as citizen:
        tap.wait("HotlineListening")
        os.kill(ear.pid, number)
        in_queue(tap, GREETING_S + BEEP_S + (0.5 if number == signal.SIGKILL else CAP_S + 2), "planning")
        ended_well(tap, citizen)


def test_an_ear_that_never_lets_go(pbx: Pbx, tap: Tap, parts: ExitStack) -> None:
    parts.enter_context(running("agi", pbx.settings.agi_port, "planning", "calm"))
    parts.enter_context(running("ear", pbx.settings.audiosocket_port, 60))
    with until_queued(pbx) as citizen:
        in_queue(tap, GREETING_S + BEEP_S + CAP_S + 2, "planning")
        ended_well(tap, citizen)


@pytest.mark.parametrize(
    "says",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\xff\x00\x01\x04",
        b"\x10\xff\xff" + bytes(65535),
        b"\x7f\x00\x00" * 500,
    ],
    ids=["nothing", "http", "error", "a huge frame", "unknown frames"],
)
def test_an_ear_that_speaks_rubbish(pbx: Pbx, tap: Tap, parts: ExitStack, says: bytes) -> None:
    parts.enter_context(running("agi", pbx.settings.agi_port, "planning", "calm"))
    parts.enter_context(Rubbish(pbx.settings.audiosocket_port, says))
    with until_queued(pbx) as citizen:
        in_queue(tap, GREETING_S + BEEP_S + CAP_S + 2, "planning")
        ended_well(tap, citizen)


def test_a_telephone_that_sends_nothing_in_silence(pbx: Pbx, tap: Tap, parts: ExitStack) -> None:
    """AudioSocket gives up after two seconds without activity; the caller must not notice more of it."""
    parts.enter_context(running("agi", pbx.settings.agi_port, "planning", "calm"))
    ear = parts.enter_context(running("ear", pbx.settings.audiosocket_port, 60))
    os.kill(ear.pid, signal.SIGSTOP)
    with Citizen(pbx, from_number=NUMBER, dtx=True, hang_up=At(step=Step.QUEUE, after_s=0.5)) as citizen:
        in_queue(tap, GREETING_S + BEEP_S + CAP_S + 2, "planning")
        ended_well(tap, citizen)


@pytest.mark.parametrize("key", ["1", "*", "#"])
@pytest.mark.parametrize("step", [Step.GREETING, Step.LISTENING])
def test_a_key_brings_the_caller_on(pbx: Pbx, tap: Tap, parts: ExitStack, step: Step, key: str) -> None:
    parts.enter_context(running("agi", pbx.settings.agi_port, "planning", "calm"))
    parts.enter_context(running("ear", pbx.settings.audiosocket_port, 60))
    keys = ((At(step=step, after_s=0.3), key),)
    with Citizen(pbx, from_number=NUMBER, keys=keys, hang_up=At(step=Step.GREETING, after_s=5)) as citizen:
        skips = step is Step.GREETING
        in_queue(tap, 0.5 if skips else GREETING_S + BEEP_S + 0.5, "general" if skips else "planning")
        assert bool(tap.find("HotlineListening")) is not skips
        ended_well(tap, citizen)


def test_no_prompt_and_no_music_are_there() -> None:
    ours = Pbx.prepare(HOTLINE_LISTEN_CAP_S=str(CAP_S))
    for folder in ("sounds/hotline", "moh"):
        shutil.rmtree(ours.settings.runtime_dir / "asterisk/var" / folder)
    try:
        ours.start()
        with Tap(ours) as tap, ExitStack() as parts:
            parts.enter_context(running("agi", ours.settings.agi_port, "planning", "calm"))
            parts.enter_context(running("ear", ours.settings.audiosocket_port, 0.5))
            hang_up = At(step=Step.GREETING, after_s=4)
            with Citizen(ours, from_number=NUMBER, hang_up=hang_up) as citizen:
                in_queue(tap, 1.0, "planning")
                assert citizen.done().ended_by == "citizen"
            with Citizen(ours, number="10086", from_number=NUMBER) as wrong:
                assert wrong.done().status == 404
    finally:
        ours.remove()


class Rubbish:
    """A server that says the same to everybody and closes."""

    def __init__(self, port: int, says: bytes) -> None:
        self._server = socket.create_server(("127.0.0.1", port))
        self._says = says
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._server.accept()
            except OSError:
                return
            with sock, suppress(OSError):
                self._answer(sock)

    def _answer(self, sock: socket.socket) -> None:
        sock.recv(4096)
        sock.sendall(self._says)


class LyingSwitch(Rubbish):
    """An AGI server that greets as it should and then answers with a queue that is none, or with rubbish."""

    def __init__(self, port: int, queue: str | None) -> None:
        super().__init__(port, b"\x00\xff HTTP/1.1 200 OK\nSET VARIABLE\nEXEC Nothing\n\n")
        self._queue = queue

    def _answer(self, sock: socket.socket) -> None:
        sock.settimeout(2)
        asked = sock.recv(4096)
        if self._queue is None:
            sock.sendall(self._says)
        elif b"route" in asked:
            sock.sendall(f'SET VARIABLE HOTLINE_QUEUE "{self._queue}"\n'.encode())
            sock.sendall(b'SET VARIABLE HOTLINE_PRIO "${CHANNEL(name)} | 7"\n')
        else:
            sock.sendall(b'SET VARIABLE HOTLINE_EXPECTED "1"\n')
        sock.recv(4096)
