"""Calling citizens back, on both databases: what is due, who may call whom when, and what became of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from hotline.domain.actors import Actor
from hotline.domain.errors import Conflict, NotFound
from hotline.domain.events import CallbackChanged
from hotline.domain.ids import CallId, SeatId, TicketId
from hotline.domain.seat import SeatState
from hotline.domain.ticket_moves import Action
from hotline.services import callbacks, courses, deadlines, intake, tickets
from hotline.services.ports_callbacks import Dial
from hotline.storage.outbox import event_type
from hotline.storage.sql import SqlStorage
from tests.support.calling_back import begin, city_with_telephones, end, listed, replied
from tests.support.matters import NUMBER, T0, WATER, City, Topics, at

SAID = {"responded": True, "solved": False, "satisfaction": "not", "words": "没修好"}


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return city_with_telephones(storage)


def a_missed_call(city: City, when: datetime, number: str = NUMBER, reason: Any = None) -> CallId:
    call_id = city.a_call(when, number)
    with city.storage.writing() as tx:
        call = tx.calls.get(call_id)
        assert call
        call.seat = None
        call.end(when + timedelta(seconds=30), reason)
        tx.calls.save(call)
    return call_id


def test_what_is_due_first_stands_first_and_no_number_is_told(city: City) -> None:
    late, early = replied(city, at(days=1)), replied(city, at(hours=1))
    found = listed(city, at(days=3))["tickets"]
    assert [row["id"] for row in found] == [early, late]
    assert found[0]["reply"] == "已修好" and found[0]["unit"] == "水务集团" and found[0]["overdue"]
    assert NUMBER not in str(found)


def test_a_seat_takes_one_citizen_and_nobody_else_calls_him(city: City) -> None:
    ticket = replied(city)
    dial = begin(city, ticket)
    with city.storage.reading() as tx:
        assert callbacks.number_of(tx, dial) == NUMBER
    assert listed(city, at(hours=2))["tickets"][0]["in_hand"] == "seat07"
    for who in ("seat08", "seat07"):
        with pytest.raises(Conflict):
            begin(city, ticket, who=who)
    assert end(city, dial, "ANSWER", at(hours=3), answered=True).result == "answered"
    assert listed(city, at(hours=3))["tickets"][0]["in_hand"] is None


def test_the_database_itself_lets_nobody_be_called_twice_at_once(city: City) -> None:
    dial = begin(city, replied(city))
    with pytest.raises(IntegrityError), city.storage.writing() as tx:
        twin = Dial(
            id="x" * 36, seat=SeatId("seat08"), account=dial.account, began_at=at(), ticket=dial.ticket
        )
        tx.callbacks.add(twin)


def test_a_call_whose_end_nobody_saw_is_given_up_after_half_an_hour(city: City) -> None:
    ticket = replied(city)
    lost = begin(city, ticket)
    again = begin(city, ticket, when=at(hours=2.6), who="seat08")
    with city.storage.reading() as tx:
        assert [(dial.id, dial.result) for dial in tx.callbacks.of_ticket(lost.ticket)] == [
            (lost.id, "unknown"),
            (again.id, ""),
        ]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("BUSY", "busy"),
        ("NOANSWER", "no_answer"),
        ("CHANUNAVAIL", "failed"),
        ("", "failed"),
        ("'; drop", "failed"),
    ],
)
def test_what_became_of_the_line_is_kept_and_late_words_change_nothing(
    city: City, status: str, result: str
) -> None:
    dial = begin(city, replied(city))
    assert end(city, dial, status, at(hours=3)).result == result
    assert end(city, dial, "ANSWER", at(hours=4), answered=True).result == result
    with city.storage.writing() as tx:
        callbacks.ended(tx, "nobody", "BUSY", at())


def test_a_citizen_is_tried_in_different_parts_of_the_day_and_three_times(city: City) -> None:
    ticket = replied(city)
    for number, when in enumerate((at(hours=2), at(hours=6), at(hours=10)), 1):  # 11, 15 and 19 o'clock
        end(city, begin(city, ticket, when=when), "NOANSWER", when)
        city.do(city.seat, ticket, Action.MISS_CITIZEN, when, {})
        row = listed(city, when)["tickets"][0]
        assert (row["tries"], row["wait"]) == (number, "part_of_day")
        with pytest.raises(Conflict):
            begin(city, ticket, when=when)
    assert row["given_up"]
    city.do(city.seat, ticket, Action.GIVE_UP_CALLING, at(hours=11), {})
    assert listed(city, at(hours=11))["tickets"] == []


def noon(minutes: int) -> datetime:
    """So many minutes from noon of the day on which everything began."""
    return at(hours=3) + timedelta(minutes=minutes)


def tried(city: City, ticket: TicketId) -> list[datetime]:
    with city.storage.reading() as tx:
        course = tx.courses.get(ticket)
    assert course
    return course.tried


def test_an_attempt_is_of_the_time_at_which_he_was_rung_not_of_the_click(city: City) -> None:
    ticket = replied(city)
    end(city, begin(city, ticket, when=noon(-1)), "NOANSWER", noon(0))
    seen = city.do(city.seat, ticket, Action.MISS_CITIZEN, noon(1), {})
    assert tried(city, ticket) == [noon(-1)]
    entry = seen["log"][-1]
    assert (entry["at"], entry["detail"]) == (
        noon(1).timestamp(), {"attempt": "1", "rung": "2026-03-02 11:59"}
    )  # fmt: skip
    # So he may be tried in the afternoon.
    end(city, begin(city, ticket, when=noon(5), who="seat08"), "NOANSWER", noon(6))
    city.do(city.other, ticket, Action.MISS_CITIZEN, noon(7), {})
    assert tried(city, ticket) == [noon(-1), noon(5)]
    end(city, begin(city, ticket, when=at(hours=10)), "NOANSWER", at(hours=10))
    city.do(city.seat, ticket, Action.MISS_CITIZEN, at(hours=18), {})  # written down in the night
    city.do(city.seat, ticket, Action.GIVE_UP_CALLING, at(hours=18), {})
    with city.storage.reading() as tx:
        course = tx.courses.get(ticket)
    assert course and course.told_at == at(hours=10)


def test_a_missed_caller_was_tried_when_he_was_rung(city: City) -> None:
    missed = a_missed_call(city, at(hours=1))
    dial = begin(city, None, missed, noon(-1))
    end(city, dial, "NOANSWER", noon(1))
    with city.storage.writing() as tx:
        callbacks.settle_missed(tx, city.account, dial.id, False, noon(2))
    begin(city, None, missed, noon(5))  # is no attempt before somebody says so
    (row,) = listed(city, noon(6))["missed"]
    assert (row["tries"], row["last_try"]) == (1, noon(-1).timestamp())


def test_what_rang_nobody_or_was_dialled_elsewhere_counts_when_it_is_said(city: City) -> None:
    ticket = replied(city)
    end(city, begin(city, ticket, when=noon(-1)), "", noon(0))  # the seat's own telephone was not taken up
    city.do(city.seat, ticket, Action.MISS_CITIZEN, noon(1), {})
    assert tried(city, ticket) == [noon(1)]


def test_who_handled_it_does_not_call(city: City) -> None:
    ticket = replied(city)
    with city.storage.writing() as tx:
        course = tx.courses.get(ticket)
        assert course
        course.handlers.add("seat07")
        tx.courses.save(course)
    assert listed(city, at(hours=2))["tickets"][0]["wait"] == "handler"
    assert listed(city, at(hours=2), "seat08")["tickets"][0]["wait"] == ""
    with pytest.raises(Conflict, match="did not handle"):
        begin(city, ticket)


def test_what_is_done_again_still_reaches_the_citizen(city: City) -> None:
    ticket = replied(city)
    dial = begin(city, ticket)
    end(city, dial, "ANSWER", at(hours=3), answered=True)
    again = city.do(city.seat, ticket, Action.CALL_BACK, at(hours=3), SAID)["again_as"]
    unit = city.users[WATER]
    for action, args in (
        (Action.SIGN, {}),
        (Action.TAKE_IN_HAND, {}),
        (Action.REPLY, {"text": "这次修好了"}),
    ):
        city.do(unit, TicketId(again), action, at(hours=5), args)
    row = listed(city, at(hours=6))["tickets"][0]
    assert (row["id"], row["round"]) == (again, 2)
    with city.storage.reading() as tx:
        assert callbacks.number_of(tx, begin(city, TicketId(again), when=at(hours=6))) == NUMBER
        # Who calls meanwhile is shown with it: it is his matter that is still open.
        assert [each.id for each in tx.tickets.open_of_number(NUMBER)] == [again]


@pytest.mark.parametrize(
    "state", [SeatState.TALKING, SeatState.RINGING, SeatState.WRAP_UP, SeatState.OFFLINE]
)
def test_a_seat_that_is_not_free_calls_nobody(city: City, state: SeatState) -> None:
    ticket = replied(city)
    with city.storage.writing() as tx:
        seat = tx.seats.get(SeatId("seat07"))
        seat.state = state
        tx.seats.save(seat)
    with pytest.raises(Conflict):
        begin(city, ticket)
    assert listed(city, at(hours=2))["tickets"][0]["in_hand"] is None


def test_who_is_not_due_or_unknown_is_not_called(city: City) -> None:
    with pytest.raises(Conflict, match="no callback"):
        begin(city, city.a_ticket())
    with pytest.raises(NotFound):
        begin(city, TicketId("T-2026-999999"))
    with pytest.raises(NotFound):
        begin(city, None, CallId("5f0e7c1e-0000-4000-8000-999999999999"))
    with pytest.raises(NotFound):
        begin(city, None)
    withheld = a_missed_call(city, at(hours=1), number="")
    with city.storage.writing() as tx:
        call = tx.calls.get(withheld)
        assert call
        call.from_number = None
        tx.calls.save(call)
    with pytest.raises(Conflict, match="not known"):
        begin(city, None, withheld)


def test_a_missed_call_stays_until_somebody_was_reached_or_tried_three_times(city: City) -> None:
    first = a_missed_call(city, at(hours=1))
    second = a_missed_call(city, at(hours=2))  # the same number again: he is called once
    other = a_missed_call(city, at(hours=1.5), "13900000000")
    assert [row["id"] for row in listed(city, at(hours=3))["missed"]] == [other, second]
    dial = begin(city, None, other, at(hours=3))
    with city.storage.writing() as tx, pytest.raises(Conflict, match="not over"):
        callbacks.settle_missed(tx, city.account, dial.id, True, at(hours=3))
    end(city, dial, "ANSWER", at(hours=3), answered=True)
    with city.storage.writing() as tx:
        assert callbacks.settle_missed(tx, city.account, dial.id, True, at(hours=3)).reached
    with city.storage.writing() as tx, pytest.raises(Conflict, match="before"):
        callbacks.settle_missed(tx, city.account, dial.id, False, at(hours=3))
    assert [row["id"] for row in listed(city, at(hours=4))["missed"]] == [second]
    for number in range(1, 4):
        dial = begin(city, None, second, at(hours=3 + number))
        end(city, dial, "NOANSWER", at(hours=3 + number))
        with city.storage.writing() as tx:
            callbacks.settle_missed(tx, city.account, dial.id, False, at(hours=3 + number))
    assert listed(city, at(hours=7))["missed"] == []
    assert first  # never alone in the list: its caller called again


def test_who_got_through_later_is_not_called_and_yesterday_is_over(city: City) -> None:
    a_missed_call(city, at(hours=1))
    assert len(listed(city, at(hours=2))["missed"]) == 1
    assert listed(city, at(days=1))["missed"] == []
    spoke = city.a_call(at(hours=2))
    with city.storage.writing() as tx:
        call = tx.calls.get(spoke)
        assert call
        call.wait(call.queue, at(hours=2))
        call.answer(SeatId("seat08"), at(hours=2))
        call.end(at(hours=2.1))
        tx.calls.save(call)
    assert listed(city, at(hours=3))["missed"] == []


def test_nobody_settles_another_ones_call(city: City) -> None:
    dial = begin(city, None, a_missed_call(city, at(hours=1)))
    end(city, dial, "BUSY", at(hours=2))
    with city.storage.writing() as tx:
        stranger = tx.accounts.by_login("seat08")
        assert stranger
        with pytest.raises(NotFound):
            callbacks.settle_missed(tx, stranger, dial.id, True, at(hours=2))


def test_each_step_is_told_to_the_screens(city: City) -> None:
    end(city, begin(city, replied(city)), "BUSY", at(hours=3))
    name = event_type(CallbackChanged(at=T0, seat=SeatId("seat07")))
    with city.storage.reading() as tx:
        told = [row.stream for row in tx.outbox.after(0) if row.type == name]
    assert told == ["seat:seat07", "tickets"] * 2


def reached(city: City, missed: CallId, when: datetime, who: str = "seat07") -> Dial:
    dial = begin(city, None, missed, when, who)
    return end(city, dial, "ANSWER", when, answered=True)


def test_the_matter_of_a_missed_caller_is_written_by_who_reached_him_and_he_is_called_back(
    city: City,
) -> None:
    missed = a_missed_call(city, at(hours=1))
    fields = city.fields()
    with city.storage.writing() as tx, pytest.raises(NotFound):
        tickets.write_draft(tx, city.account, missed, 0, fields, at(hours=2))
    dial = reached(city, missed, at(hours=2))
    with city.storage.writing() as tx:
        stranger = tx.accounts.by_login("seat08")
        assert stranger
        tickets.write_draft(tx, city.account, missed, 0, fields, at(hours=2))
        with pytest.raises(NotFound):
            tickets.accept(tx, stranger, missed, 1, fields, Topics(), at(hours=2))
        view = callbacks.unsettled(tx, city.account)
        assert view and (view["missed"], view["ticket"]["version"]) == (missed, 1) and NUMBER not in str(view)
    with city.storage.writing() as tx:
        accepted = tickets.accept(tx, city.account, missed, 1, fields, Topics(), at(hours=2))
        again = tickets.accept(tx, city.account, missed, 1, fields, Topics(), at(hours=2))
    assert accepted.id and accepted.deadline and again.id == accepted.id
    assert listed(city, at(hours=3))["missed"] == []  # though nobody has said yet that he was reached
    with city.storage.writing() as tx, pytest.raises(Conflict, match="reached"):
        callbacks.settle_missed(tx, city.account, dial.id, False, at(hours=3))
    for action, args in ((Action.SIGN, {}), (Action.TAKE_IN_HAND, {}), (Action.REPLY, {"text": "已修好"})):
        city.do(city.users[WATER], accepted.id, action, at(hours=4), args)
    with city.storage.reading() as tx:
        assert callbacks.number_of(tx, begin(city, accepted.id, when=at(hours=5), who="seat08")) == NUMBER


def test_when_the_line_breaks_the_next_seat_goes_on_with_what_was_written(city: City) -> None:
    missed = a_missed_call(city, at(hours=1))
    dial = reached(city, missed, at(hours=2))
    with city.storage.writing() as tx:
        tickets.write_draft(tx, city.account, missed, 0, city.fields(what="停水"), at(hours=2))
        callbacks.settle_missed(tx, city.account, dial.id, False, at(hours=2))
    assert [row["id"] for row in listed(city, at(hours=2))["missed"]] == [missed]
    reached(city, missed, at(hours=3), "seat08")
    with city.storage.writing() as tx:
        second = tx.accounts.by_login("seat08")
        assert second
        with pytest.raises(NotFound):
            tickets.write_draft(tx, city.account, missed, 1, city.fields(), at(hours=3))
        accepted = tickets.accept(tx, second, missed, 1, city.fields(), Topics(), at(hours=3))
        assert (accepted.seat, accepted.account) == ("seat08", second.id)


def test_who_wrote_is_called_back_at_the_number_that_came_with_it(city: City) -> None:
    with city.storage.writing() as tx:
        ticket, _ = intake.accept(tx, city.boss, city.fields(), Topics(), at(), number="+86 138-0000-0009")
        silent, _ = intake.accept(tx, city.boss, city.fields(), Topics(), at())
    for each in (ticket, silent):
        city.do(city.boss, each, Action.HAND_OVER, at(), {"unit": WATER})
        for action, args in (
            (Action.SIGN, {}), (Action.TAKE_IN_HAND, {}), (Action.REPLY, {"text": "已修好"}),
        ):  # fmt: skip
            city.do(city.users[WATER], each, action, at(hours=1), args)
    with city.storage.reading() as tx:
        assert [each.id for each in tx.tickets.open_of_number("13800000009")] == [ticket]
    with pytest.raises(Conflict, match="not known"):
        begin(city, silent)
    dial = begin(city, ticket)
    with city.storage.reading() as tx:
        assert callbacks.number_of(tx, dial) == "13800000009"
        assert "13800000009" not in str(tx.log.of(dial.ticket))  # type: ignore[arg-type]
        shown = courses.view(city.storage, city.users[WATER], ticket, at(hours=2))
    assert shown["number"] == "138****0009" and "13800000009" not in str(shown)
    assert courses.reveal(city.storage, city.boss, ticket, "回访前核对", at(hours=2)) == "13800000009"
    end(city, dial, "ANSWER", at(hours=3), answered=True)
    again = TicketId(city.do(city.seat, ticket, Action.CALL_BACK, at(hours=3), SAID)["again_as"])
    with city.storage.reading() as tx:
        course = tx.courses.get(again)
        assert course and tx.callbacks.number_of_ticket(course.key) == "13800000009"
        views = [row["what"] for row in tx.views.of_ticket(dial.ticket)]  # type: ignore[arg-type]
    assert "number" in views


def test_where_nobody_can_be_called_a_supervisor_closes_it_and_says_why(city: City) -> None:
    """What came in writing without a number, or is a duty of a joint meeting."""
    with city.storage.writing() as tx:
        silent, _ = intake.accept(tx, city.boss, city.fields(), Topics(), at())
    city.do(city.boss, silent, Action.HAND_OVER, at(), {"unit": WATER})
    for action, args in ((Action.SIGN, {}), (Action.TAKE_IN_HAND, {}), (Action.REPLY, {"text": "已修好"})):
        city.do(city.users[WATER], silent, action, at(hours=1), args)
    close, why = Action.CLOSE_WITHOUT_CALLBACK, {"reason": "来信未留号码"}

    def offered(who: Actor, ticket: TicketId) -> bool:
        view = courses.view(city.storage, who, ticket, at(hours=2))
        return close in {each["action"] for each in view["allowed"]}

    called = replied(city)
    assert offered(city.boss, silent) and not offered(city.boss, called) and not offered(city.seat, silent)
    with pytest.raises(Conflict) as refused:
        city.do(city.boss, called, close, at(hours=2), why)
    assert refused.value.reason == "has_number"
    with pytest.raises(NotFound):
        city.do(city.seat, silent, close, at(hours=2), why)
    view = city.do(city.boss, silent, close, at(hours=2), why)
    assert (view["state"], view["answers"], view["log"][-1]["detail"]) == ("closed", None, why)
    assert [row["id"] for row in listed(city, at(hours=3))["tickets"]] == [called]
    with city.storage.reading() as tx:
        course = tx.courses.get(silent)
    assert course and course.told_at == at(hours=2)


def test_what_waits_for_a_supervisor_is_a_figure_of_his_page(city: City) -> None:
    """Who was not satisfied again, and what no unit has yet: nothing else would remind anybody."""
    with city.storage.writing() as tx:
        nobodys, _ = intake.accept(tx, city.boss, city.fields(), Topics(), at())
    ticket = replied(city)
    for hours in (2, 6):
        end(city, begin(city, ticket, when=at(hours=hours)), "ANSWER", at(hours=hours), answered=True)
        ticket = TicketId(
            city.do(city.seat, ticket, Action.CALL_BACK, at(hours=hours), SAID).get("again_as") or ticket
        )
        if hours == 2:
            for action, args in (
                (Action.SIGN, {}),
                (Action.TAKE_IN_HAND, {}),
                (Action.REPLY, {"text": "这次修好了"}),
            ):
                city.do(city.users[WATER], ticket, action, at(hours=3), args)

    def waiting(what: str) -> list[TicketId]:
        with city.storage.reading() as tx:
            return [row["id"] for row in deadlines.listing(tx, what, at(hours=7), str)["rows"]]

    assert (waiting("dissatisfied"), waiting("unassigned")) == ([ticket], [nobodys])
    city.do(city.boss, ticket, Action.INTERVIEW, at(hours=7), {"record": "已约谈责任人"})
    assert waiting("dissatisfied") == [ticket], "it is closed or done again after the interview"
    city.do(city.boss, ticket, Action.CLOSE, at(hours=7), {})
    city.do(city.boss, nobodys, Action.HAND_OVER, at(hours=7), {"unit": WATER})
    assert (waiting("dissatisfied"), waiting("unassigned")) == ([], [])
