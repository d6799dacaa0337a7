"""What Asterisk has and what it wrote down, in our words: from recorded answers and records."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hotline.domain.ids import CallId
from hotline.services.reconcile import CallHistory, LiveCall, LiveState, Stage
from hotline.telephony.records import read_cdr, read_queue_log
from hotline.telephony.recovery import (
    Caller,
    Snapshot,
    callers_channels,
    channel_names,
    histories,
    live_state,
    seat_leg,
)
from tests.support.traces import FOLDER, messages

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
TAKEN_AT = datetime.fromtimestamp(1_795_378_925, UTC)
ANSWERED = CallId("2616da9d-3f47-44a7-9d8d-2ca19f9c99cf")
RUNG = CallId("e159ce2e-7c6d-4c0a-8834-523cbceb4336")


def shown(name: str, held: bool | None = None) -> Snapshot:
    snapshot = Snapshot(TAKEN_AT)
    for message in messages(name):
        match message["Event"]:
            case "CoreShowChannel":
                snapshot.channels.append(message)
            case "QueueMember" | "QueueEntry" | "QueueParams":
                snapshot.queues.append(message)
            case "DeviceStateChange":
                snapshot.devices.append(message)
    for channel, _ in channel_names(snapshot.channels):
        snapshot.callers[channel] = Caller(number="13900000001", line="12341", held=held)
    return snapshot


def only_call(live: LiveState) -> LiveCall:
    (call,) = live.calls.values()
    return call


def test_two_who_talk() -> None:
    live = live_state(shown("shown_talking"))
    call = only_call(live)
    assert (call.call_id, call.stage, call.seat, call.queue) == (ANSWERED, Stage.TALKING, "seat01", "general")
    assert (call.from_number, call.line) == ("13900000001", "12341")
    assert call.arrived_at == datetime.fromtimestamp(1795378878, UTC)
    assert live.seats["seat01"].reachable and not live.seats["seat01"].paused  # type: ignore[index]


@pytest.mark.parametrize("held", [True, False, None])
def test_only_who_talks_is_held(held: bool | None) -> None:
    assert only_call(live_state(shown("shown_talking", held))).held is held
    assert only_call(live_state(shown("shown_ringing", held))).held is None


def test_a_seat_that_rings() -> None:
    call = only_call(live_state(shown("shown_ringing")))
    assert (call.call_id, call.stage, call.seat) == (RUNG, Stage.RINGING, "seat01")
    assert (call.queue, call.position, call.in_front) == ("general", 1, False)


def test_who_waits_in_front_of_all_others() -> None:
    snapshot = shown("shown_ringing")
    for entry in snapshot.queues:
        if entry["Event"] == "QueueEntry":
            entry["Priority"] = "10"  # type: ignore[index]
    assert only_call(live_state(snapshot)).in_front


def test_who_waits_and_who_is_still_greeted() -> None:
    snapshot = shown("shown_ringing")
    snapshot.channels = [c for c in snapshot.channels if "trunk" in str(c["Channel"])]
    assert only_call(live_state(snapshot)).stage is Stage.WAITING
    snapshot.queues = []
    assert only_call(live_state(snapshot)).stage is Stage.ARRIVING


def test_all_fifty_seats_are_known_and_most_are_away() -> None:
    seats = live_state(shown("shown_talking")).seats
    assert len(seats) == 50
    assert [seat for seat, now in seats.items() if now.reachable] == ["seat01"]
    assert [seat for seat, now in seats.items() if now.in_queue] == ["seat01"]


def test_only_the_line_in_which_all_wait_counts() -> None:
    """Asterisk may still have members of queues that were there before."""
    member = {"Event": "QueueMember", "Location": "PJSIP/seat03", "PausedReason": "meal", "Paused": "1"}
    snapshot = Snapshot(TAKEN_AT, queues=[member | {"Queue": "q_justice"}])
    assert live_state(snapshot).seats == {}
    snapshot.queues.append(member | {"Queue": "q_general"})
    now = live_state(snapshot).seats["seat03"]  # type: ignore[index]
    assert (now.in_queue, now.paused, now.reason) == (True, True, "meal")


def test_a_callers_mark_is_his_queue() -> None:
    snapshot = shown("shown_talking")
    for channel in snapshot.channels:
        if "trunk" in str(channel["Channel"]):
            channel["ChanVariable"] = ["HOTLINE_QUEUE=planning", str(channel["ChanVariable"])]  # type: ignore[index]
    assert only_call(live_state(snapshot)).queue == "planning"


def test_the_seats_leg_is_found_by_call_and_seat() -> None:
    channels = shown("shown_talking").channels
    assert seat_leg(channels, ANSWERED).startswith("PJSIP/seat01-")
    assert seat_leg(channels, ANSWERED, seat="seat02") == ""  # type: ignore[arg-type]
    assert seat_leg(channels, RUNG) == ""
    assert list(callers_channels(channels).values()) == [ANSWERED]


def test_strange_answers_are_no_calls() -> None:
    wild: list[dict[str, Any]] = [
        {},
        {"Channel": ["a", "b"], "Uniqueid": "1.1", "Linkedid": "1.1", "ChanVariable": 5},
        {"Channel": "PJSIP/trunk-00000001", "Uniqueid": "x" * 999, "Linkedid": "x" * 999},
        {
            "Channel": "PJSIP/trunk-1",
            "Uniqueid": "1.0",
            "Linkedid": "1.0",
            "ChanVariable": "HOTLINE_CALL_ID=",
        },
    ]
    assert live_state(Snapshot(TAKEN_AT, channels=wild, queues=wild, devices=wild)) == LiveState(
        taken_at=TAKEN_AT
    )


def recorded() -> dict[str, CallHistory]:
    found = histories(
        read_queue_log(FOLDER / "queue_log", LONG_AGO), read_cdr(FOLDER / "hotline.csv", LONG_AGO), {}
    )
    return {history.call_id: history for history in found}


def test_the_records_tell_of_every_call() -> None:
    found = recorded()
    assert len(found) == 5
    answered = found[ANSWERED]
    assert (answered.seat, answered.queue, answered.line, answered.ended_by) == (
        "seat01",
        "general",
        "12341",
        "caller",
    )
    assert answered.arrived_at and answered.queued_at and answered.answered_at and answered.ended_at
    assert answered.talk_ended_at
    assert answered.arrived_at < answered.queued_at <= answered.answered_at < answered.talk_ended_at
    assert abs(answered.ended_at - answered.talk_ended_at) < timedelta(seconds=1)


def test_an_abandoned_call_has_no_seat_and_one_arrival() -> None:
    abandoned = recorded()[RUNG]
    assert abandoned.seat is None and abandoned.answered_at is None and abandoned.talk_ended_at is None
    assert abandoned.arrived_at and abs(abandoned.arrived_at.timestamp() - 1795378908.85) < 0.01
    assert abandoned.ended_at and abs(abandoned.ended_at.timestamp() - 1795378939.52) < 0.01


def test_a_call_that_never_came_to_a_queue() -> None:
    withheld = recorded()["d91fc9d0-3323-4889-845a-7e0baeab5d1f"]
    assert (withheld.from_number, withheld.queue, withheld.queued_at) == (None, None, None)
    assert withheld.ended_at and withheld.arrived_at


def test_without_its_queue_log_an_answer_is_still_an_answer(tmp_path: Path) -> None:
    (found,) = (
        h for h in histories([], read_cdr(FOLDER / "hotline.csv", LONG_AGO), {}) if h.call_id == ANSWERED
    )
    assert found.seat == "seat01" and found.answered_at is not None


def test_without_its_record_the_dialplans_own_line_names_the_call() -> None:
    lines = read_queue_log(FOLDER / "queue_log", LONG_AGO)
    found = {h.call_id: h for h in histories(lines, [], {})}
    assert found[ANSWERED].seat == "seat01" and found[ANSWERED].ended_at is None
    nameless = [line for line in lines if line.event != "HOTLINE"]
    assert histories(nameless, [], {}) == []
    known = histories(nameless, [], {"1795378878.0": ANSWERED})
    assert [h.call_id for h in known] == [ANSWERED]
