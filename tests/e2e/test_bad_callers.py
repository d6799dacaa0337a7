"""Callers who say nothing, hum, press keys or hang up at every step, on the whole stack: nothing is lost."""

import math
import wave
from array import array
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotline.domain.call import Call, CallState, EndReason
from tests.support.browser import SeatPage
from tests.support.patience import PATIENCE_S
from tests.support.servers import wait_until
from tests.support.stack import Stack, outcome

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def hum(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of a steady 180 Hz hum: longer than anybody is listened to."""
    path = tmp_path_factory.mktemp("voice") / "hum.wav"
    samples = array("h", (int(6000 * math.sin(2 * math.pi * 180 * n / 8000)) for n in range(80_000)))
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(samples.tobytes())
    return path


def known(stack: Stack, number: str) -> Call | None:
    storage = stack.storage
    with storage.reading() as tx:
        found = tx.calls.of_number(number, LONG_AGO)
    storage.close()
    return found[0] if found else None


def ended(stack: Stack, number: str) -> Call:
    wait_until(lambda: (call := known(stack, number)) and call.is_over, "the call is over")
    call = known(stack, number)
    assert call
    return call


@pytest.mark.parametrize(
    ("what", "reasons"),
    [("nothing", {"silence"}), ("hum", {"silence", "cap", "endpoint"}), ("keys", {"key", None})],
)
def test_who_is_not_understood_reaches_a_person(
    stack: Stack, seat: SeatPage, hum: Path, what: str, reasons: set[str | None]
) -> None:
    number = f"1370000000{len(what)}"
    how = {"nothing": (), "hum": ("--wav", str(hum)), "keys": ("--key", "listening=5", "--key", "queue=9")}[
        what
    ]
    call = stack.calling("--from", number, *how)
    seat.rings()
    seat.page.wait_for_selector("#call-number")
    seat.answer()
    seat.hang_up()
    code, told = outcome(call)
    assert (code, told["queue"], told["suggestions"]) == (0, "general", [])
    heard = ended(stack, number).heard
    assert (heard.reason if heard else None) in reasons
    assert heard is None or not heard.urgent


@pytest.mark.parametrize("step", ["calling", "greeting+1", "listening+1", "queue+1", "ringing"])
def test_who_hangs_up_before_a_person_answers_is_a_missed_call(
    stack: Stack, sentence: Path, step: str
) -> None:
    number = f"1360000{sum(map(ord, step)):04d}"
    done = stack.hotline(
        "call", "--json", "--from", number, "--wav", str(sentence), "--hang-up", step, "--expect", "missed"
    )
    if step == "calling" and known(stack, number) is None:
        assert done.returncode in (0, 1)  # gone before Asterisk had taken the call: there was no call
        return
    call = ended(stack, number)
    assert (call.is_missed, call.seat, call.end_reason) == (True, None, "abandoned")
    assert done.returncode == 0, done.stderr


def test_who_hangs_up_while_a_seat_rings_is_a_missed_call_and_the_seat_is_free(
    stack: Stack, seat: SeatPage, sentence: Path
) -> None:
    call = stack.calling("--from", "13600009999", "--wav", str(sentence))
    seat.rings()

    def is_known() -> bool:
        found = known(stack, "13600009999")
        return found is not None and (found.state, found.seat) == (CallState.RINGING, "seat01")

    wait_until(is_known, "it is known that seat 1 rings")
    call.terminate()  # he hangs up now
    assert call.wait(PATIENCE_S) == 130
    assert call.stderr and call.stderr.read().strip() == "hung up"
    gone = ended(stack, "13600009999")
    assert (gone.is_missed, gone.seat, gone.end_reason) == (True, None, EndReason.ABANDONED)
    assert gone.ringing_at
    seat.page.wait_for_selector("#answer", state="hidden")
    seat.shows("ready")
    following = stack.calling("--from", "13600009998", "--wav", str(sentence))
    seat.rings()
    seat.answer()
    seat.hang_up()
    outcome(following)
    assert ended(stack, "13600009998").seat == "seat01"


def test_an_emergency_is_marked_on_the_seats_screen(stack: Stack, seat: SeatPage) -> None:
    call = stack.calling("--say", "家里煤气泄漏了", "--from", "13500000001")
    seat.rings()
    seat.page.wait_for_selector("#urgent:visible")
    seat.answer()
    seat.hang_up()
    assert outcome(call)[0] == 0
    heard = ended(stack, "13500000001").heard
    assert heard and heard.urgent


def test_no_number_and_no_words_are_in_any_log(stack: Stack, seat: SeatPage, sentence: Path) -> None:
    call = stack.calling("--wav", str(sentence), "--from", "13512348765")
    seat.rings()
    seat.answer()
    seat.write("绝密内容勿入日志")
    seat.hang_up()
    assert outcome(call)[0] == 0
    ended(stack, "13512348765")
    logs = stack.logs(10_000_000)
    assert "13512348765" not in logs + stack.said.read_text()
    assert "停水" not in logs
    assert "绝密" not in logs


@pytest.mark.parametrize("content", [b"", b"not a wav", b"RIFF\xff\xff\xff\xffWAVEfmt ", b"\x00" * 100_000])
def test_a_file_that_is_no_wav_is_one_sentence(stack: Stack, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "voice.wav"
    path.write_bytes(content)
    done = stack.hotline("call", "--wav", str(path))
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "voice.wav" in done.stderr
