"""AMI events become facts: recorded traces of real calls, and messages no Asterisk would send."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain import facts
from hotline.telephony.ami_translate import EVENT_NAMES, translate
from tests.support.traces import SEEN_AT, facts_of, messages

CALL = "2616da9d-3f47-44a7-9d8d-2ca19f9c99cf"


def of_call(name: str) -> list[facts.Fact]:
    return [fact for fact in facts_of(name) if isinstance(fact, facts.CallFact)]


def kinds(found: list[facts.Fact]) -> list[str]:
    return [type(fact).__name__ for fact in found]


def seconds(at: datetime) -> float:
    return at.timestamp()


def test_an_answered_call_tells_its_whole_story() -> None:
    found = of_call("answered_held_caller_ends")
    assert kinds(found) == [
        "CallerArrived",
        "CallerRouted",
        "QueueJoined",
        "SeatRang",
        "SeatAnswered",
        "CallHeld",
        "CallUnheld",
        "SeatLegEnded",
        "CallerGone",
    ]
    assert {fact.call_id for fact in found if isinstance(fact, facts.CallFact)} == {CALL}


def test_the_values_are_those_of_the_call() -> None:
    arrived, routed, joined, rang, answered, held, _, leg, gone = of_call("answered_held_caller_ends")
    assert isinstance(arrived, facts.CallerArrived)
    assert (arrived.from_number, arrived.line, arrived.hint) == ("13900000001", "12341", "general")
    assert isinstance(routed, facts.CallerRouted) and routed.queue == "general"
    assert isinstance(joined, facts.QueueJoined) and (joined.queue, joined.position) == ("general", 1)
    assert isinstance(rang, facts.SeatRang) and rang.seat == "seat01"
    assert isinstance(answered, facts.SeatAnswered) and (answered.seat, answered.waited_s) == ("seat01", 0)
    assert isinstance(held, facts.CallHeld) and held.seat == "seat01"
    assert isinstance(leg, facts.SeatLegEnded) and (leg.seat, leg.by, leg.talk_s) == ("seat01", "caller", 3)
    assert isinstance(gone, facts.CallerGone) and gone.cause == 16


def test_times_are_asterisks_own_and_in_order() -> None:
    found = of_call("answered_held_caller_ends")
    times = [fact.at for fact in found]
    assert times == sorted(times)
    assert all(fact.seen_at == SEEN_AT and fact.at.tzinfo is UTC for fact in found)
    assert abs(seconds(times[0]) - 1795378878.69) < 0.1


def test_the_seat_hangs_up() -> None:
    found = of_call("seat_ends")
    leg = next(fact for fact in found if isinstance(fact, facts.SeatLegEnded))
    assert leg.by == "seat"
    arrived = next(fact for fact in found if isinstance(fact, facts.CallerArrived))
    assert (arrived.line, arrived.hint) == ("96616", "living_security")
    assert kinds(found)[-2:] == ["SeatLegEnded", "CallerGone"]


def test_refused_rung_and_abandoned() -> None:
    found = kinds(of_call("refused_then_rings_then_abandoned"))
    assert found.count("CallerGone") == 1, "a seat's leg that ends is not the caller's end"
    assert found.count("SeatRang") == found.count("SeatRingStopped") + 1, "the last ring ends with the caller"
    assert "SeatAnswered" not in found
    assert found[-2:] == ["CallerLeftQueue", "CallerGone"]


def test_withheld_and_hung_up_in_the_greeting() -> None:
    arrived, gone = of_call("withheld_hangs_up_in_greeting")
    assert isinstance(arrived, facts.CallerArrived) and arrived.from_number is None
    assert isinstance(gone, facts.CallerGone) and gone.call_id == arrived.call_id


def test_a_listening_supervisor_is_no_call() -> None:
    found = of_call("listened_to")
    assert kinds(found).count("CallerArrived") == kinds(found).count("CallerGone") == 1
    assert len({fact.call_id for fact in found if isinstance(fact, facts.CallFact)}) == 1


def test_a_seat_comes_is_paused_and_goes() -> None:
    found = facts_of("seat_comes_and_goes")
    reached = [fact.reachable for fact in found if isinstance(fact, facts.SeatReachable)]
    assert reached[0] is True and reached[-1] is False
    told = [
        (fact.in_queue, fact.paused, fact.reason)
        for fact in found
        if isinstance(fact, facts.SeatMemberChanged)
    ]
    assert told == [(True, False, ""), (True, True, "wrap_up"), (True, False, ""), (False, False, "")]


def test_every_trace_translates_without_a_stranger() -> None:
    for name in ("listened_to", "seat_ends", "seat_comes_and_goes"):
        for message in messages(name):
            fact = translate(message, SEEN_AT)
            assert fact is None or message["Event"] in EVENT_NAMES


# -- hostile ---------------------------------------------------------------------------------------------------


def arrived(**changes: Any) -> dict[str, Any]:
    message: dict[str, Any] = {
        "Event": "UserEvent",
        "UserEvent": "HotlineArrived",
        "Timestamp": "1795378878.5",
        "ChanVariable": f"HOTLINE_CALL_ID={CALL}",
        "From": "13900000001",
        "Line": "12341",
        "Hint": "general",
    }
    return {key: value for key, value in (message | changes).items() if value is not None}


@pytest.mark.parametrize(
    "value",
    [None, "", "not-a-uuid", CALL.upper(), CALL + "\n", f"{CALL}0", "x" * 1_000_000, 7, ["a", 3], {"a": 1}],
)
def test_a_call_without_a_sane_id_is_no_fact(value: Any) -> None:
    variable = f"HOTLINE_CALL_ID={value}" if isinstance(value, str) else value
    assert translate(arrived(ChanVariable=variable, CallId=value), SEEN_AT) is None


@pytest.mark.parametrize(
    ("given_number", "kept"),
    [
        ("13900000001", "13900000001"),
        ("+86 (0536) 12345-6", "+860536123456"),
        ("", None),
        ("anonymous", None),
        ("1" * 300, None),
        ("139\r\nAction: Hangup", None),
        ("一二三", None),
        (["1", "2"], None),
        (None, None),
    ],
)
def test_the_callers_number_is_dialling_signs_or_nothing(given_number: Any, kept: str | None) -> None:
    fact = translate(arrived(From=given_number), SEEN_AT)
    assert isinstance(fact, facts.CallerArrived)
    assert fact.from_number == kept


@pytest.mark.parametrize("value", [None, "", "soon", "nan", "inf", "1e400", "-1", "9" * 400, ["1", "2"], "0"])
def test_without_a_sane_time_the_time_of_arrival_counts(value: Any) -> None:
    fact = translate(arrived(Timestamp=value), SEEN_AT)
    assert fact is not None and fact.at == SEEN_AT


def test_one_variable_of_several_is_the_calls_id() -> None:
    fact = translate(arrived(ChanVariable=["OTHER=1", f"HOTLINE_CALL_ID={CALL}", 4]), SEEN_AT)
    assert isinstance(fact, facts.CallerArrived) and fact.call_id == CALL


def test_an_unknown_queue_is_the_general_one() -> None:
    message = arrived(Event="QueueCallerJoin", Queue="q_nowhere", Position="1e3")
    fact = translate(message, SEEN_AT)
    assert isinstance(fact, facts.QueueJoined) and (fact.queue, fact.position) == ("general", 0)


@pytest.mark.parametrize(
    "interface", ["PJSIP/trunk", "PJSIP/seat1", "PJSIP/seat010", "Local/seat01", "seat01", None]
)
def test_who_is_no_seat_never_rings(interface: str | None) -> None:
    assert translate(arrived(Event="AgentCalled", Interface=interface), SEEN_AT) is None


def test_a_seats_leg_is_not_the_callers_end() -> None:
    leg = {"Channel": "PJSIP/seat01-00000001", "Uniqueid": "1.1", "Linkedid": "1.0"}
    assert translate(arrived(Event="Hangup", **leg), SEEN_AT) is None
    assert translate(arrived(Event="Hangup", **leg | {"Linkedid": "1.1"}), SEEN_AT) is None
    assert translate(arrived(Event="Hangup", Channel="Local/spy@x-00000001;1"), SEEN_AT) is None


_WILD = st.one_of(
    st.text(max_size=40),
    st.lists(st.text(max_size=10), max_size=3),
    st.integers(),
    st.none(),
    st.sampled_from([f"HOTLINE_CALL_ID={CALL}", "PJSIP/seat01", "PJSIP/trunk-00000001", "q_general", "1.0"]),
)
_KEYS = ["UserEvent", "Timestamp", "ChanVariable", "CallId", "Interface", "Channel", "Uniqueid", "Linkedid"]
_MORE = ["Queue", "Position", "From", "Line", "Hint", "Device", "State", "Paused", "PausedReason", "Cause"]


@given(st.sampled_from(sorted(EVENT_NAMES)), st.dictionaries(st.sampled_from(_KEYS + _MORE), _WILD))
def test_whatever_comes_nothing_is_raised(event: str, values: dict[str, Any]) -> None:
    fact = translate({"Event": event, **values}, SEEN_AT)
    assert fact is None or fact.at.tzinfo is UTC
