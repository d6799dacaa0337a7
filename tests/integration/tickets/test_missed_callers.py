"""Calling back whoever gave up waiting, on both databases: until he is reached, and what he then tells."""

from datetime import datetime

import pytest

from hotline.domain.errors import Conflict, NotFound
from hotline.domain.ids import CallId, SeatId
from hotline.domain.ticket_moves import Action
from hotline.services import callbacks, tickets
from hotline.services.ports_callbacks import Dial
from hotline.storage.sql import SqlStorage
from tests.support.calling_back import a_missed_call, begin, city_with_telephones, end, listed, noon
from tests.support.matters import NUMBER, WATER, City, Topics, at


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return city_with_telephones(storage)


def test_a_missed_caller_was_tried_when_he_was_rung(city: City) -> None:
    missed = a_missed_call(city, at(hours=1))
    dial = begin(city, None, missed, noon(-1))
    end(city, dial, "NOANSWER", noon(1))
    with city.storage.writing() as tx:
        callbacks.settle_missed(tx, city.account, dial.id, False, noon(2))
    begin(city, None, missed, noon(5))  # is no attempt before somebody says so
    (row,) = listed(city, noon(6))["missed"]
    assert (row["tries"], row["last_try"]) == (1, noon(-1).timestamp())


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
