"""Each unit has its own notice and its own limit: nobody is criticised for the time another one had."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from hotline.domain.actors import Role
from hotline.domain.errors import Conflict
from hotline.domain.ids import TicketId
from hotline.domain.notices import NoticeKind
from hotline.domain.ticket_moves import Action
from hotline.services import units
from hotline.storage.sql import SqlStorage
from tests.support.matters import HEAT, STREET, WATER, City, at
from tests.support.migrating import step
from tests.support.watch import issue, local, papers, reissue, run_clock, said


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return City(storage)


def handed_on_after_its_notice(city: City) -> TicketId:
    """Overdue when it was handed to the heating company, which had its notice and gave it back in time."""
    ticket = city.a_ticket()
    city.do(city.users[WATER], ticket, Action.RETURN, at(1), reason="不归我们管")
    city.do(city.boss, ticket, Action.HAND_OVER, local("2026-03-09T17:00"), unit=HEAT)
    run_clock(city, local("2026-03-10T09:00"))
    city.do(city.users[HEAT], ticket, Action.RETURN, local("2026-03-10T10:00"), reason="不归我们管")
    city.do(city.boss, ticket, Action.FORCE, local("2026-03-10T11:00"), unit=STREET, decision="按职责分工")
    return ticket


def test_each_unit_has_its_own_notice_and_no_other_is_criticised(city: City) -> None:
    ticket = handed_on_after_its_notice(city)
    assert run_clock(city, local("2026-03-11T09:00")).acts == {}
    assert run_clock(city, local("2026-03-12T09:00")).acts == {"sign_overdue": 1, "notice": 1}
    assert run_clock(city, local("2026-03-19T09:00")).acts == {}  # the limit of the first is over
    assert run_clock(city, local("2026-03-20T09:00")).acts == {"criticism": 1}
    assert [(paper.unit, str(paper.number)) for paper in papers(city)] == [
        (STREET, "热线通〔2026〕1号"), (STREET, "热线督〔2026〕2号"), (HEAT, "热线督〔2026〕1号")
    ]  # fmt: skip
    assert papers(city)[0].content.before == "热线督〔2026〕2号"
    assert run_clock(city, local("2026-06-20T09:00")).acts == {}
    assert len(said(city, ticket, "criticise")) == 1


def test_by_hand_too_a_notice_comes_before_the_criticism_of_that_unit(city: City) -> None:
    ticket = handed_on_after_its_notice(city)
    old, now = papers(city)[0], local("2026-03-11T10:00")
    with pytest.raises(Conflict, match="follows"):
        issue(city, ticket, now, NoticeKind.CRITICISM)
    with pytest.raises(Conflict, match="another unit"):
        reissue(city, old.key, now)
    assert issue(city, ticket, now).unit == STREET
    assert run_clock(city, local("2026-03-19T09:00")).acts == {"sign_overdue": 1, "criticism": 1}
    assert papers(city)[0].unit == STREET


def test_the_successor_of_a_closed_unit_has_its_day_to_sign_and_its_own_notice(city: City) -> None:
    ticket = city.a_ticket()
    assert run_clock(city, local("2026-03-10T09:00")).acts["sign_overdue"] == 1
    with city.storage.writing() as tx:
        for account in tx.accounts.of_unit(WATER):
            tx.accounts.update(account.id, active=False)
        units.close(tx, WATER, local("2026-03-10T10:00"), HEAT, city.admin)
    assert run_clock(city, local("2026-03-12T00:00")).acts == {"sign_overdue": 1}
    assert run_clock(city, local("2026-03-12T09:00")).acts == {"notice": 1}
    assert run_clock(city, local("2026-03-20T09:00")).acts == {"criticism": 1}
    assert [paper.unit for paper in papers(city)] == [HEAT, HEAT, WATER]
    assert len(said(city, ticket, "remind")) == 4


def test_who_was_merged_is_noticed_at_the_unit_that_has_the_job_now(city: City) -> None:
    leader, follower = city.a_ticket(), city.in_hand()
    city.do(city.seat, follower, Action.MERGE, at(hours=1), leader=leader)
    city.do(city.users[WATER], leader, Action.RETURN, at(1), reason="不归我们管")
    city.do(city.boss, leader, Action.HAND_OVER, local("2026-03-09T17:00"), unit=HEAT)
    assert run_clock(city, local("2026-03-10T09:00")).acts["notice"] == 2
    assert {(paper.ticket_id, paper.unit) for paper in papers(city)} == {(leader, HEAT), (follower, HEAT)}
    city.do(city.users[HEAT], leader, Action.RETURN, local("2026-03-10T10:00"), reason="不归我们管")
    assert run_clock(city, local("2026-03-11T09:00")).acts == {"arbitration_waits": 1}
    city.do(city.boss, leader, Action.FORCE, local("2026-03-11T10:00"), unit=STREET, decision="按职责分工")
    assert run_clock(city, local("2026-03-13T09:00")).acts == {"sign_overdue": 1, "notice": 2}
    assert {(paper.ticket_id, paper.unit) for paper in papers(city)[:2]} == {
        (leader, STREET), (follower, STREET)
    }  # fmt: skip
    # The whole job goes into another one.
    far = city.a_ticket(local("2026-03-12T10:00"))
    city.do(city.boss, leader, Action.MERGE, local("2026-03-13T10:00"), leader=far)
    assert run_clock(city, local("2026-03-16T09:00")).acts["notice"] == 2
    assert {(paper.ticket_id, paper.unit) for paper in papers(city)[:2]} == {
        (leader, WATER), (follower, WATER)
    }  # fmt: skip


def test_what_happened_before_rounds_knew_hand_overs_does_not_happen_again(city: City) -> None:
    first, passed, merged, plain = (city.a_ticket() for _ in range(4))
    city.do(city.users[WATER], first, Action.RETURN, at(1), reason="不归我们管")
    city.do(city.boss, first, Action.HAND_OVER, at(2), unit=HEAT)
    system = replace(city.admin, role=Role.SYSTEM)
    city.do(system, passed, Action.PASS_ON, at(1), unit=HEAT)
    city.do(city.boss, merged, Action.MERGE, at(3), leader=first)
    run_clock(city, local("2026-03-10T09:00"))
    assert len(papers(city)) == 4
    step(city.storage, "0020")
    with city.storage.engine.begin() as connection:
        for table in ("notices", "supervision_acts"):
            connection.execute(text(f"update {table} set round = round % 100"))
        old = "update supervision_acts set round = (select returns from tickets where key = ticket) where act = 'sign_overdue'"
        connection.execute(text(old))
    step(city.storage, "head")
    assert run_clock(city, local("2026-03-11T09:00")).acts == {}
    assert run_clock(city, local("2026-03-18T09:00")).acts == {"criticism": 4}
    assert {(paper.ticket_id, paper.unit) for paper in papers(city)[:4]} == {
        (first, HEAT), (passed, HEAT), (merged, HEAT), (plain, WATER)
    }  # fmt: skip
