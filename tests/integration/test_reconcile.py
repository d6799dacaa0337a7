"""After a gap calls and seats are what Asterisk has and has written down; on both databases."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hotline.domain import facts
from hotline.domain.call import Call, CallState, EndReason
from hotline.domain.ids import CallId, QueueId, SeatId, TicketId
from hotline.domain.seat import Seat, SeatState
from hotline.services.calls import apply_fact
from hotline.services.reconcile import CallHistory, LiveCall, LiveSeat, LiveState, Stage, reconcile
from hotline.services.seats import want
from hotline.storage.sql import SqlStorage
from hotline.switchboard.endings import Endings

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ONE, TWO = CallId("5f0e7c1e-0000-4000-8000-000000000001"), CallId("5f0e7c1e-0000-4000-8000-000000000002")
SEAT, OTHER = SeatId("seat07"), SeatId("seat08")
GENERAL = QueueId("general")


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def tell(storage: SqlStorage, *told: facts.Fact) -> None:
    for fact in told:
        with storage.writing() as tx:
            apply_fact(tx, fact)


def arrived(call_id: CallId, seconds: float) -> facts.Fact:
    return facts.CallerArrived(
        at=at(seconds), call_id=call_id, from_number="13900000001", line="12341", hint=GENERAL
    )


def joined(call_id: CallId, seconds: float) -> facts.Fact:
    return facts.QueueJoined(at=at(seconds), call_id=call_id, queue=GENERAL, position=1)


def rang(call_id: CallId, seconds: float, seat: SeatId = SEAT) -> facts.Fact:
    return facts.SeatRang(at=at(seconds), call_id=call_id, seat=seat)


def answered(call_id: CallId, seconds: float, seat: SeatId = SEAT) -> facts.Fact:
    return facts.SeatAnswered(at=at(seconds), call_id=call_id, seat=seat, queue=GENERAL)


def ready(storage: SqlStorage, *seats: SeatId) -> None:
    for seat in seats:
        with storage.writing() as tx:
            want(tx, seat, SeatState.READY, at(-10))


def close_gap(storage: SqlStorage, live: LiveState, *history: CallHistory) -> int:
    """How many events it took."""
    with storage.writing() as tx:
        return len(reconcile(tx, live, history))


def now_is(seconds: float, *calls: LiveCall, seats: Sequence[LiveSeat] = ()) -> LiveState:
    return LiveState(
        taken_at=at(seconds),
        calls={call.call_id: call for call in calls},
        seats={seat.seat: seat for seat in seats},
    )


def call_of(storage: SqlStorage, call_id: CallId) -> Call:
    with storage.reading() as tx:
        call = tx.calls.get(call_id)
    assert call is not None
    return call


def seat_of(storage: SqlStorage, seat: SeatId = SEAT) -> Seat:
    with storage.reading() as tx:
        return tx.seats.get(seat)


def history(call_id: CallId, **more: object) -> CallHistory:
    base = CallHistory(
        call_id=call_id,
        from_number="13900000002",
        line="96616",
        queue=QueueId("planning"),
        arrived_at=at(100),
        queued_at=at(110),
        seat=SEAT,
        answered_at=at(115),
        talk_ended_at=at(200),
        ended_by="caller",
        ended_at=at(200.5),
    )
    return replace(base, **more)  # type: ignore[arg-type]


def test_a_call_that_came_and_went_unseen(storage: SqlStorage) -> None:
    ready(storage, SEAT)
    close_gap(storage, now_is(300), history(ONE))
    call = call_of(storage, ONE)
    assert (call.from_number, call.line, call.queue, call.seat) == ("13900000002", "96616", "planning", SEAT)
    assert (call.arrived_at, call.queued_at, call.answered_at, call.ended_at) == (
        at(100),
        at(110),
        at(115),
        at(200.5),
    )
    assert call.end_reason is EndReason.COMPLETED
    seat = seat_of(storage)
    assert (seat.state, seat.call_id) == (SeatState.WRAP_UP, ONE)
    with storage.reading() as tx:
        assert tx.tickets.of_call(ONE) is not None, "the draft of its ticket is there"


def test_a_call_that_gave_up_unseen_is_missed(storage: SqlStorage) -> None:
    close_gap(
        storage, now_is(300), history(ONE, seat=None, answered_at=None, talk_ended_at=None, ended_by="")
    )
    call = call_of(storage, ONE)
    assert call.is_missed and call.end_reason is EndReason.ABANDONED and call.queued_at == at(110)


def test_twice_is_once(storage: SqlStorage) -> None:
    ready(storage, SEAT, OTHER)
    tell(storage, arrived(TWO, 0), joined(TWO, 5), rang(TWO, 6, OTHER), answered(TWO, 8, OTHER))
    live = now_is(300, LiveCall(call_id=TWO, stage=Stage.TALKING, arrived_at=at(0), seat=OTHER))
    assert close_gap(storage, live, history(ONE)) > 0
    calls, seat = (call_of(storage, ONE), call_of(storage, TWO)), seat_of(storage)
    assert close_gap(storage, live, history(ONE)) == 0
    assert (call_of(storage, ONE), call_of(storage, TWO)) == calls
    assert seat_of(storage) == seat


@pytest.mark.parametrize("known", range(5))
def test_wherever_the_gap_began_the_end_is_the_same(storage: SqlStorage, known: int) -> None:
    ready(storage, SEAT)
    story = [
        facts.CallerArrived(at=at(100), call_id=ONE, from_number="1", line="96616", hint=GENERAL),
        facts.QueueJoined(at=at(110.4), call_id=ONE, queue=QueueId("planning"), position=1),
        rang(ONE, 111),
        answered(ONE, 115.7),
        facts.SeatLegEnded(at=at(200.2), call_id=ONE, seat=SEAT, by="caller"),
    ]
    tell(storage, *story[: known + 1])
    close_gap(storage, now_is(300), history(ONE))
    call, seat = call_of(storage, ONE), seat_of(storage)
    assert (call.state, call.end_reason, call.seat) == (CallState.ENDED, EndReason.COMPLETED, SEAT)
    assert call.arrived_at == at(100) and call.ended_at == at(200.5)
    assert call.answered_at in (at(115), at(115.7)), "what was seen exactly is kept"
    assert (seat.state, seat.call_id) == (SeatState.WRAP_UP, ONE)


def test_a_call_answered_meanwhile_talks_since_it_was_answered(storage: SqlStorage) -> None:
    ready(storage, SEAT)
    tell(storage, arrived(ONE, 0), joined(ONE, 5))
    live = now_is(60, LiveCall(call_id=ONE, stage=Stage.TALKING, arrived_at=at(0), seat=SEAT))
    close_gap(
        storage, live, history(ONE, arrived_at=None, answered_at=at(30), talk_ended_at=None, ended_at=None)
    )
    assert (call_of(storage, ONE).state, call_of(storage, ONE).answered_at) == (CallState.TALKING, at(30))
    assert (seat_of(storage).state, seat_of(storage).call_id) == (SeatState.TALKING, ONE)


@pytest.mark.parametrize("held", [True, False])
def test_a_hold_that_began_or_ended_unseen(storage: SqlStorage, held: bool) -> None:
    ready(storage, SEAT)
    tell(storage, arrived(ONE, 0), joined(ONE, 5), rang(ONE, 6), answered(ONE, 8))
    if not held:
        tell(storage, facts.CallHeld(at=at(20), call_id=ONE, seat=SEAT))
    now = LiveCall(call_id=ONE, stage=Stage.TALKING, arrived_at=at(0), seat=SEAT, held=held)
    assert close_gap(storage, now_is(60, now)) == 1
    assert close_gap(storage, now_is(90, now)) == 0
    tell(storage, facts.CallerGone(at=at(100), call_id=ONE))
    assert call_of(storage, ONE).held_s == 40


def test_who_went_while_asterisk_was_asked_is_not_taken_for_a_missed_caller(storage: SqlStorage) -> None:
    """Answered and over while nobody listened, but for the last event: it waits for the records."""
    ready(storage, SEAT)
    tell(storage, arrived(ONE, 0))
    gone, endings = facts.CallerGone(at=at(60), call_id=ONE), Endings()
    assert not endings.keeps(gone), "nobody asks"
    endings.asking()
    assert endings.keeps(gone) and not endings.keeps(answered(ONE, 8))
    talk = CallHistory(
        call_id=ONE, queue=GENERAL, queued_at=at(5), seat=SEAT, answered_at=at(8), talk_ended_at=at(60)
    )
    with storage.writing() as tx:
        reconcile(tx, now_is(61), [talk], endings.calls())
    assert not call_of(storage, ONE).is_over, "its record is not written yet: it is not lost"
    tell(storage, *endings.told())
    call = call_of(storage, ONE)
    assert (call.seat, call.end_reason, call.is_missed) == (SEAT, EndReason.COMPLETED, False)
    assert not endings.keeps(gone) and endings.told() == []


def test_an_answer_meanwhile_and_a_hold_behind_it(storage: SqlStorage) -> None:
    ready(storage, SEAT)
    tell(storage, arrived(ONE, 0), joined(ONE, 5))
    now = LiveCall(call_id=ONE, stage=Stage.TALKING, arrived_at=at(0), seat=SEAT, held=True)
    close_gap(storage, now_is(60, now))
    assert (call_of(storage, ONE).state, call_of(storage, ONE).answered_at) == (CallState.HELD, at(60))


def test_who_does_not_say_whether_he_is_held_stays_as_he_is(storage: SqlStorage) -> None:
    ready(storage, SEAT)
    tell(storage, arrived(ONE, 0), joined(ONE, 5), rang(ONE, 6), answered(ONE, 8))
    tell(storage, facts.CallHeld(at=at(20), call_id=ONE, seat=SEAT))
    now = LiveCall(call_id=ONE, stage=Stage.TALKING, arrived_at=at(0), seat=SEAT)
    assert close_gap(storage, now_is(60, now)) == 0
    assert call_of(storage, ONE).state is CallState.HELD


def test_without_any_record_a_live_call_is_still_right(storage: SqlStorage) -> None:
    ready(storage, SEAT)
    live = now_is(60, LiveCall(call_id=ONE, stage=Stage.TALKING, arrived_at=at(0), line="12341", seat=SEAT))
    close_gap(storage, live)
    call = call_of(storage, ONE)
    assert (call.state, call.seat, call.arrived_at, call.line) == (CallState.TALKING, SEAT, at(0), "12341")


def test_a_ring_that_ended_meanwhile(storage: SqlStorage) -> None:
    ready(storage, SEAT, OTHER)
    tell(storage, arrived(ONE, 0), joined(ONE, 5), rang(ONE, 6))
    close_gap(storage, now_is(60, LiveCall(call_id=ONE, stage=Stage.WAITING, arrived_at=at(0))))
    assert call_of(storage, ONE).state is CallState.WAITING
    assert seat_of(storage).state is SeatState.READY
    ringing = LiveCall(call_id=ONE, stage=Stage.RINGING, arrived_at=at(0), seat=OTHER)
    close_gap(storage, now_is(70, ringing))
    assert (call_of(storage, ONE).state, call_of(storage, ONE).seat) == (CallState.RINGING, OTHER)
    assert seat_of(storage, OTHER).state is SeatState.RINGING


def test_what_happened_after_the_question_is_left_alone(storage: SqlStorage) -> None:
    """The answer describes `taken_at`; events that came later were applied before it."""
    ready(storage, SEAT)
    tell(storage, arrived(ONE, 0), joined(ONE, 5), rang(ONE, 61), arrived(TWO, 61))
    close_gap(storage, now_is(60, LiveCall(call_id=ONE, stage=Stage.WAITING, arrived_at=at(0))))
    assert call_of(storage, ONE).state is CallState.RINGING
    assert call_of(storage, TWO).state is CallState.ARRIVING, "it came later: not lost"
    tell(storage, answered(ONE, 62), facts.CallerGone(at=at(63), call_id=ONE))
    close_gap(storage, now_is(60, LiveCall(call_id=ONE, stage=Stage.WAITING, arrived_at=at(0))))
    assert call_of(storage, ONE).is_over, "the dead do not rise"


def test_gone_without_a_word_is_lost_and_the_seat_is_free_to_write(storage: SqlStorage) -> None:
    ready(storage, SEAT)
    tell(storage, arrived(ONE, 0), joined(ONE, 5), rang(ONE, 6), answered(ONE, 8))
    tell(storage, arrived(TWO, 10), joined(TWO, 12))
    close_gap(storage, now_is(60))
    assert call_of(storage, ONE).end_reason is call_of(storage, TWO).end_reason is EndReason.LOST
    assert not call_of(storage, ONE).is_missed and call_of(storage, TWO).is_missed
    assert seat_of(storage).state is SeatState.WRAP_UP


def test_a_seat_that_took_two_more_calls_writes_the_last_and_keeps_all_drafts(storage: SqlStorage) -> None:
    ready(storage, SEAT)
    tell(storage, arrived(ONE, 0), joined(ONE, 5), rang(ONE, 6), answered(ONE, 8))
    first = history(ONE, arrived_at=at(0), queued_at=at(5), answered_at=at(8), ended_at=at(60))
    second = history(TWO, arrived_at=at(70), queued_at=at(71), answered_at=at(80), talk_ended_at=None)
    live = now_is(300, LiveCall(call_id=TWO, stage=Stage.TALKING, arrived_at=at(70), seat=SEAT))
    close_gap(storage, live, replace(second, ended_at=None), first)
    assert call_of(storage, ONE).is_over
    assert (seat_of(storage).state, seat_of(storage).call_id) == (SeatState.TALKING, TWO)
    with storage.reading() as tx:
        assert tx.tickets.of_call(ONE) and tx.tickets.of_call(TWO)


def test_a_ticket_saved_before_the_end_was_known_leaves_no_wrap_up(storage: SqlStorage) -> None:
    ready(storage, SEAT)
    tell(storage, arrived(ONE, 0), joined(ONE, 5), rang(ONE, 6), answered(ONE, 8))
    with storage.writing() as tx:
        ticket = tx.tickets.of_call(ONE)
        assert ticket is not None
        ticket.accept(TicketId("T-2026-000001"), at(50))
        tx.tickets.save(ticket)
    close_gap(storage, now_is(60))
    assert seat_of(storage).state is SeatState.READY


def test_who_can_be_reached(storage: SqlStorage) -> None:
    close_gap(storage, now_is(60, seats=[LiveSeat(seat=SEAT, reachable=True)]))
    assert seat_of(storage).reachable
    close_gap(storage, now_is(70))
    assert seat_of(storage).reachable, "an answer that does not name it says nothing of it"
    close_gap(
        storage, now_is(80, seats=[LiveSeat(seat=SEAT), LiveSeat(seat=SeatId("seat99"), reachable=True)])
    )
    assert not seat_of(storage).reachable


def test_a_seat_we_do_not_have_stops_nothing_else(storage: SqlStorage) -> None:
    stranger = SeatId("seat77")
    live = LiveCall(call_id=CallId("x"), stage=Stage.TALKING, arrived_at=at(0), seat=stranger)
    close_gap(storage, now_is(300, live), history(ONE, seat=stranger), history(TWO))
    assert call_of(storage, ONE).is_over and call_of(storage, ONE).seat is None
    assert call_of(storage, TWO).end_reason is EndReason.COMPLETED
