"""The scripts Asterisk asks: what they tell the dialplan, and what they leave alone."""

from typing import Any

import pytest

from agi_scripts import greet, route
from hotline.domain.errors import Unavailable
from hotline.domain.heard import Heard, Reason
from hotline.domain.ids import CallId, QueueId
from hotline.telephony.agi_session import AgiSession
from tests.fakes.call_desk import FakeCallDesk

CALL = CallId("4bb68cf6-9cc0-4b22-922b-efad6dc16114")


class Asterisk:
    """Answers as Asterisk does, and remembers the variables."""

    def __init__(self) -> None:
        self.variables = {"HOTLINE_CALL_ID": str(CALL)}
        self.answers = ["agi_network: yes\n", "\n"]

    def readline(self) -> str:
        return self.answers.pop(0)

    def write(self, text: str) -> None:
        verb, _, rest = text.strip().partition(" VARIABLE ")
        name, *value = [part for part in rest.split('"') if part.strip()]
        if verb == "SET":
            self.variables[name] = value[0]
            self.answers.append("200 result=1\n")
        else:
            found = self.variables.get(name)
            self.answers.append(f"200 result=1 ({found})\n" if found else "200 result=0\n")

    def flush(self) -> None:
        pass


@pytest.fixture
def asterisk() -> Asterisk:
    return Asterisk()


@pytest.fixture
def desk() -> FakeCallDesk:
    return FakeCallDesk()


def heard(**changes: Any) -> Heard:
    values = {
        "call_id": CALL,
        "words": "",
        "final": True,
        "reason": Reason.ENDPOINT,
        "at": 1.0,
        "heard_ms": 1,
    }
    return Heard(**(values | changes))


def test_greet_makes_the_call_expected(asterisk: Asterisk, desk: FakeCallDesk) -> None:
    greet.main(AgiSession(asterisk), desk)
    assert desk.is_expected(CALL)
    assert asterisk.variables["HOTLINE_EXPECTED"] == "1"


def test_greet_promises_nothing_when_nobody_can_be_told(asterisk: Asterisk, desk: FakeCallDesk) -> None:
    desk.down = True
    with pytest.raises(Unavailable):
        greet.main(AgiSession(asterisk), desk)
    assert "HOTLINE_EXPECTED" not in asterisk.variables


class Reception:
    """Implements Reception: `free` is what it answers; an exception instead of an answer is raised."""

    def __init__(self, free: bool | None) -> None:
        self.free = free
        self.done: list[str] = []

    def seat_is_free(self, call_id: CallId, channel: str) -> bool:
        if self.free is None:
            raise Unavailable("the database does not answer")
        return self.free

    def hear_beside(self, call_id: CallId, channel: str) -> None:
        self.done.append(f"{call_id} {channel}")

    def let_earlier_ones_in(self, limit_s: float) -> None:
        self.done.append("earlier ones")


def test_with_no_seat_free_a_caller_waits_at_once_and_is_heard_there(
    asterisk: Asterisk, desk: FakeCallDesk
) -> None:
    asterisk.answers.insert(1, "agi_channel: PJSIP/trunk-00000001\n")
    desk.down = True
    reception = Reception(free=False)
    greet.main(AgiSession(asterisk), desk, reception)
    assert asterisk.variables["HOTLINE_WAIT"] == "1"
    assert "HOTLINE_EXPECTED" not in asterisk.variables
    assert reception.done == [f"{CALL} PJSIP/trunk-00000001", "earlier ones"]


@pytest.mark.parametrize("free", [True, None])
def test_with_a_seat_free_or_when_nobody_can_tell_he_is_greeted(
    asterisk: Asterisk, desk: FakeCallDesk, free: bool | None
) -> None:
    reception = Reception(free)
    greet.main(AgiSession(asterisk), desk, reception)
    assert asterisk.variables["HOTLINE_EXPECTED"] == "1"
    assert "HOTLINE_WAIT" not in asterisk.variables
    assert reception.done == []


def test_route_names_the_queue(asterisk: Asterisk, desk: FakeCallDesk) -> None:
    desk.put(heard(queue=QueueId("planning")))
    route.main(AgiSession(asterisk), desk)
    assert asterisk.variables["HOTLINE_QUEUE"] == "planning"
    assert "HOTLINE_PRIO" not in asterisk.variables


@pytest.mark.parametrize("queue", ["general", "nowhere", 'x"', ""])
def test_route_leaves_the_hint_of_the_line_alone(asterisk: Asterisk, desk: FakeCallDesk, queue: str) -> None:
    desk.put(heard(queue=QueueId(queue)))
    route.main(AgiSession(asterisk), desk)
    assert "HOTLINE_QUEUE" not in asterisk.variables


def test_route_brings_an_emergency_to_the_front(asterisk: Asterisk, desk: FakeCallDesk) -> None:
    desk.put(heard(urgent=True))
    route.main(AgiSession(asterisk), desk)
    assert asterisk.variables["HOTLINE_PRIO"] == "10"


def test_route_changes_nothing_when_nothing_was_heard(asterisk: Asterisk, desk: FakeCallDesk) -> None:
    route.main(AgiSession(asterisk), desk)
    assert set(asterisk.variables) == {"HOTLINE_CALL_ID"}
