"""The hotline asks citizens by itself, on both databases: whom, when, and what his key means."""

from datetime import datetime
from typing import Any

import pytest

from hotline.domain.errors import Conflict
from hotline.domain.ids import TicketId
from hotline.domain.ticket_moves import Action
from hotline.services import callbacks
from hotline.services.ports_callbacks import Dial
from hotline.storage.sql import SqlStorage
from tests.support.calling_back import begin, city_with_telephones, end, listed, replied
from tests.support.matters import WATER, City, at


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return city_with_telephones(storage)


ALL_DAY = [(0, 24)]


def auto(
    city: City, when: datetime, kinds: tuple[str, ...] = ("complaint",), hours: Any = ALL_DAY
) -> Dial | None:
    with city.storage.writing() as tx:
        return callbacks.begin_auto(tx, kinds, hours, when)


def settle(city: City, dial: Dial, words: str, when: datetime) -> None:
    with city.storage.writing() as tx:
        assert [each.id for each in callbacks.auto_over(tx)] == [dial.id]
        callbacks.settle_auto(tx, tx.callbacks.get(dial.id) or dial, words, when)
        assert callbacks.auto_over(tx) == []


def test_the_hotline_asks_by_itself_only_what_was_chosen_and_one_at_a_time(city: City) -> None:
    first, second = replied(city), replied(city, at(hours=1.5))
    assert auto(city, at(hours=2), kinds=()) is None
    assert auto(city, at(hours=2), kinds=("consultation",)) is None
    assert auto(city, at(hours=2), hours=[(14, 20)]) is None, "it is eleven o'clock"
    dial = auto(city, at(hours=2))
    assert dial and dial.seat is None
    assert auto(city, at(hours=2)) is None, "one after the other"
    assert [row["in_hand"] for row in listed(city, at(hours=2))["tickets"]] == ["12341", None]
    with pytest.raises(Conflict):
        begin(city, first)
    with city.storage.writing() as tx:
        for key in ("9", "", "2"):
            callbacks.pressed(tx, dial.id, key)
    end(city, dial, "ANSWER", at(hours=2.1), answered=True)
    settle(city, dial, "还可以", at(hours=2.1))
    with city.storage.reading() as tx:
        done = tx.courses.get(first)
    assert (
        done
        and done.answers
        and (done.state, done.answers.satisfaction, done.answers.words) == ("closed", "basically", "还可以")
    )
    again = auto(city, at(hours=2.2))
    assert again and again.ticket != dial.ticket and second


@pytest.mark.parametrize(("status", "answered"), [("NOANSWER", False), ("BUSY", False), ("ANSWER", True)])
def test_without_a_key_he_was_not_reached_and_is_tried_in_another_part_of_the_day(
    city: City, status: str, answered: bool
) -> None:
    ticket = replied(city)
    dial = auto(city, at(hours=2))
    assert dial
    end(city, dial, status, at(hours=2.1), answered=answered)
    settle(city, dial, "", at(hours=2.1))
    row = listed(city, at(hours=2.2))["tickets"][0]
    assert (row["id"], row["tries"]) == (ticket, 1)
    assert auto(city, at(hours=2.3)) is None
    assert auto(city, at(hours=6)) is not None


def presses_three(city: City, dial: Dial) -> None:
    """Not satisfied, and the call is over."""
    with city.storage.writing() as tx:
        callbacks.pressed(tx, dial.id, "3")
    end(city, dial, "ANSWER", at(hours=2.1), answered=True)
    settle(city, dial, "", at(hours=2.1))


def test_what_is_done_again_is_asked_by_a_person(city: City) -> None:
    ticket = replied(city)
    dial = auto(city, at(hours=2))
    assert dial
    presses_three(city, dial)
    with city.storage.reading() as tx:
        again = tx.courses.get(ticket)
    assert again and again.again_as
    unit = city.users[WATER]
    for action, args in (
        (Action.SIGN, {}),
        (Action.TAKE_IN_HAND, {}),
        (Action.REPLY, {"text": "这次修好了"}),
    ):
        city.do(unit, again.again_as, action, at(hours=5), args)
    assert auto(city, at(hours=6)) is None


def test_a_person_who_was_faster_is_right(city: City) -> None:
    ticket = replied(city)
    dial = auto(city, at(hours=2))
    assert dial
    said = {"responded": True, "solved": True, "satisfaction": "satisfied", "words": ""}
    city.do(city.seat, ticket, Action.CALL_BACK, at(hours=2.05), said)
    presses_three(city, dial)
    with city.storage.reading() as tx:
        done = tx.courses.get(ticket)
    assert done and done.answers and done.answers.satisfaction == "satisfied"


def miss(city: City, ticket: TicketId, when: datetime) -> None:
    """A seat has tried him in vain."""
    end(city, begin(city, ticket, when=when), "NOANSWER", when)
    city.do(city.seat, ticket, Action.MISS_CITIZEN, when, {})


def tries(city: City) -> list[int]:
    return [row["tries"] for row in listed(city, at(days=1, hours=1))["tickets"]]


def test_an_attempt_belongs_to_the_part_of_the_day_in_which_he_was_rung(city: City) -> None:
    ticket = replied(city)
    miss(city, ticket, at(hours=6))  # the afternoon
    began = at(days=1, hours=2.99)  # a minute before noon
    dial = auto(city, began)
    assert dial
    end(city, dial, "NOANSWER", at(days=1, hours=3.01))
    settle(city, dial, "", at(days=1, hours=3.02))
    with city.storage.reading() as tx:
        course = tx.courses.get(ticket)
    assert course and course.tried == [at(hours=6), began]


def test_whom_three_automatic_calls_did_not_reach_is_ended_by_a_seat_and_done_with_the_third(
    city: City,
) -> None:
    ticket = replied(city)
    for hours in (2, 6, 10):
        dial = auto(city, at(hours=hours))
        assert dial
        end(city, dial, "NOANSWER", at(hours=hours + 0.1))
        settle(city, dial, "", at(hours=hours + 0.1))
    assert auto(city, at(days=1, hours=2)) is None
    (row,) = listed(city, at(days=1, hours=2))["tickets"]
    assert (row["id"], row["given_up"], row["tries"]) == (ticket, True, 3)
    city.do(city.seat, ticket, Action.GIVE_UP_CALLING, at(days=4), {})
    with city.storage.reading() as tx:
        course = tx.courses.get(ticket)
    assert course and (course.state, course.told_at) == ("closed", at(hours=10))


def test_a_seat_that_tried_him_meanwhile_counts_and_the_others_are_asked(city: City) -> None:
    ticket, other = replied(city), replied(city, at(hours=1.5))
    dial = auto(city, at(hours=2))
    assert dial
    end(city, dial, "NOANSWER", at(hours=2.01))
    city.do(city.seat, ticket, Action.MISS_CITIZEN, at(hours=2.02), {})
    settle(city, dial, "", at(hours=2.03))
    assert tries(city) == [1, 0]
    second = auto(city, at(hours=2.1))
    with city.storage.reading() as tx:
        assert second and tx.callbacks.ticket_of(second) == other


def test_who_was_asked_and_whose_word_is_not_settled_yet_is_not_asked_again(city: City) -> None:
    replied(city)
    dial = auto(city, at(hours=2))
    assert dial
    end(city, dial, "ANSWER", at(hours=2.1), answered=True)
    assert auto(city, at(hours=6)) is None
