"""A granted extension is on the seats' list until its citizen was told of the new date, on both databases."""

from typing import Any

import pytest

from hotline.domain.errors import Conflict
from hotline.domain.ids import TicketId
from hotline.domain.ticket_moves import Action
from hotline.services.course_rights import NotAllowed
from hotline.storage.sql import SqlStorage
from tests.support.calling_back import begin, city_with_telephones, end, listed
from tests.support.matters import NUMBER, WATER, City, at

A = Action


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return city_with_telephones(storage)


def extended(city: City, hours: float = 1, days: int = 3) -> TicketId:
    ticket = city.in_hand()
    city.do(city.users[WATER], ticket, A.ASK_EXTENSION, at(hours=hours), days=days, reason="需要开挖")
    city.do(city.boss, ticket, A.GRANT_EXTENSION, at(hours=hours), reason="同意")
    return ticket


def untold(city: City, hours: float = 2) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = listed(city, at(hours=hours))["new_dates"]
    return found


def test_who_is_to_be_told_of_which_dates_and_why_and_no_number(city: City) -> None:
    late, early = extended(city, hours=3), extended(city, hours=1)
    rows = untold(city, hours=4)
    assert [row["id"] for row in rows] == [early, late]
    told = {name: rows[0][name] for name in ("unit", "before_day", "due_day", "why", "tries", "wait")}
    assert told == {
        "unit": "水务集团",
        "before_day": "2026-03-09",
        "due_day": "2026-03-12",
        "why": "需要开挖",
        "tries": 0,
        "wait": "",
    }
    assert NUMBER not in str(rows)


def test_a_seat_has_him_called_and_says_that_he_knows(city: City) -> None:
    ticket = extended(city)
    dial = begin(city, ticket)
    assert untold(city)[0]["in_hand"] == "seat07"
    with pytest.raises(Conflict):
        begin(city, ticket, who="seat08")
    end(city, dial, "ANSWER", at(hours=2), answered=True)
    view = city.do(city.seat, ticket, A.TELL_NEW_DATE, at(hours=2), how="phone")
    entry = view["log"][-1]
    assert (entry["who"], entry["action"], entry["at"]) == (
        "seat07",
        "tell_new_date",
        at(hours=2).timestamp(),
    )
    assert entry["detail"] == {"how": "phone", "from": "2026-03-09", "to": "2026-03-12"}
    assert untold(city) == []
    with pytest.raises(Conflict):
        begin(city, ticket, when=at(hours=3))
    with pytest.raises(Conflict, match="no new date"):
        city.do(city.other, ticket, A.TELL_NEW_DATE, at(hours=3), how="letter")


def test_he_is_tried_three_times_in_different_parts_of_the_day(city: City) -> None:
    ticket = extended(city)
    for number, hours in enumerate((2, 6, 10)):
        assert untold(city, hours)[0]["tries"] == number
        end(city, begin(city, ticket, when=at(hours=hours)), "NOANSWER", at(hours=hours))
        city.do(city.seat, ticket, A.MISS_NEW_DATE, at(hours=hours))
        if number < 2:
            assert untold(city, hours)[0]["wait"] == "part_of_day"
            with pytest.raises(Conflict, match="another part of the day"):
                begin(city, ticket, when=at(hours=hours))
    assert untold(city, 11) == []


def test_he_was_tried_when_he_was_rung_and_a_call_for_the_new_date_is_no_attempt_of_the_callback(
    city: City,
) -> None:
    ticket = extended(city)
    end(city, begin(city, ticket, when=at(hours=2.9)), "NOANSWER", at(hours=3))  # six minutes to noon
    view = city.do(city.seat, ticket, A.MISS_NEW_DATE, at(hours=3.1))
    assert view["log"][-1]["detail"] == {"attempt": "1", "rung": "2026-03-02 11:54"}
    assert untold(city, 4)[0]["tried"] == [at(hours=2.9).timestamp()]
    city.do(city.users[WATER], ticket, A.REPLY, at(hours=3.2), text="已修好")
    city.do(city.seat, ticket, A.MISS_CITIZEN, at(hours=3.3))
    assert listed(city, at(hours=4))["tickets"][0]["tried"] == [at(hours=3.3).timestamp()]


def test_a_unit_tells_nobody_and_a_refused_extension_is_no_news(city: City) -> None:
    ticket = extended(city)
    with pytest.raises(NotAllowed):
        city.do(city.users[WATER], ticket, A.TELL_NEW_DATE, at(hours=2), how="phone")
    other = city.in_hand()
    city.do(city.users[WATER], other, A.ASK_EXTENSION, at(hours=1), days=3, reason="需要开挖")
    city.do(city.boss, other, A.REFUSE_EXTENSION, at(hours=1), reason="理由不足")
    assert [row["id"] for row in untold(city)] == [ticket]


def test_it_is_gone_with_the_callback_and_what_is_done_again_has_none(city: City) -> None:
    ticket = extended(city)
    city.do(city.users[WATER], ticket, A.REPLY, at(hours=2), text="已修好")
    assert [row["id"] for row in untold(city)] == [ticket]
    said = {"responded": True, "solved": False, "satisfaction": "not", "words": "没修好"}
    view = city.do(city.seat, ticket, A.CALL_BACK, at(hours=3), said)
    assert view["state"] == "closed" and view["again_as"]
    assert untold(city, 4) == []


def test_a_second_extension_is_told_from_the_date_he_knows(city: City) -> None:
    ticket = extended(city, days=2)
    city.do(city.seat, ticket, A.MISS_NEW_DATE, at(hours=2))
    city.do(city.users[WATER], ticket, A.ASK_EXTENSION, at(hours=3), days=2, reason="还在等材料")
    city.do(city.boss, ticket, A.GRANT_EXTENSION, at(hours=3))
    row = untold(city, 4)[0]
    assert (row["before_day"], row["due_day"], row["tries"]) == ("2026-03-09", "2026-03-13", 0)
    assert row["why"] == "还在等材料"
