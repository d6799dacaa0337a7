"""The lists of tickets and of the deadlines as files: all that they count, each once, for those who see them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from hotline.domain.ticket_moves import Action
from hotline.services import deadlines, export_lists, exports
from hotline.services.export_lists import ExportList
from tests.fakes.console_parts import ConsoleParts, Somebody, log_in
from tests.support.deadline_city import DeadlineCity
from tests.support.exported import made, table_of
from tests.support.handed_over import NUMBER, accept

NOW = datetime.now(UTC)


@pytest.fixture
def boss(app: Flask) -> Somebody:
    return log_in(app, "sup01")


@pytest.fixture
def city(parts: ConsoleParts) -> DeadlineCity:
    return DeadlineCity(parts.storage, parts.topics, parts.settings, NOW)


def ids_of(somebody: Somebody, list_: str, query: dict[str, str]) -> list[str]:
    return [row["工单编号"] for row in table_of(somebody, made(somebody, "csv", query, list=list_))]


def shown(somebody: Somebody, query: str = "") -> list[str]:
    found = somebody.get(f"/api/tickets?{query}").json
    assert found and found["next"] is None
    return [ticket["id"] for ticket in found["tickets"]]


def test_the_list_of_tickets_is_the_one_of_the_screen(boss: Somebody, city: DeadlineCity) -> None:
    late, asked, returned = city.in_hand(30, 1), city.asks(), city.returned_twice()
    done = city.done(1)
    for query in ({}, {"due": "overdue", "unit": city.units[1]}):
        of_screen = shown(boss, "&".join(f"{name}={value}" for name, value in query.items()))
        assert of_screen and ids_of(boss, "tickets", query) == of_screen, query
    assert ids_of(boss, "tickets", {"state": "closed"}) == [done]
    export = made(boss, "csv", {}, list="tickets")
    assert export["query"] == {"list": "tickets", "state": "", "unit": "", "due": "", "who": ""}
    table = {row["工单编号"]: row for row in table_of(boss, export)}
    assert [table[late]["已逾期"], table[asked]["已逾期"]] == ["是", ""]
    assert [table[asked]["申请延期（工作日）"], table[late]["申请延期（工作日）"]] == ["3", ""]
    assert [table[returned]["退回次数"], table[returned]["办理轮次"]] == ["2", "1"]


def test_one_that_waits_for_its_callback_has_the_day(boss: Somebody, city: DeadlineCity) -> None:
    ticket = city.in_hand(0.1)
    city.do(city.of(city.units[0]), ticket, Action.REPLY, NOW, text="已办结")
    (row,) = table_of(boss, made(boss, "csv", {"state": "replied"}, list="tickets"))
    due = next(each for each in boss.get("/api/tickets").json["tickets"] if each["id"] == ticket)
    last = datetime.fromtimestamp(due["callback_due"] - 1, UTC) + timedelta(hours=8)
    assert row["回访期限（当日24:00）"] == str(last.date())


def read(parts: ConsoleParts, city: DeadlineCity, **query: str) -> list[str]:
    wanted = export_lists.read(city.boss, "deadlines", query, NOW)
    return [found.id for part in wanted.parts(parts.storage, city.boss, NOW) for found in part.rows]


def page_of(boss: Somebody, what: str, query: str = "") -> list[str]:
    return [row["id"] for row in boss.get(f"/api/deadlines/list/{what}?{query}").json["rows"]]


def test_every_figure_s_list_is_the_one_of_the_page(
    boss: Somebody, parts: ConsoleParts, city: DeadlineCity
) -> None:
    city.asks(), city.returned_twice(), city.in_hand(40, 2), city.in_hand(31, 1)
    city.done(1), city.done(0.5, 1)
    city.run_clock()
    for what in (*deadlines.FIGURES, *deadlines.ON_TIME, "said_valid", "said_satisfied"):
        assert read(parts, city, what=what) == page_of(boss, what), what
    of_unit = page_of(boss, "overdue", f"unit={city.units[2]}")
    assert len(of_unit) == 1 and read(parts, city, what="overdue", unit=city.units[2]) == of_unit
    assert read(parts, city, what="overdue", unit="") == page_of(boss, "overdue", "unit=") == []
    last = (NOW - timedelta(days=31)).strftime("%Y-%m")
    of_month = page_of(boss, "month_due", f"month={last}")
    assert of_month and read(parts, city, what="month_due", month=last) == of_month


def test_more_than_the_page_shows_is_in_the_file(
    boss: Somebody, city: DeadlineCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        city.ticket(40 + n)
    late = page_of(boss, "overdue")
    monkeypatch.setattr(deadlines, "MOST_ROWS", 2)
    assert page_of(boss, "overdue") == late[:2] and len(late) == 5
    export = made(boss, "csv", {"what": "overdue"}, list="deadlines")
    assert [row["工单编号"] for row in table_of(boss, export)] == late
    assert export["query"] == {"list": "deadlines", "what": "overdue", "month": ""}


def test_a_unit_takes_home_its_own_alone(app: Flask, parts: ConsoleParts) -> None:
    mine = accept(parts.storage, parts.topics, confidential=True, citizen_name="王某某", share_number=False)
    other = accept(parts.storage, parts.topics, unit="市供热服务中心")
    water = log_in(app, "unit01")
    export = made(water, "csv", {"unit": ""}, list="tickets")
    (row,) = table_of(water, export)
    assert (row["工单编号"], row["来电人"], row["来电号码"]) == (mine, "", "138****5678")
    assert NUMBER not in str(row)
    assert ids_of(water, "tickets", {"unit": "市供热服务中心"}) == []
    seat = log_in(app, "seat01")
    assert set(ids_of(seat, "tickets", {"who": "mine"})) == {mine, other}
    assert ids_of(log_in(app, "seat02"), "tickets", {"who": "mine"}) == []


def test_the_deadlines_are_the_supervisors_alone(app: Flask, admin: Somebody) -> None:
    body = {"format": "csv", "list": "deadlines", "query": {"what": "overdue"}}
    for login in ("seat01", "unit01"):
        somebody = log_in(app, login)
        assert somebody.post("/api/exports", body).status_code == 404
        assert somebody.get("/api/exports").json["exports"] == []
    assert admin.post("/api/exports", body).status_code == 403
    assert admin.post("/api/exports", {"format": "csv", "list": "tickets"}).status_code == 403


@pytest.mark.parametrize(
    ("list_", "query", "status"),
    [
        ("tickets", {"state": "draft"}, 422),
        ("tickets", {"due": "never"}, 422),
        ("tickets", {"who": "all"}, 422),
        ("tickets", {"unit": "x" * 17}, 422),
        ("tickets", {"unit": "\0"}, 422),
        ("tickets", {"after": "1_1"}, 422),
        ("tickets", {"state": ["closed"]}, 422),
        ("tickets", [], 422),
        ("deadlines", {}, 404),
        ("deadlines", {"what": "register"}, 404),
        ("deadlines", {"what": "overdue", "month": "2026-13"}, 422),
        ("deadlines", {"what": "overdue", "unit": 7}, 422),
        ("deadlines", {"what": "overdue", "unit": "\0"}, 422),
        ("deadlines", {"what": "overdue", "more": "x"}, 422),
        ("accounts", {}, 422),
        (7, {}, 400),
    ],
)
def test_a_wrong_list_makes_nothing(boss: Somebody, list_: object, query: object, status: int) -> None:
    answer = boss.post("/api/exports", {"format": "csv", "list": list_, "query": query})
    assert answer.status_code == status, answer.json
    assert boss.get("/api/exports").json["exports"] == []


def test_parts_tell_how_far_it_is_and_a_cancelled_one_is_made_no_further(
    boss: Somebody, parts: ConsoleParts, city: DeadlineCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_lists, "MOST_AT_ONCE", 2)
    for n in range(5):
        city.ticket(40 + n)
    late = page_of(boss, "overdue")
    wanted = export_lists.read(city.boss, "deadlines", {"what": "overdue"}, NOW)
    assert [(len(part.rows), part.share) for part in wanted.parts(parts.storage, city.boss, NOW)] == [
        (2, 40),
        (2, 80),
        (1, 99),
    ]
    export, got = ordered(parts, wanted), list[dict[str, Any]]()

    def put(rows: Any) -> None:
        got.extend(rows)
        if len(got) == 4:
            assert boss.post(f"/api/exports/{export}/cancel", {}).json["export"]["state"] == "cancelled"

    assert not exports.make(
        parts.storage, city.boss, export, wanted, parts.topics, put, lambda: datetime.now(UTC)
    )
    assert [row["id"] for row in got] == late[:4]


def ordered(parts: ConsoleParts, wanted: ExportList) -> str:
    with parts.storage.writing() as tx:
        account = tx.accounts.by_login("sup01")
        assert account
        return exports.order(tx, account, "csv", "zh", wanted, NOW).id
