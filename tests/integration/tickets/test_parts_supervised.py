"""An assisting unit's part on both databases: reminded, late, told to whom it concerns, counted for supervisors."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import text

from hotline.domain.actors import Role
from hotline.domain.ids import TicketId
from hotline.domain.ticket_moves import Action
from hotline.services import audit, calendar, courses, deadlines, mails, work
from hotline.services.audit import Whole
from hotline.storage.sql import SqlStorage
from tests.support.matters import HEAT, STREET, T0, WATER, City, at
from tests.support.migrating import step
from tests.support.watch import acts, local, run_clock, said

# Asked on Monday 2 March 2026, nine o'clock, for two working days: until Wednesday 24:00.
LATE, OVER = local("2026-03-04T12:12"), local("2026-03-05T00:00")
OF_PARTS = ("remind_part", "part_overdue")


@pytest.fixture
def city(storage: SqlStorage) -> City:
    made = City(storage)
    with storage.writing() as tx:
        for unit_id in (WATER, HEAT, STREET):
            unit = tx.units.get(unit_id)
            assert unit
            tx.units.save(replace(unit, email=f"{unit_id}@units.example"))
    return made


def helped(city: City, days: int = 2) -> TicketId:
    ticket = city.in_hand()
    city.do(city.users[WATER], ticket, Action.ASK_UNIT, T0, unit=HEAT, days=days)
    return ticket


def of_parts(city: City) -> list[tuple[str, datetime]]:
    return [(act, due) for act, due in acts(city) if act in OF_PARTS]


def news(city: City) -> list[tuple[str, str]]:
    """Whom the mails are for, and what they say happened; of parts only."""
    mails.write_news(city.storage, T0, on=True)
    with city.storage.engine.connect() as connection:
        rows = connection.execute(text("select unit, action from mails order by key"))
        return [(unit, action) for unit, action in rows if action in OF_PARTS]


@pytest.mark.parametrize("times", [[LATE, LATE, OVER, OVER], [at(14), at(14)]])
def test_each_happens_once_however_late_or_often_the_clock_runs(city: City, times: list[datetime]) -> None:
    ticket = helped(city)
    for now in times:
        run_clock(city, now)
    assert of_parts(city) == [("remind_part", LATE), ("part_overdue", OVER)]
    found = [entry for entry in said(city, ticket, "remind") if entry["act"] in OF_PARTS]
    assert found == [
        {"act": "remind_part", "should": "2026-03-04 12:12", "unit": HEAT},
        {"act": "part_overdue", "should": "2026-03-05 00:00", "unit": HEAT, "lead": WATER},
    ]
    assert news(city) == [(HEAT, "remind_part"), (HEAT, "part_overdue"), (WATER, "part_overdue")]
    seen = courses.view(city.storage, city.boss, ticket, at(14))
    [late] = [entry["detail"] for entry in seen["log"] if entry["detail"].get("act") == "part_overdue"]
    assert (late["unit_name"], late["lead"]) == ("供暖公司", "水务集团")
    with city.storage.reading() as tx:
        assert isinstance(audit.verify(tx, []), Whole)


def test_an_answered_part_is_asked_for_no_more(city: City) -> None:
    ticket = helped(city)
    city.do(city.users[HEAT], ticket, Action.ANSWER_PART, at(1), text="已查")
    run_clock(city, at(14))
    assert of_parts(city) == []


def test_a_moved_time_moves_the_reminder(city: City) -> None:
    helped(city)
    with city.storage.writing() as tx:
        moved = calendar.edited(tx, date(2026, 3, 3), True, "防汛")
        calendar.apply(tx, moved, tx.calendar.revision(), "admin", at(hours=3))
    run_clock(city, local("2026-03-05T12:11"))
    assert of_parts(city) == []
    run_clock(city, at(14))
    assert of_parts(city) == [
        ("remind_part", local("2026-03-05T12:12")), ("part_overdue", local("2026-03-06T00:00"))
    ]  # fmt: skip


def test_a_closed_units_successor_and_whoever_is_asked_again_are_told_anew(city: City) -> None:
    ticket = helped(city)
    run_clock(city, OVER)
    system = replace(city.admin, role=Role.SYSTEM)
    city.do(system, ticket, Action.PASS_PART, at(3), before=HEAT, unit=STREET)
    run_clock(city, at(3, hours=1))
    assert [act for act, _ in of_parts(city)] == [
        "remind_part",
        "remind_part",
        "part_overdue",
        "part_overdue",
    ]
    assert {unit for unit, _ in news(city)[3:]} == {STREET, WATER}
    city.do(city.users[STREET], ticket, Action.ANSWER_PART, at(3, hours=2), text="已查")
    city.do(city.users[WATER], ticket, Action.ASK_UNIT, at(3, hours=3), unit=HEAT, days=1)
    run_clock(city, local("2026-03-07T00:00"))
    assert len(of_parts(city)) == 6


def test_the_figure_opens_what_it_counts_and_the_unit_sees_it_overdue(city: City) -> None:
    ticket, other = helped(city), helped(city, days=5)

    def figure(now: datetime) -> tuple[int, list[str]]:
        with city.storage.reading() as tx:
            counted = {each["what"]: each["count"] for each in deadlines.board(tx, now)["figures"]}
            rows: list[dict[str, Any]] = deadlines.listing(tx, "parts_late", now, str)["rows"]
        return counted["parts_late"], [row["id"] for row in rows]

    def overdue(now: datetime) -> list[str]:
        with city.storage.reading() as tx:
            return [row["id"] for row in work.board(tx, HEAT, "overdue", str, now)["rows"]]

    assert (figure(at(1)), overdue(at(1))) == ((0, []), [])
    assert (figure(OVER), overdue(OVER)) == ((1, [ticket]), [ticket])
    assert figure(at(10)) == (2, [ticket, other])
    city.do(city.users[HEAT], ticket, Action.ANSWER_PART, at(10), text="已查")
    city.do(city.users[WATER], other, Action.REPLY, at(10), text="已修好")
    assert figure(at(10)) == (0, [])


def test_parts_of_before_are_numbered_and_looked_at(city: City) -> None:
    ticket = helped(city)
    city.do(city.users[WATER], ticket, Action.ASK_UNIT, at(hours=1), unit=STREET, days=5)
    run_clock(city, at(hours=2))
    step(city.storage, "0026")
    step(city.storage, "head")
    with city.storage.reading() as tx:
        course = tx.courses.get(ticket)
    assert course
    assert {part.unit: part.number for part in course.parts.values()} == {HEAT: 1, STREET: 2}
    assert course.part_numbers == 2
    run_clock(city, OVER)
    assert of_parts(city) == [("remind_part", LATE), ("part_overdue", OVER)]
