"""A caller and a seat: headers, voices, the recording, and what happens when either of them does something odd."""

import wave
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.telephony.citizen import At, Step
from tests.support.ami_tap import Tap
from tests.support.citizens import Citizen, arrived, of_call, times_heard
from tests.support.pbx import Pbx
from tests.support.seat_phone import SeatPhone
from tests.support.servers import wait_until
from tests.support.short_prompts import shorten, tone

NUMBER = "13800000001"
CITIZEN_HZ, SEAT_HZ = 1500.0, 800.0
SPEAKS = {"samples": tone(CITIZEN_HZ, 20), "speak": At(step=Step.GREETING, after_s=1.0)}


@pytest.fixture(scope="module")
def pbx() -> Iterator[Pbx]:
    ours = Pbx.prepare()
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
    wait_until(lambda: not pbx.channels(), "no channel left")
    members(pbx, "QueueRemove", "seat01", "seat02")


def members(pbx: Pbx, action: str, *seats: str, queue: str = "q_general") -> None:
    for seat in seats:
        pbx.ami(f"Action: {action}\r\nQueue: {queue}\r\nInterface: PJSIP/{seat}", limit=0.5)


def shares(path: Path) -> tuple[int, int]:
    """How often the citizen's and the seat's tones begin in a recording."""
    with wave.open(str(path)) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (1, 2, 8000)
        samples = array("h", wav.readframes(wav.getnframes()))
    return power(samples, CITIZEN_HZ), power(samples, SEAT_HZ)


def power(samples: "array[int]", hertz: float) -> int:
    """Frames with at least a quarter of their power at that tone: two voices at once have about half each."""
    from hotline.telephony.citizen_ear import tone_share

    frames = (samples[start : start + 160] for start in range(0, len(samples) - 160, 160))
    return sum(tone_share(frame, hertz) > 0.25 for frame in frames)


def test_a_seat_sees_who_calls_talks_and_is_recorded(pbx: Pbx, tap: Tap) -> None:
    with SeatPhone(pbx, "seat01", SEAT_HZ) as seat:
        members(pbx, "QueueAdd", "seat01")
        with Citizen(pbx, from_number=NUMBER, **SPEAKS) as citizen:
            call_id = arrived(tap, NUMBER)["CallId"]
            dialog = seat.rings()
            assert dialog.headers["x-hotline-call-id"] == call_id
            assert dialog.headers["x-hotline-from"] == NUMBER
            assert dialog.headers["x-hotline-line"] == "12341"
            assert NUMBER in dialog.headers["from"]
            tap.wait("BridgeEnter", Channel=tap.wait("AgentConnect")["DestChannel"])
            wait_until(lambda: len(seat.heard) > 100, "the seat hears")
            seat.hang_up(dialog)
            outcome = citizen.done()
        assert outcome.ended_by == "hotline"
        assert times_heard(outcome.sound, SEAT_HZ) >= 1
        assert times_heard(seat.sound(), CITIZEN_HZ) >= 1
        citizens, seats = shares(pbx.settings.recordings_dir / f"{call_id}.wav")
        assert citizens > 40 and seats > 40
        apart = [pbx.settings.recordings_dir / f"{call_id}.{voice}.wav" for voice in ("caller", "seat")]
        (citizen_alone, nobody), (nobody_else, seat_alone) = map(shares, apart)
        assert citizen_alone > 40 and seat_alone > 40 and nobody == nobody_else == 0
        assert abs(apart[0].stat().st_size - apart[1].stat().st_size) < 16_000, "both from the same moment on"
    joined = [event for event in tap.events if event.get("ChanVariable") == f"HOTLINE_CALL_ID={call_id}"]
    assert {"AgentCalled", "AgentConnect", "AgentComplete"} <= {event["Event"] for event in joined}
    rows = [row for row in pbx.cdr.read_text().splitlines() if call_id in row]
    assert any('"PJSIP/seat01-' in row and '"ANSWERED"' in row for row in rows)
    assert f"|q_general|NONE|HOTLINE|{call_id}" in pbx.queue_log.read_text()


def test_the_callers_leg_carries_the_id_and_so_does_the_seats(pbx: Pbx, tap: Tap) -> None:
    with SeatPhone(pbx, "seat01") as seat:
        members(pbx, "QueueAdd", "seat01")
        with Citizen(pbx, from_number=NUMBER, hang_up=At(step=Step.GREETING, after_s=3)) as citizen:
            came = arrived(tap, NUMBER)
            seat.rings()
            citizen.done()
        wait_until(lambda: not pbx.channels(), "no channel left")
        ended = {event["Channel"].split("-")[0] for event in tap.find("Hangup", **of_call(came))}
    assert ended == {"PJSIP/trunk", "PJSIP/seat01"}


def test_a_caller_who_gave_up_leaves_no_recording(pbx: Pbx, tap: Tap) -> None:
    with Citizen(pbx, from_number=NUMBER, hang_up=At(step=Step.GREETING, after_s=2)) as citizen:
        tap.wait("QueueCallerJoin", **of_call(arrived(tap, NUMBER)))
        call_id = citizen.done().call_id
    assert not (pbx.settings.recordings_dir / f"{call_id}.wav").exists()


def test_where_nothing_can_be_recorded_people_still_talk(pbx: Pbx, tap: Tap) -> None:
    folder = pbx.settings.recordings_dir
    aside = folder.rename(folder.with_name("aside"))
    folder.touch()
    try:
        with SeatPhone(pbx, "seat01", SEAT_HZ) as seat:
            members(pbx, "QueueAdd", "seat01")
            with Citizen(pbx, from_number=NUMBER, **SPEAKS) as citizen:
                dialog = seat.rings()
                wait_until(lambda: len(seat.heard) > 100, "the seat hears")
                seat.hang_up(dialog)
                outcome = citizen.done()
        assert outcome.ended_by == "hotline"
        assert times_heard(outcome.sound, SEAT_HZ) >= 1
    finally:
        folder.unlink()
        aside.rename(folder)


def test_a_withheld_number_is_withheld_from_the_seat_too(pbx: Pbx, tap: Tap) -> None:
    with SeatPhone(pbx, "seat01") as seat:
        members(pbx, "QueueAdd", "seat01")
        with Citizen(pbx, from_number=None):
            dialog = seat.rings()
            assert dialog.headers.get("x-hotline-from", "") == ""
            assert "1380000" not in str(dialog.headers)


def test_who_waits_without_a_seat_gets_the_first_that_comes(pbx: Pbx, tap: Tap) -> None:
    with Citizen(pbx, from_number=NUMBER) as citizen, SeatPhone(pbx, "seat01") as seat:
        tap.wait("QueueCallerJoin", **of_call(arrived(tap, NUMBER)))
        members(pbx, "QueueAdd", "seat01")
        seat.rings()
        tap.wait("AgentConnect")
        assert citizen.outcome is None
        assert citizen_hears_something(tap)


def citizen_hears_something(tap: Tap) -> bool:
    return bool(tap.find("MusicOnHoldStart") and tap.find("MusicOnHoldStop"))


def test_a_seat_that_refuses_or_sleeps_costs_only_time(pbx: Pbx, tap: Tap) -> None:
    with SeatPhone(pbx, "seat01", refuse_with=486) as busy, SeatPhone(pbx, "seat02") as awake:
        members(pbx, "QueueAdd", "seat01", "seat02")
        for number in (NUMBER, "13800000002"):
            with Citizen(pbx, from_number=number) as citizen:
                dialog = awake.rings()
                tap.wait("AgentConnect", **of_call(arrived(tap, number)))
                assert citizen.outcome is None
                awake.hang_up(dialog)
                assert citizen.done().ended_by == "hotline"
            wait_until(lambda: not pbx.channels(), "no channel left")
        assert busy.calls


def test_a_seat_gets_no_second_call_while_it_talks_and_a_pause_after(pbx: Pbx, tap: Tap) -> None:
    with SeatPhone(pbx, "seat01") as seat:
        members(pbx, "QueueAdd", "seat01")
        with (
            Citizen(pbx, from_number=NUMBER) as first,
            Citizen(pbx, from_number="13800000002", number="12328"),
        ):
            dialog = seat.rings()
            tap.wait("AgentConnect")
            came = arrived(tap, "13800000002" if dialog.headers["x-hotline-from"] == NUMBER else NUMBER)
            tap.wait("QueueCallerJoin", **of_call(came))
            assert len(seat.calls) == 1
            seat.hang_up(dialog)
            left = tap.wait("AgentComplete")
            second = seat.rings(20)
            assert second.headers["x-hotline-call-id"] == came["CallId"]
            called = tap.wait("AgentCalled", **of_call(came))
            pause = float(called["Timestamp"]) - float(left["Timestamp"])
            assert pause >= 4.0  # wrapuptime; Asterisk counts whole seconds
            assert first.call.number == "12341"


def test_keys_of_either_side_do_nothing_to_the_call(pbx: Pbx, tap: Tap) -> None:
    keys = tuple((At(step=Step.GREETING, after_s=2 + n / 5), key) for n, key in enumerate("*1##*2#0"))
    with SeatPhone(pbx, "seat01") as seat:
        members(pbx, "QueueAdd", "seat01")
        with Citizen(pbx, from_number=NUMBER, keys=keys) as citizen:
            dialog = seat.rings()
            wait_until(lambda: len(seat.heard) > 250, "five seconds of talk")
            assert citizen.outcome is None and not dialog.ended.is_set()
            seat.hang_up(dialog)
            assert citizen.done().ended_by == "hotline"


def test_a_seat_that_vanishes_while_it_rings_frees_the_caller(pbx: Pbx, tap: Tap) -> None:
    """Its answer never comes; after the ring time (of 15 s, twice at most) the next seat is asked."""
    with SeatPhone(pbx, "seat01", answer_after=None) as silent:
        members(pbx, "QueueAdd", "seat01")
        with Citizen(pbx, from_number=NUMBER) as citizen:
            silent.rings()
            with SeatPhone(pbx, "seat02") as awake:
                members(pbx, "QueueAdd", "seat02")
                awake.rings(38)
                tap.wait("AgentConnect")
                assert citizen.outcome is None


@pytest.mark.parametrize("number", ["12341", "10086", "seat02", "sup01", "12328", "s"])
def test_a_seat_can_dial_nothing(pbx: Pbx, tap: Tap, number: str) -> None:
    with SeatPhone(pbx, "seat01") as seat:
        assert seat.call(number) in (404, 403, 401)
        assert not tap.find("HotlineArrived")


def test_a_wrong_secret_registers_nobody(pbx: Pbx, tap: Tap) -> None:
    wrong = SeatPhone(pbx, "seat03", secret=pbx.secret_of("seat04"))
    with pytest.raises(AssertionError, match="401"):
        wrong.__enter__()
    wrong.__exit__()
    assert not tap.find("ContactStatus", EndpointName="seat03")


def test_the_queue_lets_go_and_the_caller_comes_back_in_front() -> None:
    """A queue that refuses everybody without seats, as a changed configuration might."""
    ours = Pbx.prepare()
    shorten(ours)
    queues = ours.settings.runtime_dir / "asterisk/etc/queues.conf"
    queues.write_text(
        queues.read_text()
        .replace("joinempty = yes", "joinempty = no")
        .replace("leavewhenempty = no", "leavewhenempty = yes")
    )
    try:
        ours.start()
        with (
            Tap(ours) as tap,
            Citizen(ours, from_number=NUMBER) as citizen,
            SeatPhone(ours, "seat01", answer_after=None) as seat,
        ):
            came = arrived(tap, NUMBER)
            tap.wait("HotlineRouted", CallId=came["CallId"])
            assert not tap.find("QueueCallerJoin")
            members(ours, "QueueAdd", "seat01")
            seat.rings()
            members(ours, "QueueRemove", "seat01")
            tap.wait("QueueCallerLeave", within_s=20, **of_call(came))
            members(ours, "QueueAdd", "seat01")
            wait_until(
                lambda: len(tap.find("QueueCallerJoin", **of_call(came))) == 2, "back in the queue", 20
            )
            assert citizen.outcome is None
    finally:
        ours.remove()
