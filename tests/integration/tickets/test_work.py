"""A handling unit's lists and figures on both databases, and what it does with a matter."""

import pytest

from hotline.domain.errors import Conflict, NotFound
from hotline.domain.ticket_moves import Action
from hotline.domain.units import UnitBusy
from hotline.services import accounts, units, work
from hotline.services.courses import StaleTicket
from hotline.services.work import View
from hotline.storage.sql import SqlStorage
from tests.support.matters import HEAT, STREET, T0, WATER, City, at

A = Action


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return City(storage)


def board(city: City, what: str = "open", days: float = 0, unit: str = WATER) -> View:
    with city.storage.reading() as tx:
        return work.board(tx, unit, what, str, at(days))  # type: ignore[arg-type]


def ids(found: View) -> list[str]:
    return [row["id"] for row in found["rows"]]


def figures(city: City, days: float = 0, unit: str = WATER) -> list[int]:
    found = board(city, days=days, unit=unit)["figures"]
    return [found[name] for name in ("open", "due_today", "overdue")]


def test_what_is_due_next_comes_first_and_signing_is_due_before(city: City) -> None:
    old = city.in_hand()  # due Monday the 9th
    new = city.a_ticket(at(1))  # due the 10th, but to be signed by the 4th
    short = city.in_hand(kind="consultation")  # due the 5th
    city.a_ticket(unit=HEAT)
    city.a_ticket(unit="不在名单的单位")
    assert ids(board(city, days=1)) == [new, short, old]
    assert board(city, days=1)["rows"][0]["next_due"] < board(city, days=1)["rows"][1]["due"]
    assert (board(city)["unit"]["name"], board(city, unit=HEAT)["figures"]["open"]) == ("水务集团", 1)


def test_each_figure_counts_the_list_that_it_opens(city: City) -> None:
    city.in_hand(kind="consultation")  # due Thursday the 5th, 24:00
    city.in_hand()
    assert figures(city) == [2, 0, 0]
    assert figures(city, days=3) == [2, 1, 0]
    assert figures(city, days=3 + 15.1 / 24) == [2, 0, 1]
    for what in ("open", "due_today", "overdue"):
        for days in (0, 3, 3.9, 7, 9):
            found = board(city, what, days)
            assert len(found["rows"]) == found["figures"][what]


def test_the_months_share_counts_who_was_told_in_time(city: City) -> None:
    told, replied = city.replied(), city.replied()
    city.do(city.seat, told, A.CALL_BACK, at(1), responded=True, solved=True, satisfaction="satisfied")
    late = city.in_hand()
    found = board(city, "month_in_time", 20)
    assert (ids(found), found["figures"]["share"]) == ([told], pytest.approx(1 / 3))
    assert ids(board(city, "month_late", 20)) == [replied, late]
    assert sorted(ids(board(city, "month_due", 20))) == sorted([told, replied, late])
    assert set(ids(board(city, "replied", 20))) == {told, replied}
    assert board(city, "month_due", 40)["figures"]["share"] is None
    assert board(city, "replied", 40)["rows"] == []
    assert board(city, unit=HEAT)["figures"]["share"] is None


def test_an_assisting_unit_has_its_part_until_it_answers(city: City) -> None:
    ticket = city.in_hand()
    city.do(city.users[WATER], ticket, A.ASK_UNIT, T0, unit=HEAT, days=2)
    [row] = board(city, unit=HEAT)["rows"]
    assert (row["id"], row["role"], row["due_day"]) == (ticket, "part", "2026-03-04")
    assert figures(city, days=2, unit=HEAT) == [1, 1, 0]
    city.do(city.users[HEAT], ticket, A.ANSWER_PART, at(1), text="已查")
    assert figures(city, days=2, unit=HEAT) == [0, 0, 0]
    assert figures(city, days=2) == [1, 0, 0]


def test_a_part_ends_with_the_leads_reply(city: City) -> None:
    ticket = city.in_hand()
    city.do(city.users[WATER], ticket, A.ASK_UNIT, T0, unit=HEAT, days=2)
    city.do(city.users[WATER], ticket, A.REPLY, at(1), text="已修好")
    assert (figures(city, unit=HEAT), figures(city)) == ([0, 0, 0], [0, 0, 0])


def act(city: City, ticket: str, action: Action, version: int, by: str = WATER, **args: object) -> View:
    with city.storage.writing() as tx:
        return work.act(tx, city.users[by], ticket, version, action, args, at(0.1))  # type: ignore[index,arg-type]


def test_a_signed_matter_is_taken_in_hand_by_the_first_work_on_it(city: City) -> None:
    ticket = city.a_ticket()
    with pytest.raises(Conflict):
        act(city, ticket, A.REPLY, city.version(ticket), text="未签收")
    signed = act(city, ticket, A.SIGN, city.version(ticket))
    assert {"reply", "ask_unit"} <= set(work.possible(signed))
    with pytest.raises(StaleTicket):
        act(city, ticket, A.REPLY, signed["version"] - 1, text="已修好")
    done = act(city, ticket, A.REPLY, signed["version"], text="已修好")
    assert done["state"] == "replied"
    assert [entry["action"] for entry in done["log"]][-3:] == ["sign", "take_in_hand", "reply"]


def test_a_refused_reply_takes_nothing_in_hand(city: City) -> None:
    ticket = city.a_ticket()
    signed = act(city, ticket, A.SIGN, city.version(ticket))
    with pytest.raises(Exception, match="cannot be done so"):
        act(city, ticket, A.REPLY, signed["version"], text=" ")
    with city.storage.reading() as tx:
        course = tx.courses.get(ticket)
    assert course and course.state == "signed"


def test_another_units_matter_is_not_there(city: City) -> None:
    ticket = city.a_ticket()
    with pytest.raises(NotFound), city.storage.reading() as tx:
        work.check_seen(tx, city.users[HEAT], ticket)
    for action in (A.SIGN, A.REPLY, A.ASK_UNIT, A.ANSWER_PART):
        args = {"text": "x"} if action in (A.REPLY, A.ANSWER_PART) else {}
        args = {"unit": HEAT, "days": 1} if action is A.ASK_UNIT else args  # type: ignore[dict-item]
        with pytest.raises(NotFound):
            act(city, ticket, action, city.version(ticket), by=HEAT, **args)
    with pytest.raises(NotFound), city.storage.reading() as tx:
        work.board(tx, WATER, "everything", str, T0)


def test_a_closed_units_work_goes_to_its_successor(city: City) -> None:
    led, assisted = city.in_hand(), city.in_hand(unit=WATER)
    city.do(city.users[WATER], assisted, A.ASK_UNIT, T0, unit=HEAT, days=2)
    done = city.replied()
    with city.storage.writing() as tx:
        for unit in (WATER, HEAT):
            for account in tx.accounts.of_unit(unit):
                accounts.set_active(tx, account.id, False)
    with pytest.raises(UnitBusy, match="2 open tickets"), city.storage.writing() as tx:
        units.close(tx, WATER, at(1))
    with city.storage.writing() as tx:
        closed = units.close(tx, HEAT, at(1), STREET, city.admin)
        units.close(tx, WATER, at(1), STREET, city.admin)
        assert closed.successor == STREET
    with city.storage.reading() as tx:
        found = {ticket: tx.courses.get(ticket) for ticket in (led, assisted, done)}
        last = tx.log.of(found[led].key)[-1]  # type: ignore[union-attr]
    assert {t: (c.unit, c.state) for t, c in found.items() if c} == {
        led: (STREET, "handed_over"),
        assisted: (STREET, "handed_over"),
        done: (WATER, "replied"),
    }
    assert (last.who, last.action, dict(last.detail)) == (
        "root",
        "pass_on",
        {"unit": STREET, "before": WATER},
    )
    assert sorted(ids(board(city, unit=STREET))) == sorted([led, assisted])
    with pytest.raises(NotFound):
        city.do(city.admin, led, A.PASS_ON, at(2), unit=HEAT)


def test_a_part_goes_on_with_its_clock(city: City) -> None:
    ticket = city.in_hand()
    city.do(city.users[WATER], ticket, A.ASK_UNIT, T0, unit=HEAT, days=2)
    with city.storage.writing() as tx:
        for account in tx.accounts.of_unit(HEAT):
            accounts.set_active(tx, account.id, False)
        units.close(tx, HEAT, at(1), STREET, city.admin)
    [row] = board(city, unit=STREET)["rows"]
    assert (row["id"], row["role"], row["due_day"]) == (ticket, "part", "2026-03-04")
