"""Notices on a real database: numbers by year, issued by hand, issued anew, twice at once, too late."""

import threading

import pytest

from hotline.domain.errors import Conflict, Invalid, NotFound, Unavailable
from hotline.domain.notices import NoticeKind, Withdrawal
from hotline.domain.ticket_moves import Action
from hotline.services import courses, notices
from hotline.services.course_rights import NotAllowed
from hotline.storage.sql import SqlStorage
from tests.support.matters import T0, WATER, City, at
from tests.support.patience import PATIENCE_S
from tests.support.watch import PAPER, issue, local, papers, reissue, run_clock, said


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return City(storage)


def test_notices_are_numbered_by_year_and_kind(city: City) -> None:
    first = city.a_ticket(local("2026-12-21T10:00"))
    second = city.a_ticket(local("2026-12-25T10:00"))
    run_clock(city, local("2026-12-29T09:00"))
    run_clock(city, local("2027-01-05T09:00"))
    found = {paper.ticket_id: paper for paper in papers(city)}
    assert str(found[first].number) == "热线督〔2026〕1号"
    assert str(found[second].number) == "热线督〔2027〕1号"
    limit = found[second].limit
    assert limit and limit.provisional
    assert found[second].content.provisional


def test_a_supervisor_issues_before_the_clock_and_the_clock_does_not_again(city: City) -> None:
    ticket = city.in_hand()
    with pytest.raises(Conflict, match="overdue"):
        issue(city, ticket, at(days=3))
    due = local("2026-03-10T00:30")
    with pytest.raises(Conflict, match="follows"):
        issue(city, ticket, due, NoticeKind.CRITICISM)
    issue(city, ticket, due)
    with pytest.raises(Conflict, match="anew"):
        issue(city, ticket, due)
    assert run_clock(city, local("2026-03-11T10:00")).acts == {"remind_half": 1, "remind_late": 1}
    [paper] = papers(city)
    assert paper.content.reason == "群众再次来电"
    assert paper.issued_by == city.boss.account
    assert run_clock(city, local("2026-03-18T09:00")).acts == {"criticism": 1}


def test_a_reissued_notice_has_a_new_number_and_the_old_one_says_so(city: City) -> None:
    ticket = city.in_hand()
    run_clock(city, local("2026-03-10T09:00"))
    [old] = papers(city)
    new = reissue(city, old.key, local("2026-03-11T09:00"))
    assert (str(new.number), new.content.replaces) == ("热线督〔2026〕2号", "热线督〔2026〕1号")
    with city.storage.reading() as tx:
        stored = tx.notices.get(old.key)
    assert stored and stored.replaced_by == new.key
    assert stored.content == old.content
    with pytest.raises(Conflict, match="replaced"):
        reissue(city, old.key, local("2026-03-11T10:00"))
    # The new limit counts: criticism follows it, not the old one.
    assert run_clock(city, local("2026-03-18T09:00")).acts == {}
    assert run_clock(city, local("2026-03-19T09:00")).acts == {"criticism": 1}
    assert [entry["number"] for entry in said(city, ticket, "notice")] == [
        "热线督〔2026〕1号", "热线督〔2026〕2号"
    ]  # fmt: skip


def test_reissued_twice_at_once_there_is_one_new_number(city: City) -> None:
    city.in_hand()
    run_clock(city, local("2026-03-10T09:00"))
    [old] = papers(city)
    outcomes: list[object] = []
    together = threading.Barrier(2)

    def click() -> None:
        together.wait(PATIENCE_S)
        try:
            outcomes.append(reissue(city, old.key, local("2026-03-11T09:00")).number.number)
        except (Conflict, Unavailable) as problem:
            outcomes.append(type(problem))

    clicks = [threading.Thread(target=click) for _ in range(2)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join(60)
    assert len(outcomes) == 2
    assert [one for one in outcomes if isinstance(one, int)] == [2]
    assert [paper.edition for paper in papers(city)] == [2, 1]


def test_a_notice_of_a_ticket_closed_meanwhile_is_not_issued_anew(city: City) -> None:
    ticket = city.replied()
    overdue = local("2026-03-10T09:00")
    assert "notice" not in run_clock(city, overdue).acts  # the unit has answered
    with pytest.raises(Conflict):
        issue(city, ticket, overdue)
    late = city.in_hand()
    run_clock(city, overdue)
    [old] = papers(city)
    city.do(city.users[WATER], late, Action.REPLY, overdue, text="已修好")
    with pytest.raises(Conflict, match="reach nobody"):
        reissue(city, old.key, local("2026-03-11T09:00"))
    city.do(city.seat, late, Action.CALL_BACK, overdue, responded=True, solved=True, satisfaction="satisfied")
    with pytest.raises(Conflict, match="closed"):
        reissue(city, old.key, local("2026-03-11T09:00"))
    assert len(papers(city)) == 1


def test_what_is_granted_late_but_was_asked_for_in_time_withdraws_the_notice(city: City) -> None:
    ticket = city.in_hand()
    city.do(city.users[WATER], ticket, Action.ASK_EXTENSION, at(7), days=5, reason="等材料")
    run_clock(city, local("2026-03-10T09:00"))
    first = papers(city)[0]
    reissue(city, first.key, local("2026-03-10T10:00"))
    granted = local("2026-03-11T10:00")
    city.do(city.boss, ticket, Action.GRANT_EXTENSION, granted, reason="情况属实")
    paper, replaced = papers(city)
    assert paper.withdrawn == Withdrawal(at=granted, by="王班长")
    assert (paper.content.due, replaced.withdrawn) == (first.content.due, None)
    [entry] = said(city, ticket, "withdraw")
    assert entry == {"number": "热线督〔2026〕2号", "notice": str(paper.key), "unit": WATER}
    with city.storage.reading() as tx:
        assert [tx.supervision.count(what, granted) for what in ("noticed", "criticised")] == [0, 0]
    for kind in (NoticeKind.SUPERVISION, NoticeKind.CRITICISM):
        with pytest.raises(Conflict):
            issue(city, ticket, granted, kind)
    with pytest.raises(Conflict, match="withdrawn"):
        reissue(city, paper.key, local("2026-03-17T09:00"))
    # No criticism of the old promise; the new one has its own notice, and its own criticism after that.
    assert run_clock(city, local("2026-03-16T20:00")).acts == {"remind_half": 1, "remind_late": 1}
    assert run_clock(city, local("2026-03-17T09:00")).acts == {"notice": 1}
    assert run_clock(city, local("2026-03-25T09:00")).acts == {"criticism": 1}
    assert [str(each.number) for each in papers(city) if not each.withdrawn][:2] == [
        "热线通〔2026〕1号", "热线督〔2026〕3号"
    ]  # fmt: skip
    assert papers(city)[0].content.before == "热线督〔2026〕3号"


def test_who_grants_after_the_criticism_withdraws_that_too_and_a_refusal_withdraws_nothing(
    city: City,
) -> None:
    refused, granted = city.in_hand(), city.in_hand()
    for ticket in (refused, granted):
        city.do(city.users[WATER], ticket, Action.ASK_EXTENSION, at(7), days=10, reason="等材料")
    late = local("2026-03-18T09:00")
    run_clock(city, local("2026-03-10T09:00"))
    run_clock(city, late)
    city.do(city.boss, refused, Action.REFUSE_EXTENSION, late, reason="理由不足")
    city.do(city.boss, granted, Action.GRANT_EXTENSION, late)
    found = {(paper.ticket_id, paper.number.kind): paper.withdrawn is not None for paper in papers(city)}
    assert found == {(each, kind): each == granted for each in (refused, granted) for kind in NoticeKind}
    with pytest.raises(NotAllowed):
        city.do(city.boss, refused, Action.WITHDRAW, late, notice="1")


def test_no_paper_is_in_the_log_but_one_in_the_register(city: City) -> None:
    ticket, late = city.in_hand(), local("2026-03-10T09:00")
    for actor in (city.boss, city.seat, city.admin, city.users[WATER]):
        for action in (Action.NOTICE, Action.CRITICISE):
            with pytest.raises(NotAllowed):
                city.do(actor, ticket, action, late, number="热线督〔2026〕99号")
    shown = courses.view(city.storage, city.boss, ticket, late)
    assert not {"notice", "criticise"} & {allowed["action"] for allowed in shown["allowed"]}
    paper = issue(city, ticket, late)
    assert [(entry["number"], entry["notice"]) for entry in said(city, ticket, "notice")] == [
        (str(paper.number), str(paper.key))
    ]


def test_a_bad_reason_changes_nothing(city: City) -> None:
    city.in_hand()
    run_clock(city, local("2026-03-10T09:00"))
    [old] = papers(city)
    for reason in ("", " ", "一\n二", "\x00", "长" * 501):
        with pytest.raises(Invalid):
            reissue(city, old.key, local("2026-03-11T09:00"), reason)
    assert len(papers(city)) == 1


def test_only_supervisors_issue(city: City) -> None:
    ticket = city.in_hand()
    for actor in (city.seat, city.users[WATER], city.admin):
        with pytest.raises(NotFound), city.storage.writing() as tx:
            notices.issue_by_hand(
                tx, actor, ticket, NoticeKind.SUPERVISION, "x", local("2026-03-10T09:00"), **PAPER
            )  # fmt: skip
    with pytest.raises(NotFound):
        reissue(city, 999, T0)
    assert papers(city) == []
