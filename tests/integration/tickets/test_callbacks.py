"""Calling citizens back, on both databases: what is due, who may call whom when, and what became of it."""

from datetime import datetime

import pytest
from sqlalchemy.exc import IntegrityError

from hotline.domain.actors import Actor
from hotline.domain.errors import Conflict, NotFound
from hotline.domain.events import CallbackChanged
from hotline.domain.ids import CallId, SeatId, TicketId
from hotline.domain.seat import SeatState
from hotline.domain.ticket_moves import Action
from hotline.services import callbacks, courses, deadlines, intake
from hotline.services.ports_callbacks import Dial
from hotline.storage.outbox import event_type
from hotline.storage.sql import SqlStorage
from tests.support.calling_back import a_missed_call, begin, city_with_telephones, end, listed, noon, replied
from tests.support.matters import NUMBER, T0, WATER, City, Topics, at

SAID = {"responded": True, "solved": False, "satisfaction": "not", "words": "没修好"}


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return city_with_telephones(storage)


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


def test_each_step_is_told_to_the_screens(city: City) -> None:
    end(city, begin(city, replied(city)), "BUSY", at(hours=3))
    name = event_type(CallbackChanged(at=T0, seat=SeatId("seat07")))
    with city.storage.reading() as tx:
        told = [row.stream for row in tx.outbox.after(0) if row.type == name]
    assert told == ["seat:seat07", "tickets"] * 2


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
