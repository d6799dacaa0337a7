"""pyst2's conversation with its traps closed: hang-ups, injections, endless descriptions, broken answers."""

import signal
import threading
from collections.abc import Iterable

import pytest

from hotline.domain.errors import HotlineError, Invalid, Unavailable
from hotline.telephony.agi_session import MAX_ENVIRONMENT_LINES, AgiSession, CallerHungUp

CALL = ["agi_network: yes\n", "agi_network_script: greet\n", "agi_callerid: 13800000001\n", "\n"]


class Script:
    """What Asterisk says, line by line; what it was told is in `told`."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = iter(lines)
        self.told = ""

    def readline(self) -> str:
        return next(self.lines, "")

    def write(self, text: str) -> None:
        self.told += text

    def flush(self) -> None:
        pass


def session(*answers: str) -> tuple[AgiSession, Script]:
    line = Script([*CALL, *answers])
    return AgiSession(line), line


def test_a_variable_is_set_and_read() -> None:
    agi, line = session("200 result=1\n", "200 result=1 (living_security)\n", "200 result=0\n")
    agi.set_variable("HOTLINE_QUEUE", "planning")
    assert agi.get_variable("HOTLINE_QUEUE") == "living_security"
    assert agi.get_variable("NOT_SET") == ""
    assert agi.env["agi_network_script"] == "greet"
    assert line.told.splitlines() == [
        'SET VARIABLE "HOTLINE_QUEUE" "planning"',
        'GET VARIABLE "HOTLINE_QUEUE"',
        'GET VARIABLE "NOT_SET"',
    ]


def test_nothing_is_written_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    agi, _ = session("200 result=1\n")
    agi.set_variable("A", "13800000001")
    assert capfd.readouterr() == ("", "")


def test_it_is_made_in_a_thread_and_leaves_the_signals_alone() -> None:
    before = signal.getsignal(signal.SIGHUP)
    made: list[AgiSession] = []
    thread = threading.Thread(target=lambda: made.append(session()[0]))
    thread.start()
    thread.join()
    assert len(made) == 1
    assert signal.getsignal(signal.SIGHUP) is before


@pytest.mark.parametrize("value", ['x" "y', "x\nHANGUP", "x\r\n", "${CDR(src)}", "x\\", "x" * 300])
def test_a_value_cannot_become_a_command(value: str) -> None:
    agi, line = session("200 result=1\n")
    with pytest.raises(Invalid):
        agi.set_variable("HOTLINE_QUEUE", value)
    with pytest.raises(Invalid):
        agi.get_variable(value)
    assert line.told == ""


def test_a_command_without_quotes_cannot_be_two() -> None:
    agi, line = session("200 result=1\n")
    with pytest.raises(Invalid):
        agi.set_callerid("1\nHANGUP")
    assert line.told == ""


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "HANGUP\n",
        "200 result=-1 (hangup)\n",
        "200 result=1 (hangup)\n",
        "511 result=-1 Command Not Permitted\n",
    ],
)
def test_a_hang_up_is_one_error_of_ours(answer: str) -> None:
    agi, _ = session(answer)
    with pytest.raises(CallerHungUp):
        agi.get_variable("HOTLINE_CALL_ID")


@pytest.mark.parametrize(
    "answer",
    [
        "\n",
        "x\n",
        "200 result=-1\n",
        "510 Invalid or unknown command\n",
        "520-Invalid\n520 End\n",
        "999 x\n",
        "9" * 99 + "\n",
    ],
)
def test_any_other_broken_answer_is_unavailable(answer: str) -> None:
    agi, _ = session(*answer.splitlines(keepends=True))
    with pytest.raises(Unavailable):
        agi.get_variable("HOTLINE_CALL_ID")


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([], CallerHungUp),
        (["agi_network: yes\n"], CallerHungUp),
        (["GET / HTTP/1.1\r\n", "Host: x\r\n", "\r\n"], Invalid),
        (["\n"], Invalid),
        (["\x16\x03\x01\n"], Invalid),
        ([*CALL[:1], "no colon\n", "\n"], Invalid),
        ([f"agi_x{n}: 1\n" for n in range(MAX_ENVIRONMENT_LINES + 1)], Invalid),
        (["agi_x: " + "y" * 4000 + "\n"] * 20, Invalid),
    ],
)
def test_what_is_not_a_call_is_refused(lines: list[str], error: type[HotlineError]) -> None:
    with pytest.raises(error):
        AgiSession(Script(lines))
