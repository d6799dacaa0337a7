"""A seat's moves: what it wants, wrap-up that ends with the ticket, and facts late or twice."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.errors import Conflict, IllegalTransition, Invalid
from hotline.domain.ids import CallId, SeatId
from hotline.domain.seat import MISSED_RING, MOVES, PAUSE_REASONS, Seat, SeatState

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
A, B = CallId("a" * 36), CallId("b" * 36)
S = SeatState


def at(seconds: int) -> datetime:
    return T0 + timedelta(seconds=seconds)


def ready() -> Seat:
    seat = Seat(id=SeatId("seat07"), since=T0)
    seat.want(S.READY, at(0))
    return seat


def wrapping_up() -> Seat:
    seat = ready()
    seat.ring(A, at(1))
    seat.talk(A, at(2))
    seat.wrap_up(A, at(60))
    return seat


def test_wrap_up_ends_when_the_ticket_is_saved() -> None:
    seat = wrapping_up()
    assert (seat.state, seat.call_id) == (S.WRAP_UP, A)
    with pytest.raises(Conflict, match="save the ticket"):
        seat.want(S.READY, at(61))
    assert seat.ticket_saved(B, at(62)) == []
    assert seat.ticket_saved(A, at(63))
    assert (seat.state, seat.call_id, seat.since) == (S.READY, None, at(63))


def test_a_ticket_saved_while_talking_needs_no_wrap_up() -> None:
    seat = ready()
    seat.talk(A, at(2))
    seat.wrap_up(A, at(60), ticket_saved=True)
    assert seat.state is S.READY


def test_a_pause_asked_for_in_a_call_comes_after_the_wrap_up() -> None:
    seat = ready()
    seat.talk(A, at(2))
    seat.want(S.PAUSED, at(10), "meal")
    assert seat.state is S.TALKING
    seat.wrap_up(A, at(60))
    seat.ticket_saved(A, at(90))
    assert (seat.state, seat.reason) == (S.PAUSED, "meal")


@pytest.mark.parametrize("reason", ["", "because", "rest; drop table", "x" * 10_000])
def test_a_pause_needs_a_reason_from_the_list(reason: str) -> None:
    seat = ready()
    with pytest.raises(Invalid):
        seat.want(S.PAUSED, at(1), reason)
    assert (seat.state, seat.wanted) == (S.READY, S.READY)


def test_nobody_asks_to_be_talking() -> None:
    with pytest.raises(Invalid):
        ready().want(S.TALKING, at(1))


def test_a_seat_that_does_not_answer_is_what_it_was() -> None:
    seat = ready()
    seat.ring(A, at(1))
    seat.ring_stopped(A, at(20))
    assert (seat.state, seat.call_id) == (S.READY, None)
    seat.want(S.PAUSED, at(21), "rest")
    seat.ring(A, at(22))
    seat.ring_stopped(A, at(23))
    assert seat.state is S.PAUSED


def test_a_missed_end_gives_way_to_the_newer_call() -> None:
    seat = ready()
    seat.talk(A, at(1))
    assert seat.talk(B, at(100))
    assert (seat.call_id, seat.since) == (B, at(100))
    assert seat.wrap_up(A, at(101)) == []
    assert seat.state is S.TALKING


def test_every_pause_reason_has_both_names_and_a_limit() -> None:
    assert all(zh and en and minutes > 0 for zh, en, minutes in PAUSE_REASONS.values())


@pytest.mark.parametrize("origin", list(S))
@pytest.mark.parametrize("target", list(S))
def test_the_table_decides(origin: SeatState, target: SeatState) -> None:
    seat = ready()
    seat.state = origin
    if target in MOVES[origin] or target is origin:
        seat._move(target, at(5))
        assert seat.state is target
    else:
        with pytest.raises(IllegalTransition):
            seat._move(target, at(5))


ACTIONS = ["ready", "rest", "offline", "ring", "stop", "talk", "end", "saved"]


@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from([A, B])), max_size=40))
def test_no_order_of_facts_breaks_a_seat(actions: list[tuple[str, CallId]]) -> None:
    seat = ready()
    for second, (action, call) in enumerate(actions):
        now = at(second)
        try:
            match action:
                case "ready":
                    seat.want(S.READY, now)
                case "rest":
                    seat.want(S.PAUSED, now, "rest")
                case "offline":
                    seat.want(S.OFFLINE, now)
                case "ring":
                    seat.ring(call, now)
                case "stop":
                    seat.ring_stopped(call, now)
                case "talk":
                    seat.talk(call, now)
                case "end":
                    seat.wrap_up(call, now)
                case "saved":
                    seat.ticket_saved(call, now)
        except Conflict as refused:
            assert not isinstance(refused, IllegalTransition)
        busy = seat.state in (S.RINGING, S.TALKING, S.WRAP_UP)
        assert (seat.call_id is not None) == busy
        assert (seat.reason != "") == (seat.state is S.PAUSED)


def test_a_seat_that_rang_to_the_end_is_paused_until_somebody_is_there() -> None:
    seat = ready()
    seat.ring(A, at(1))
    assert seat.miss(B, at(2)) == [], "another call's"
    assert seat.miss(A, at(16))
    assert (seat.state, seat.reason, seat.wanted, seat.call_id) == (S.PAUSED, MISSED_RING, S.PAUSED, None)
    assert seat.miss(A, at(17)) == [], "told twice"
    with pytest.raises(Invalid):
        seat.want(S.PAUSED, at(18), MISSED_RING)
    seat.want(S.READY, at(19))
    assert (seat.state, seat.reason) == (S.READY, "")


def test_a_seat_that_was_to_leave_leaves_after_a_missed_ring() -> None:
    seat = ready()
    seat.ring(A, at(1))
    seat.want(S.OFFLINE, at(2))
    seat.miss(A, at(16))
    assert seat.state is S.OFFLINE
