"""Handling units' pages over HTTP: their own matters only, masked, and what they send is checked."""

import pytest
from flask import Flask

from hotline.domain.ids import TicketId
from tests.fakes.console_parts import ConsoleParts, Somebody, log_in
from tests.support import handed_over
from tests.support.handed_over import NUMBER


def accept(parts: ConsoleParts, **more: object) -> TicketId:
    return handed_over.accept(parts.storage, parts.topics, **more)  # type: ignore[arg-type]


@pytest.fixture
def ticket(parts: ConsoleParts) -> TicketId:
    return accept(parts)


@pytest.fixture
def water(app: Flask) -> Somebody:
    return log_in(app, "unit01")


@pytest.fixture
def street(app: Flask) -> Somebody:
    return log_in(app, "unit04")


def matter(somebody: Somebody, ticket: TicketId) -> dict[str, object]:
    found: dict[str, object] = somebody.get(f"/api/work/{ticket}").json["matter"]
    return found


def act(somebody: Somebody, ticket: TicketId, action: str, **args: object) -> object:
    body = {"version": matter(somebody, ticket)["version"], "action": action, "args": args}
    return somebody.post(f"/api/work/{ticket}/actions", body)


def test_a_unit_finds_its_work_and_does_it(parts: ConsoleParts, water: Somebody, ticket: TicketId) -> None:
    assert water.get("/home").location == "/work"
    board = water.get("/api/work").json
    assert ([row["id"] for row in board["rows"]], board["figures"]["open"]) == ([ticket], 1)
    assert board["rows"][0]["topic"] == {"zh": "停水", "en": "Water outage"}
    assert water.get("/work").status_code == water.get(f"/work/{ticket}").status_code == 200
    assert act(water, ticket, "sign").json["matter"]["state"] == "signed"  # type: ignore[attr-defined]
    done = act(water, ticket, "reply", text="水管已修好。").json["matter"]  # type: ignore[attr-defined]
    assert (done["state"], done["reply"]) == ("replied", "水管已修好。")
    assert water.get("/api/work").json["rows"] == []
    assert [row["id"] for row in water.get("/api/work?list=replied").json["rows"]] == [ticket]


def test_the_citizen_is_masked_and_hidden_when_he_asked_for_it(parts: ConsoleParts, water: Somebody) -> None:
    plain = accept(parts, citizen_name="张某某")
    hidden = accept(parts, citizen_name="李某某", confidential=True)
    page = water.get(f"/api/work/{plain}").get_data(as_text=True)
    assert "张某某" in page and "138****5678" in page and NUMBER not in page
    assert "李某某" not in water.get(f"/api/work/{hidden}").get_data(as_text=True)
    assert NUMBER not in water.get("/api/work").get_data(as_text=True)
    with parts.storage.reading() as tx:
        found = tx.tickets.get(hidden)
        assert found and found.key
        looks = tx.views.of_ticket(found.key)
        account = tx.accounts.by_login("unit01")
    assert account and [look["account"] for look in looks] == [account.id]


def test_an_allowed_number_is_on_its_matters_page_only(parts: ConsoleParts, water: Somebody) -> None:
    allowed = accept(parts, share_number=True)
    assert matter(water, allowed)["number"] == NUMBER
    assert act(water, allowed, "sign").json["matter"]["number"] == NUMBER  # type: ignore[attr-defined]
    for path in ("/work", "/api/work", f"/work/{allowed}"):
        assert NUMBER not in water.get(path).get_data(as_text=True)
    with parts.storage.reading() as tx:
        found = tx.tickets.get(allowed)
        assert found and found.key
        looks = [look["why"] for look in tx.views.of_ticket(found.key) if look["what"] == "number"]
    assert looks == ["allowed by the citizen"] * 3  # the page, and before and after the signing


def test_another_units_matter_is_not_there(street: Somebody, water: Somebody, ticket: TicketId) -> None:
    version = matter(water, ticket)["version"]
    for path in (f"/work/{ticket}", f"/api/work/{ticket}"):
        assert street.get(path).status_code == 404
    for action, args in (("sign", {}), ("reply", {"text": "x"}), ("return", {"reason": "x"})):
        body = {"version": version, "action": action, "args": args}
        assert street.post(f"/api/work/{ticket}/actions", body).status_code == 404
    assert street.get("/api/work").json["rows"] == []
    assert matter(water, ticket)["version"] == version


@pytest.mark.parametrize("path", ["T-2026-999999", "x" * 40, "%00", "..%2f..%2fetc", "工单"])
def test_a_number_nobody_has_is_not_there(water: Somebody, path: str) -> None:
    assert water.get(f"/work/{path}").status_code == 404
    assert water.get(f"/api/work/{path}").status_code == 404


@pytest.mark.parametrize("login", ["seat01", "sup01"])
def test_only_units_work_here(app: Flask, ticket: TicketId, login: str) -> None:
    somebody = log_in(app, login)
    for path in ("/work", f"/work/{ticket}", "/api/work", f"/api/work/{ticket}"):
        assert somebody.get(path).status_code == 403
    body = {"version": 1, "action": "sign", "args": {}}
    assert somebody.post(f"/api/work/{ticket}/actions", body).status_code == 403


def test_two_who_act_at_once_do_not_overwrite_each_other(water: Somebody, ticket: TicketId) -> None:
    version = matter(water, ticket)["version"]
    body = {"version": version, "action": "sign", "args": {}}
    assert water.post(f"/api/work/{ticket}/actions", body).status_code == 200
    again = water.post(f"/api/work/{ticket}/actions", body)
    assert (again.status_code, again.json["error"]["code"]) == (409, "stale")
    assert matter(water, ticket)["version"] == version + 1  # type: ignore[operator]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"action": "sign", "args": {"x": 1}}, 422),
        ({"action": "reply", "args": {"text": ""}}, 422),
        ({"action": "reply", "args": {"text": "x" * 4001}}, 422),
        ({"action": "return", "args": {"reason": ["x"]}}, 422),
        ({"action": "ask_extension", "args": {"days": 11, "reason": "x"}}, 422),
        ({"action": "ask_extension", "args": {"days": "3", "reason": "x"}}, 422),
        ({"action": "ask_unit", "args": {"unit": "u999", "days": 1}}, 422),
        ({"action": "grant_extension", "args": {}}, 403),
        ({"action": "close", "args": {}}, 403),
        ({"action": "explode", "args": {}}, 422),
        ({"action": "sign", "args": []}, 400),
        ({"action": 7}, 400),
        ({"version": "1"}, 400),
        ({"version": None}, 400),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    water: Somebody, ticket: TicketId, change: dict[str, object], status: int
) -> None:
    act(water, ticket, "sign")
    before = matter(water, ticket)
    body = {"version": before["version"], "action": "sign", "args": {}} | change
    assert water.post(f"/api/work/{ticket}/actions", body).status_code == status
    assert matter(water, ticket) == before


def test_a_list_there_is_not(water: Somebody) -> None:
    assert water.get("/api/work?list=all").status_code == 404
