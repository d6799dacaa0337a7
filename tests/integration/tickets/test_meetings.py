"""Joint meetings on a real database: an agenda of tickets, minutes, and duties that are tickets again."""

from datetime import date, datetime
from typing import Any

import pytest

from hotline.domain.actors import Actor
from hotline.domain.errors import Conflict, HotlineError, Invalid, NotFound
from hotline.domain.ids import TicketId, UnitId
from hotline.domain.meetings import Duty, Meeting
from hotline.domain.ticket_moves import Action
from hotline.services import deadlines, meetings
from hotline.storage.sql import SqlStorage
from tests.support.matters import HEAT, STREET, T0, City, at
from tests.support.watch import local, run_clock


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return City(storage)


def convene(city: City, *agenda: TicketId, actor: Actor | None = None, **more: Any) -> Meeting:
    values: dict[str, Any] = {"title": "人民路管网改造", "place": "第二会议室", "starts_at": at(days=1)}
    with city.storage.writing() as tx:
        return meetings.convene(tx, actor or city.boss, agenda=agenda, at=T0, **values | more)


def assign(city: City, meeting: Meeting, of_ticket: TicketId, **more: Any) -> tuple[Meeting, Duty]:
    values: dict[str, Any] = {
        "of_ticket": of_ticket, "unit": HEAT, "owner": "王工", "day": date(2026, 3, 13), "what": "完成改造方案",
        "at": at(days=1, hours=2),
    }  # fmt: skip
    with city.storage.writing() as tx:
        return meetings.assign(tx, city.boss, meeting.key, meeting.version, **values | more)


def stored(city: City, key: int) -> Meeting:
    with city.storage.reading() as tx:
        found = tx.meetings.get(key)
    assert found
    return found


def test_a_meeting_from_its_agenda_to_a_duty_that_is_supervised_like_any_ticket(city: City) -> None:
    first, second = city.in_hand(), city.a_ticket()
    meeting = convene(city, first, second)
    assert stored(city, meeting.key).agenda == (first, second)
    with city.storage.writing() as tx:
        meeting = meetings.write_minutes(tx, city.boss, meeting.key, 1, "由供暖公司牵头。")
    meeting, duty = assign(city, meeting, second)
    with city.storage.reading() as tx:
        course, ticket = tx.courses.get(duty.ticket_id), tx.tickets.get(duty.ticket_id)
        shown = deadlines.meetings(tx)
    assert course and ticket
    assert (course.state, course.unit, course.deadline.day) == ("handed_over", HEAT, date(2026, 3, 13))
    assert (ticket.fields.what, ticket.fields.topic, ticket.call_id) == ("完成改造方案", "water", None)
    assert shown[0]["duties"] == [
        {
            "ticket": duty.ticket_id, "of_ticket": second, "unit_name": "供暖公司", "owner": "王工",
            "day": "2026-03-13",
        }
    ]  # fmt: skip
    city.do(city.users[HEAT], duty.ticket_id, Action.SIGN, at(days=2))
    run_clock(city, local("2026-03-16T09:00"))
    with city.storage.reading() as tx:
        assert [str(n.number) for n in tx.notices.of_tickets([duty.ticket_id])[duty.ticket_id]]
    with city.storage.writing() as tx:
        closed = meetings.close(tx, city.boss, meeting.key, meeting.version, at(days=2))
    for change in (
        lambda: assign(city, closed, second),
        lambda: assign(city, meeting, second),
    ):
        with pytest.raises(Conflict):
            change()
    assert len(stored(city, meeting.key).duties) == 1


def test_a_duty_on_a_day_off_is_due_on_the_working_day_before(city: City) -> None:
    ticket = city.a_ticket()
    meeting, duty = assign(city, convene(city, ticket), ticket, day=date(2026, 3, 15))  # a Sunday
    with city.storage.reading() as tx:
        course = tx.courses.get(duty.ticket_id)
    assert course and course.deadline.day == date(2026, 3, 13)
    far = assign(city, meeting, ticket, day=date(2027, 3, 1), unit=STREET)[1]
    with city.storage.reading() as tx:
        course = tx.courses.get(far.ticket_id)
    assert course and (course.deadline.day, course.deadline.provisional) == (date(2027, 3, 1), True)


def test_what_cannot_be_changes_nothing(city: City) -> None:
    ticket, other = city.a_ticket(), city.a_ticket()
    meeting = convene(city, ticket)
    for wrong in (
        {"of_ticket": other},
        {"of_ticket": TicketId("T-2026-999999")},
        {"unit": UnitId("u999")},
        {"unit": UnitId("")},
        {"owner": " "},
        {"owner": "王\n工"},
        {"what": " "},
        {"what": "\x00"},
        {"what": "长" * 4001},
        {"day": date(2026, 3, 3)},  # the day it is
        {"day": date(2026, 2, 1)},
        {"day": date(2099, 1, 1)},
    ):
        with pytest.raises(HotlineError):
            assign(city, meeting, **{"of_ticket": ticket} | wrong)  # type: ignore[arg-type]
    for agenda in ((), (ticket, ticket), (TicketId("T-2026-999999"),), (TicketId("'; drop"),)):
        with pytest.raises(HotlineError):
            convene(city, *agenda)
    for values in ({"title": ""}, {"title": "a\nb"}, {"place": "长" * 201}):
        with pytest.raises(Invalid):
            convene(city, ticket, **values)
    with pytest.raises(NotFound):
        convene(city, ticket, actor=city.seat)
    with pytest.raises(NotFound), city.storage.writing() as tx:
        meetings.write_minutes(tx, city.users[HEAT], meeting.key, 1, "x")
    with pytest.raises(Conflict, match="minutes"), city.storage.writing() as tx:
        meetings.close(tx, city.boss, meeting.key, 1, T0)
    with pytest.raises(NotFound), city.storage.writing() as tx:
        meetings.close(tx, city.boss, 999, 1, T0)
    kept = stored(city, meeting.key)
    assert (kept.version, kept.duties, kept.minutes) == (1, [], "")
    assert city.a_ticket() == "T-2026-000003"  # no number was lost


def test_two_who_write_the_minutes_see_each_other(city: City) -> None:
    meeting = convene(city, city.a_ticket())
    with city.storage.writing() as tx:
        meetings.write_minutes(tx, city.boss, meeting.key, 1, "甲的记录")
    with pytest.raises(Conflict, match="meanwhile"), city.storage.writing() as tx:
        meetings.write_minutes(tx, city.boss, meeting.key, 1, "乙的记录")
    assert stored(city, meeting.key).minutes == "甲的记录"
    when: datetime = stored(city, meeting.key).starts_at
    assert when == at(days=1)
