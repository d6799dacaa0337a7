"""A call's moves: every legal one, every illegal one, and facts that come late or twice."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain import events
from hotline.domain.call import MOVES, Call, CallState, EndReason
from hotline.domain.errors import IllegalTransition
from hotline.domain.heard import Heard, Reason
from hotline.domain.ids import CallId, QueueId, SeatId

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SEAT, OTHER = SeatId("seat07"), SeatId("seat08")
CALL = CallId("00000000-0000-4000-8000-000000000001")


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def fresh() -> Call:
    return Call(id=CALL, arrived_at=T0)


def talking() -> Call:
    call = fresh()
    call.wait(QueueId("planning"), at(5))
    call.ring(SEAT, at(6))
    call.answer(SEAT, at(9))
    return call


def heard(words: str, final: bool) -> Heard:
    return Heard(
        call_id=CALL,
        words=words,
        final=final,
        reason=Reason.ENDPOINT if final else None,
        at=T0.timestamp(),
        heard_ms=900,
    )


def test_the_path_of_an_answered_call() -> None:
    call = talking()
    assert (call.state, call.seat, call.queue) == (CallState.TALKING, SEAT, "planning")
    assert call.answered_after == timedelta(seconds=9)
    ended = call.end(at(60))
    assert ended == [events.CallEnded(call_id=CALL, at=at(60), seat=SEAT, missed=False)]
    assert (call.end_reason, call.is_missed) == (EndReason.COMPLETED, False)


def test_hold_time_is_added_up_and_ends_with_the_call() -> None:
    call = talking()
    call.hold(at(10))
    call.resume(at(14))
    call.hold(at(20))
    call.end(at(26.5))
    assert call.held_s == pytest.approx(10.5)
    assert call.held_since is None


def test_a_caller_who_hangs_up_waiting_is_missed_and_frees_the_ringing_seat() -> None:
    call = fresh()
    call.wait(QueueId("general"), at(5))
    call.ring(SEAT, at(6))
    happened = call.end(at(7))
    assert happened == [
        events.SeatRingEnded(call_id=CALL, at=at(7), seat=SEAT),
        events.CallEnded(call_id=CALL, at=at(7), seat=None, missed=True),
    ]
    assert (call.is_missed, call.end_reason, call.seat) == (True, EndReason.ABANDONED, None)


def test_another_seat_answers_than_the_one_that_rang() -> None:
    call = fresh()
    call.ring(SEAT, at(1))
    happened = call.answer(OTHER, at(2))
    assert [type(e) for e in happened] == [events.SeatRingEnded, events.CallAnswered]
    assert call.seat == OTHER


def test_a_second_seat_takes_the_ringing_over() -> None:
    call = fresh()
    call.ring(SEAT, at(1))
    happened = call.ring(OTHER, at(2))
    assert happened == [
        events.SeatRingEnded(call_id=CALL, at=at(2), seat=SEAT),
        events.SeatRinging(call_id=CALL, at=at(2), seat=OTHER),
    ]
    assert call.ring_stopped(SEAT, at(3)) == []
    assert call.state is CallState.RINGING


def test_waiting_again_keeps_the_first_queue_time() -> None:
    call = fresh()
    call.wait(QueueId("general"), at(5))
    call.ring(SEAT, at(6))
    call.ring_stopped(SEAT, at(20))
    call.wait(QueueId("planning"), at(21))
    assert (call.queued_at, call.queue) == (at(5), "planning")


def test_partial_words_never_replace_the_final_ones() -> None:
    call = fresh()
    assert call.hear(heard("人民路", False), at(3))
    assert call.hear(heard("人民路停水了", True), at(4))
    assert call.hear(heard("人民", False), at(5)) == []
    assert call.hear(heard("人民路停水了", True), at(6)) == []
    assert call.heard and call.heard.words == "人民路停水了"


@pytest.mark.parametrize("repeat", ["answer", "end", "hold", "listen"])
def test_repeated_facts_change_nothing(repeat: str) -> None:
    call = talking() if repeat != "listen" else fresh()
    todo = {
        "answer": lambda: call.answer(SEAT, at(30)),
        "end": lambda: call.end(at(30)),
        "hold": lambda: call.hold(at(30)),
        "listen": lambda: call.listen(at(30)),
    }[repeat]
    if repeat != "answer":
        assert todo()
    before = repr(call)
    assert todo() == []
    assert repr(call) == before


@pytest.mark.parametrize("origin", list(CallState))
@pytest.mark.parametrize("target", list(CallState))
def test_the_table_decides(origin: CallState, target: CallState) -> None:
    call = fresh()
    call.state = origin
    if target in MOVES[origin]:
        call._move(target)
        assert call.state is target
    else:
        with pytest.raises(IllegalTransition) as caught:
            call._move(target)
        assert (caught.value.origin, caught.value.target) == (origin, target)


ACTIONS = ["listen", "wait", "ring", "ring_stopped", "ring_other", "answer", "hold", "resume", "end"]


@given(st.lists(st.sampled_from(ACTIONS), max_size=30))
def test_no_order_of_facts_breaks_a_call(actions: list[str]) -> None:
    call, ends, answers = fresh(), 0, 0
    for second, action in enumerate(actions):
        now = at(second)
        happened = {
            "listen": lambda now=now: call.listen(now),
            "wait": lambda now=now: call.wait(QueueId("other"), now),
            "ring": lambda now=now: call.ring(SEAT, now),
            "ring_other": lambda now=now: call.ring(OTHER, now),
            "ring_stopped": lambda now=now: call.ring_stopped(SEAT, now),
            "answer": lambda now=now: call.answer(SEAT, now),
            "hold": lambda now=now: call.hold(now),
            "resume": lambda now=now: call.resume(now),
            "end": lambda now=now: call.end(now),
        }[action]()
        ends += sum(isinstance(e, events.CallEnded) for e in happened)
        answers += sum(isinstance(e, events.CallAnswered) for e in happened)
    assert ends == ("end" in actions)
    assert answers <= 1
    assert call.is_missed == (call.is_over and answers == 0)
    assert (call.ended_at is not None) == call.is_over
    assert call.held_s >= 0


@pytest.mark.parametrize(
    ("seconds", "no_answer", "missed"), [(15, True, True), (1, True, False), (15, False, False)]
)
def test_a_ring_to_the_end_was_missed_and_a_refusal_was_not(
    seconds: float, no_answer: bool, missed: bool
) -> None:
    call = fresh()
    call.wait(QueueId("general"), at(1))
    call.ring(SEAT, at(2))
    (ended,) = call.ring_stopped(SEAT, at(2 + seconds), no_answer)
    assert ended == events.SeatRingEnded(call_id=CALL, at=at(2 + seconds), seat=SEAT, missed=missed)
    assert (call.state, call.seat) == (CallState.WAITING, None)


def test_a_waiting_call_moves_to_another_queue_and_no_other_does() -> None:
    call = fresh()
    assert call.move_to(QueueId("planning"), at(1)) == [], "before the queue, joining says it"
    call.wait(QueueId("general"), at(2))
    assert call.move_to(QueueId("planning"), at(3)) == [
        events.CallMoved(call_id=CALL, at=at(3), queue=QueueId("planning"))
    ]
    assert (call.state, call.queue, call.queued_at) == (CallState.WAITING, "planning", at(2))
    assert call.move_to(QueueId("planning"), at(4)) == []
    call.ring(SEAT, at(5))
    assert call.move_to(QueueId("justice"), at(6))[0].seat == SEAT
    call.answer(SEAT, at(7))
    assert call.move_to(QueueId("general"), at(8)) == []
    assert call.queue == "justice"


def test_who_waits_is_heard_there_and_who_talks_is_not() -> None:
    call = fresh()
    call.wait(QueueId("general"), at(2))
    assert call.listen(at(3)) == [events.CallListening(call_id=CALL, at=at(3))]
    assert call.listen(at(4)) == []
    assert talking().listen(at(10)) == []


def test_a_second_listening_without_a_word_takes_nothing_away() -> None:
    call = fresh()
    call.hear(heard("停水", final=True), at(5))
    assert call.hear(heard("", final=True), at(6)) == []
    assert call.hear(heard("停水三天", final=True), at(7))
    assert call.heard and call.heard.words == "停水三天"
