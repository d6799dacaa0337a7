"""One door for everything that is done with a ticket, on both databases."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from hotline.domain.actors import HOTLINE, Actor
from hotline.domain.errors import Conflict, IllegalTransition, Invalid, NotFound
from hotline.domain.ids import TicketId
from hotline.domain.ticket import FieldsInvalid
from hotline.domain.ticket_moves import Action
from hotline.services import course_args, courses
from hotline.services.course_args import ArgsInvalid
from hotline.services.course_rights import RIGHTS, NotAllowed
from hotline.services.courses import StaleTicket
from hotline.storage.sql import SqlStorage
from tests.support.matters import HEAT, NUMBER, STREET, WATER, City, at

A = Action


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return City(storage)


def events(city: City) -> list[tuple[str, str, str]]:
    with city.storage.reading() as tx:
        return [(row.stream, row.type, row.note) for row in tx.outbox.after(0) if row.ticket_id]


def actions(view: dict[str, Any]) -> list[str]:
    return [entry["action"] for entry in view["log"]]


def test_from_the_seats_button_to_the_citizens_word(city: City) -> None:
    unit = city.users[WATER]
    ticket = city.a_ticket()
    view = courses.view(city.storage, unit, ticket, at())
    assert (view["state"], view["unit_name"], view["version"]) == ("handed_over", "水务集团", 2)
    for action, args in ((A.SIGN, {}), (A.TAKE_IN_HAND, {}), (A.REPLY, {"text": "已修好"})):
        view = city.do(unit, ticket, action, at(hours=2), args)
    assert (view["state"], view["reply"], view["version"]) == ("replied", "已修好", 5)
    said = {"responded": True, "solved": True, "satisfaction": "satisfied", "words": "挺好"}
    view = city.do(city.other, ticket, A.CALL_BACK, at(hours=3), said)
    assert (view["state"], view["answers"]) == ("closed", said)
    assert actions(view) == ["accept", "hand_over", "sign", "take_in_hand", "reply", "call_back", "close"]
    assert [entry["number"] for entry in view["log"]] == list(range(1, 8))
    assert view["allowed"] == []
    told = events(city)
    assert ("unit:u001", "ticket.moved", "sign") in told and ("tickets", "ticket.moved", "close") in told
    assert {stream for stream, _, note in told if note == "reply"} == {
        "seat:seat07",
        "unit:u001",
        "tickets",
        "floor",
    }


def test_a_unit_sees_its_own_tickets_only_and_no_number(city: City) -> None:
    ticket = city.in_hand(confidential=True, citizen_name="赵六")
    with pytest.raises(NotFound):
        courses.view(city.storage, city.users[HEAT], ticket, at())
    seen = courses.view(city.storage, city.users[WATER], ticket, at())
    assert (seen["number"], seen["citizen_name"], seen["may_reveal"]) == ("138****5678", None, False)
    assert NUMBER not in str(seen) and "赵六" not in str(seen)
    assert courses.view(city.storage, city.boss, ticket, at())["citizen_name"] == "赵六"
    with pytest.raises(NotFound):
        courses.reveal(city.storage, city.users[WATER], ticket, "为了联系", at())
    assert courses.reveal(city.storage, city.seat, ticket, "核实", at()) == NUMBER
    with city.storage.reading() as tx:
        course = tx.courses.get(ticket)
        assert course
        looks = [(view["account"], view["what"], view["why"]) for view in tx.views.of_ticket(course.key)]
    people = (city.users[WATER], city.boss, city.seat)
    assert looks == [
        (people[0].account, "ticket", "unit"),
        (people[1].account, "ticket", "supervisor"),
        (people[2].account, "number", "核实"),
    ]


def test_who_had_it_before_sees_it_no_more(city: City) -> None:
    ticket = city.a_ticket()
    view = city.do(city.users[WATER], ticket, A.RETURN, at(hours=1), reason="不属于本单位")
    assert view["state"] == "returned"
    city.do(city.boss, ticket, A.HAND_OVER, at(hours=2), unit=HEAT)
    with pytest.raises(NotFound):
        courses.view(city.storage, city.users[WATER], ticket, at())
    assert ("unit:u001", "ticket.moved", "hand_over") in events(city), "its list must lose the ticket"


def test_an_assisting_unit_answers_its_part_and_nothing_else(city: City) -> None:
    ticket = city.in_hand()
    city.do(city.users[WATER], ticket, A.ASK_UNIT, at(hours=1), unit=STREET, days=2)
    street = city.users[STREET]
    assert [each["action"] for each in courses.view(city.storage, street, ticket, at())["allowed"]] == [
        "answer_part"
    ]
    for action, args in ((A.REPLY, {"text": "x"}), (A.RETURN, {"reason": "x"})):
        with pytest.raises(NotAllowed):
            city.do(street, ticket, action, at(hours=2), args)
    view = city.do(street, ticket, A.ANSWER_PART, at(hours=2), text="已核实")
    (part,) = view["parts"]
    assert (part["unit_name"], part["answered_at"]) == ("密州街道", at(hours=2).timestamp())
    with pytest.raises(Conflict, match="has no open part"):
        city.do(street, ticket, A.ANSWER_PART, at(hours=3), text="再说一次")


def test_every_role_does_what_the_table_says_and_nothing_else(city: City) -> None:
    ticket = city.in_hand()
    people = [city.seat, city.boss, city.admin, city.users[WATER], HOTLINE]
    with city.storage.reading() as tx:
        before = tx.courses.get(ticket)
    for who in people:
        for action in Action:
            if who.role not in RIGHTS[action]:
                args = {"unit": HEAT, "decision": "x", "reason": "x", "text": "x", "days": 1, "record": "x"}
                args |= {"how": "phone"}
                wanted = {name: args.get(name, HEAT) for name in course_args.FIELDS.get(action, {})}
                if action in (A.MERGE, A.CALL_BACK):
                    continue
                with pytest.raises(NotAllowed):
                    city.do(who, ticket, action, at(), wanted)
    with city.storage.reading() as tx:
        assert tx.courses.get(ticket) == before


def test_the_version_is_asked_of_people(city: City) -> None:
    ticket = city.a_ticket()
    with pytest.raises(Invalid, match="version"):
        courses.perform(city.storage, city.users[WATER], ticket, None, A.SIGN, {}, at())
    with pytest.raises(StaleTicket) as refused:
        city.do(city.users[WATER], ticket, A.SIGN, version=1)
    assert refused.value.view["version"] == 2 and refused.value.reason == "stale"
    view = courses.perform(city.storage, HOTLINE, ticket, None, A.REMIND, {"share": 50}, at())
    assert view["log"][-1]["detail"] == {"share": "50"}


def test_wrong_arguments_change_nothing(city: City) -> None:
    ticket = city.in_hand()
    for days in (0, -1, 11, 366, 367, 10**12, "3", 2.5, True, None):
        with pytest.raises(Invalid):
            city.do(city.users[WATER], ticket, A.ASK_EXTENSION, at(), days=days, reason="需要开挖")
    with pytest.raises(ArgsInvalid) as refused:
        city.do(city.users[WATER], ticket, A.ASK_UNIT, at(), unit="u999", days=1)
    assert refused.value.problems == {"unit": "unknown"}
    assert city.version(ticket) == 4


def test_an_extension_after_the_deadline_is_refused(city: City) -> None:
    ticket = city.in_hand()
    view = courses.view(city.storage, city.boss, ticket, at())
    assert view["due_day"] == "2026-03-09"
    with pytest.raises(Conflict) as refused:
        city.do(city.users[WATER], ticket, A.ASK_EXTENSION, at(8), days=3, reason="来不及")
    assert refused.value.reason == "extension_late"
    city.do(city.users[WATER], ticket, A.ASK_EXTENSION, at(7), days=3, reason="来不及")
    view = city.do(city.boss, ticket, A.GRANT_EXTENSION, at(7))
    assert (view["due_day"], view["working_days"], view["extended"], view["extension_left"]) == (
        "2026-03-12",
        8,
        3,
        7,
    )
    city.do(city.users[WATER], ticket, A.ASK_EXTENSION, at(8), days=2, reason="仍在施工")
    view = city.do(city.boss, ticket, A.GRANT_EXTENSION, at(8), reason="工程量大")
    assert view["log"][-1]["detail"] == {
        "days": "2", "reason": "工程量大", "from": "2026-03-12", "to": "2026-03-16"
    }  # fmt: skip
    shown = courses.view(city.storage, city.users[WATER], ticket, at(8))["log"][-1]
    assert shown["detail"]["reason"] == "工程量大"


def test_a_closed_unit_gets_nothing_new_and_keeps_what_it_has(city: City) -> None:
    ticket, waiting = city.in_hand(), city.a_ticket(unit="某单位")
    with city.storage.writing() as tx:
        unit = tx.units.get(WATER)
        assert unit
        tx.units.save(replace(unit, closed_at=at()))
    for who, which, action, args in (
        (city.seat, waiting, A.HAND_OVER, {"unit": WATER}),
        (city.users[WATER], ticket, A.ASK_UNIT, {"unit": WATER, "days": 1}),
    ):
        with pytest.raises(Conflict) as refused:
            city.do(who, which, action, at(), args)
        assert refused.value.reason in ("unit_closed", "has_it_already")
    with pytest.raises(FieldsInvalid) as incomplete:
        city.accept()
    assert incomplete.value.problems == {"unit": "closed"}
    assert city.do(city.users[WATER], ticket, A.REPLY, at(1), text="已修好")["state"] == "replied"


def test_not_satisfied_is_done_again_by_itself_and_the_second_time_after_an_interview(city: City) -> None:
    first = city.replied()
    no = {"responded": True, "solved": False, "satisfaction": "not", "words": "没修好"}
    view = city.do(city.other, first, A.CALL_BACK, at(1), no)
    second = TicketId(view["again_as"])
    assert (view["state"], second) == ("closed", "T-2026-000002")
    seen = courses.view(city.storage, city.users[WATER], second, at(1))
    assert (seen["state"], seen["round"], seen["again_of"], seen["what"]) == (
        "handed_over",
        2,
        first,
        "停水三天",
    )
    assert (seen["working_days"], seen["number"], seen["call_id"]) == (2, None, None)
    assert actions(seen) == ["accept", "hand_over"]
    for action, args in ((A.SIGN, {}), (A.TAKE_IN_HAND, {}), (A.REPLY, {"text": "换了管子"})):
        city.do(city.users[WATER], second, action, at(1), args)
    view = city.do(city.other, second, A.CALL_BACK, at(1), no)
    assert view["state"] == "called_back"
    with pytest.raises(Conflict):
        city.do(city.boss, second, A.CLOSE, at(2))
    city.do(city.boss, second, A.INTERVIEW, at(2), record="面谈，约定三日内换管")
    assert city.do(city.boss, second, A.CLOSE, at(2))["state"] == "closed"


def test_a_merged_citizen_gets_the_leaders_reply_and_his_own_callback(city: City) -> None:
    leader, follower, third = city.in_hand(), city.a_ticket(at(1)), city.a_ticket(at(1))
    city.do(city.seat, third, A.MERGE, at(1), leader=follower)
    view = city.do(city.boss, follower, A.MERGE, at(1), leader=leader)
    assert (view["state"], view["leader"]) == ("merged", leader)
    assert courses.view(city.storage, city.boss, leader, at(1))["followers"] == [follower]
    with pytest.raises(IllegalTransition):
        city.do(city.users[WATER], follower, A.REPLY, at(1), text="x")
    city.do(city.users[WATER], leader, A.REPLY, at(2), text="主管道已修复")
    for ticket in (leader, follower, third):
        seen = courses.view(city.storage, city.boss, ticket, at(2))
        assert (seen["state"], seen["reply"]) == ("replied", "主管道已修复")
    said = {"responded": True, "solved": True, "satisfaction": "basically"}
    assert city.do(city.other, follower, A.CALL_BACK, at(2), said)["state"] == "closed"
    assert courses.view(city.storage, city.boss, leader, at(2))["state"] == "replied"


def test_three_times_not_reached_closes_it_as_that(city: City) -> None:
    ticket = city.replied()
    for hours in (2, 6, 11):
        city.do(city.other, ticket, A.MISS_CITIZEN, at(hours=hours))
    view = city.do(city.other, ticket, A.GIVE_UP_CALLING, at(hours=12))
    assert (view["state"], view["answers"], len(view["tried"])) == ("closed", None, 3)


def test_the_handler_does_not_call_back(city: City) -> None:
    """A seat that answered for a unit is still the one who handled it."""
    ticket = city.replied()
    with city.storage.writing() as tx:
        course = tx.courses.get(ticket)
        assert course and course.handlers == {"user-u001"}
        course.handlers.add(city.other.name)
        tx.courses.save(course)
    said = {"responded": True, "solved": True, "satisfaction": "satisfied"}
    with pytest.raises(Conflict) as refused:
        city.do(city.other, ticket, A.CALL_BACK, at(1), said)
    assert refused.value.reason == "handler"


def test_answered_on_the_call_is_closed_at_once(city: City) -> None:
    accepted = city.accept(answered=True, unit="")
    assert accepted.id and accepted.state == "closed"
    view = courses.view(city.storage, city.boss, accepted.id, at())
    assert (view["state"], view["allowed"], actions(view)) == ("closed", [], ["accept"])


def test_a_unit_in_no_list_waits_for_who_hands_it_over(city: City) -> None:
    accepted = city.accept(unit="某某单位")
    assert accepted.id and (accepted.state, accepted.fields.unit) == ("accepted", "某某单位")
    named = city.accept(unit="水务集团")
    assert (named.state, named.fields.unit) == ("handed_over", WATER)
    view = city.do(city.seat, accepted.id, A.HAND_OVER, at(), unit=WATER)
    assert (view["state"], view["unit_name"]) == ("handed_over", "水务集团")


def test_only_what_makes_sense_is_offered(city: City) -> None:
    def offered(who: Actor, ticket: TicketId) -> set[str]:
        return {each["action"] for each in courses.view(city.storage, who, ticket, at())["allowed"]}

    ticket, unit, supervising = city.in_hand(), city.users[WATER], {"merge", "remind"}
    assert offered(unit, ticket) == {"return", "ask_unit", "ask_extension", "reply"}
    assert offered(city.boss, ticket) == supervising
    city.do(unit, ticket, A.ASK_EXTENSION, at(), days=10, reason="需要开挖")
    assert offered(unit, ticket) == {"return", "ask_unit", "reply"}
    assert offered(city.boss, ticket) == {*supervising, "grant_extension", "refuse_extension"}
    city.do(unit, ticket, A.REPLY, at(), text="已修好")
    assert offered(city.seat, ticket) == {"call_back", "miss_citizen"}
    for hours in (2, 6, 11):
        city.do(city.other, ticket, A.MISS_CITIZEN, at(hours=hours))
    assert offered(city.seat, ticket) == {"call_back", "give_up_calling"}
    assert offered(unit, ticket) == offered(city.admin, ticket) == set()


def test_an_act_reads_nothing_twice(city: City) -> None:
    ticket, asked = city.a_ticket(), list[str]()
    stored = city.version(ticket)

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append(f"{statement} {values}")

    event.listen(city.storage.engine, "before_cursor_execute", note)
    try:
        city.do(city.users[WATER], ticket, A.SIGN, at(hours=1), version=stored)
    finally:
        event.remove(city.storage.engine, "before_cursor_execute", note)
    assert asked
    assert [each for each, times in Counter(asked).items() if times > 1] == []
