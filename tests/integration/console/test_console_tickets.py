"""Tickets over HTTP: what each role sees and does, who was faster, wrong and hostile input."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from hotline.domain.call import Call
from hotline.domain.ids import CallId, SeatId, TicketId
from hotline.domain.ticket import TicketFields
from hotline.services import tickets
from tests.fakes.console_parts import ConsoleParts, Somebody, log_in

CALL = CallId("5f0e7c1e-0000-4000-8000-000000000001")


@pytest.fixture
def ticket(parts: ConsoleParts) -> str:
    """A ticket of seat01's call, at the water company."""
    at = datetime.now(UTC)
    with parts.storage.writing() as tx:
        unit = tx.units.named("市水务集团")
        account = tx.accounts.by_login("seat01")
        assert unit and account
        tx.calls.save(Call(id=CALL, arrived_at=at, seat=SeatId("seat01"), from_number="13812345678"))
        fields = TicketFields(
            kind="complaint", topic="water_outage", place="人民路", what="停水三天", unit=unit.id
        )
        saved = tickets.accept(tx, account, CALL, 0, fields, parts.topics, at)
    assert saved.id
    return saved.id


@pytest.fixture
def boss(app: Flask) -> Somebody:
    return log_in(app, "sup01")


def act(who: Somebody, ticket: str, version: object, action: object, args: object = None) -> Any:
    body = {"version": version, "action": action, "args": {} if args is None else args}
    return who.post(f"/api/tickets/{ticket}/actions", body)


def test_the_list_and_the_ticket_are_there_for_the_desk(boss: Somebody, ticket: str) -> None:
    listed = boss.get("/api/tickets").json
    assert [row["id"] for row in listed["tickets"]] == [ticket]
    assert boss.get("/api/tickets?due=overdue").json["tickets"] == []
    found = boss.get(f"/api/tickets/{ticket}").json
    assert found["ticket"]["state"] == "handed_over" and found["ticket"]["number"] == "138****5678"
    assert found["ticket"]["days"][-1]["day"] == found["ticket"]["due_day"]
    assert found["me"]["role"] == "supervisor" and found["units"]


def test_a_unit_cannot_confirm_anothers_ticket_nor_its_version(
    app: Flask, parts: ConsoleParts, boss: Somebody, ticket: str
) -> None:
    version = boss.get(f"/api/tickets/{ticket}").json["ticket"]["version"]
    with parts.storage.reading() as tx:
        mine = tx.units.named("市水务集团")
        logins = {a.unit == (mine and mine.id): a.login for a in tx.accounts.all() if a.unit}
    newer = f"/api/tickets/{ticket}?if_newer={version}"
    assert boss.get(newer).json["ticket"] is None
    assert log_in(app, logins[True]).get(newer).json["ticket"] is None
    assert log_in(app, logins[False]).get(newer).status_code == 404


def test_who_was_slower_is_shown_what_happened(boss: Somebody, ticket: str) -> None:
    version = boss.get(f"/api/tickets/{ticket}").json["ticket"]["version"]
    first = act(boss, ticket, version, "remind", {"share": "50"})
    assert first.status_code == 200 and first.json["ticket"]["version"] == version + 1
    second = act(boss, ticket, version, "remind", {"share": "50"})
    assert (second.status_code, second.json["error"]["code"]) == (409, "stale")
    assert second.json["error"]["stored"]["version"] == version + 1
    assert [e["action"] for e in second.json["error"]["stored"]["log"]].count("remind") == 1


def test_a_rule_that_refuses_is_named(boss: Somebody, ticket: str) -> None:
    version = boss.get(f"/api/tickets/{ticket}").json["ticket"]["version"]
    answer = act(boss, ticket, version, "grant_extension")
    assert (answer.status_code, answer.json["error"]["reason"]) == (409, "no_extension")
    assert act(boss, ticket, version, "sign").status_code == 403
    answer = act(boss, ticket, version, "force", {"unit": "u1", "days": 3})
    assert answer.status_code == 422
    assert answer.json["error"]["fields"] == {"days": "unknown", "decision": "required"}


@pytest.mark.parametrize(
    ("version", "action", "args", "status"),
    [
        (1, "", {}, 422),
        (1, "no_such", {}, 422),
        (1, ["sign"], {}, 400),
        (-1, "sign", {}, 400),
        ("1", "sign", {}, 400),
        (None, "sign", {}, 400),
        (True, "sign", {}, 400),
        (2**40, "sign", {}, 400),
        (1, "return", ["x"], 400),
        (2, "hand_over", {"unit": "../../x"}, 409),
        (2, "merge", {"leader": "T-2026-999999"}, 404),
        (2, "merge", {"leader": "x\x00"}, 422),
        (2, "merge", {"leader": "é" * 5000}, 422),
    ],
)
def test_wrong_actions_change_nothing(
    boss: Somebody, ticket: str, version: Any, action: Any, args: Any, status: int
) -> None:
    before = boss.get(f"/api/tickets/{ticket}").json["ticket"]
    assert act(boss, ticket, version, action, args).status_code == status
    assert boss.get(f"/api/tickets/{ticket}").json["ticket"] == before


@pytest.mark.parametrize("path", ["T-2026-999999", "x", "T" * 500, "%00", "..%2f..%2fx", "工单"])
def test_a_ticket_that_is_not_there_is_not_found(boss: Somebody, path: str) -> None:
    assert boss.get(f"/api/tickets/{path}").status_code == 404


@pytest.mark.parametrize(
    "query", ["state=draft", "state=%00", "due=soon", "after=x_y", "after=1e400_1", "unit=" + "u" * 40]
)
def test_a_list_nobody_can_mean_is_refused(boss: Somebody, query: str) -> None:
    assert boss.get(f"/api/tickets?{query}").status_code == 422


def test_a_number_is_shown_with_a_reason_only_and_it_is_recorded(
    boss: Somebody, ticket: str, parts: ConsoleParts
) -> None:
    assert boss.post(f"/api/tickets/{ticket}/reveal", {"why": " "}).status_code == 422
    answer = boss.post(f"/api/tickets/{ticket}/reveal", {"why": "核实地址"})
    assert answer.json == {"number": "13812345678"}
    with parts.storage.reading() as tx:
        seen = [(view["what"], view["why"]) for view in tx.views.of_call(CALL)]
    assert seen == [("number", "核实地址")]


def test_an_administrator_sees_the_ticket_and_does_nothing_with_it(admin: Somebody, ticket: str) -> None:
    found = admin.get(f"/api/tickets/{ticket}").json["ticket"]
    assert found["allowed"] == [] and found["may_reveal"] is False
    assert act(admin, ticket, found["version"], "close").status_code == 403
    assert admin.post(f"/api/tickets/{ticket}/reveal", {"why": "x"}).status_code == 403


def test_strangers_get_nothing(app: Flask, ticket: str) -> None:
    stranger = Somebody(app.test_client())
    assert stranger.get(f"/api/tickets/{ticket}").status_code == 401
    assert stranger.get("/api/tickets").status_code == 401
    assert act(stranger, ticket, 1, "sign").status_code == 401


@pytest.mark.parametrize(
    ("query", "looks"),
    [
        ({"number": "13812345678"}, ["search"]),
        ({"words": "+86 138 1234 5678"}, ["search"]),
        ({"number": "13800000000"}, []),
        ({"words": "停水"}, []),
    ],
)
def test_to_look_for_a_number_is_a_look_at_each_ticket_that_it_shows(
    boss: Somebody, ticket: str, parts: ConsoleParts, query: dict[str, str], looks: list[str]
) -> None:
    shown = boss.post("/api/tickets/search", {"query": query}).json["tickets"]
    assert [row["id"] for row in shown] == ([ticket] if "13800000000" not in query.values() else [])
    with parts.storage.reading() as tx:
        account, found = tx.accounts.by_login("sup01"), tx.search.by_id(TicketId(ticket))
        assert account and found
        recorded = [(row["account"], row["what"]) for row in tx.views.of_ticket(found.key)]
    assert recorded == [(account.id, what) for what in looks]
