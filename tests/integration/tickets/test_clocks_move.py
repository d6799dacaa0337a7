"""A changed calendar moves every clock that runs: to sign, to return, the assisting units', the callback's."""

from datetime import date

import pytest

from hotline.domain.calendar import Arrangement
from hotline.domain.ids import TicketId
from hotline.domain.ticket_course import Course
from hotline.domain.ticket_moves import Action
from hotline.services import audit, calendar
from hotline.services.audit import Whole
from hotline.services.calendar import Preview
from hotline.storage.sql import SqlStorage
from tests.support.matters import HEAT, STREET, WATER, City, at
from tests.support.watch import local, run_clock, said


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return City(storage)


def tuesday_off(city: City, off: bool | None = True) -> Arrangement:
    """3 March 2026, the day after everything began, and the Sunday after it for it: deadlines stay."""
    with city.storage.reading() as tx:
        return calendar.edited(tx, date(2026, 3, 3), off, "防汛").with_day(
            date(2026, 3, 8), False if off else None, "防汛"
        )


def change(city: City, arrangement: Arrangement) -> Preview:
    with city.storage.reading() as tx:
        shown = calendar.preview(tx, arrangement)
    with city.storage.writing() as tx:
        done = calendar.apply(tx, arrangement, shown.revision, "admin", at(hours=3))
    assert done == shown
    return done


def stored(city: City, ticket: TicketId) -> Course:
    with city.storage.reading() as tx:
        course = tx.courses.get(ticket)
    assert course
    return course


def test_each_clock_follows_and_comes_back(city: City) -> None:
    handed, helped, replied = city.a_ticket(), city.in_hand(), city.replied()
    for unit, days in ((HEAT, 1), (STREET, 5)):
        city.do(city.users[WATER], helped, Action.ASK_UNIT, at(hours=1), unit=unit, days=days)
    before = {ticket: stored(city, ticket) for ticket in (handed, helped, replied)}
    done = change(city, tuesday_off(city))
    assert (len(done.promises), done.inner) == (0, 3)
    first, second, third = (stored(city, ticket) for ticket in before)
    assert [(each.deadline, each.version) for each in (first, second, third)] == [
        (each.deadline, each.version + 1) for each in before.values()
    ]
    assert (first.sign_due, first.return_due) == (local("2026-03-05T00:00"), local("2026-03-06T00:00"))
    assert {unit: part.due.day for unit, part in second.parts.items()} == {
        HEAT: date(2026, 3, 4), STREET: date(2026, 3, 9)
    }  # fmt: skip
    assert third.callback_due == local("2026-03-05T00:00")
    assert said(city, replied, "move_deadline") == [{"callback_due": "2026-03-04", "why": "calendar 2026"}]
    assert said(city, helped, "move_deadline")[0]["parts"] == f"{HEAT} 2026-03-04"
    # The clock waits for the new times.
    assert run_clock(city, local("2026-03-04T09:00")).acts == {}
    assert run_clock(city, local("2026-03-05T00:00")).acts == {
        "sign_overdue": 1, "remind_part": 1, "part_overdue": 1, "callback_overdue": 1
    }  # fmt: skip
    assert change(city, tuesday_off(city, None)).inner == 3
    for ticket, course in before.items():
        now = stored(city, ticket)
        clocks = (now.sign_due, now.return_due, now.callback_due, now.parts)
        assert clocks == (course.sign_due, course.return_due, course.callback_due, course.parts)
    with city.storage.reading() as tx:
        assert isinstance(audit.verify(tx, []), Whole)


def test_an_assisting_units_provisional_time_becomes_certain(city: City) -> None:
    begin = local("2026-12-29T10:00")
    ticket = city.in_hand(begin)
    city.do(city.users[WATER], ticket, Action.ASK_UNIT, begin, unit=HEAT, days=3)
    assert stored(city, ticket).parts[HEAT].due.provisional
    with city.storage.reading() as tx:
        year = tx.calendar.load().of_year(2027)
    assert year
    change(city, Arrangement(year=2027, days=year.days, papers=("a notice",)))
    part = stored(city, ticket).parts[HEAT]
    assert (part.due.day, part.due.provisional) == (date(2027, 1, 4), False)
