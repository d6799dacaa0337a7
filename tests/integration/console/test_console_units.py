"""The administrator's page of handling units over HTTP: who may, what is refused and how it is told."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from hotline.domain.ids import TicketId, UnitId
from hotline.services.ports_mails import News
from tests.fakes.console_parts import ConsoleParts, Somebody, log_in

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
GAS = {"name": "市液化气公司", "level": "city", "parent": "", "email": "gas@city.example"}


def tree(admin: Somebody) -> dict[str, dict[str, object]]:
    return {unit["name"]: unit for unit in admin.get("/api/units").json["units"]}


def test_a_unit_is_made_changed_closed_and_opened(admin: Somebody) -> None:
    made = admin.post("/api/units", GAS)
    assert made.status_code == 201
    assert tree(admin)["市液化气公司"]["email"] == "gas@city.example"
    path = f"/api/units/{made.json['id']}"
    assert admin.post(f"{path}/change", GAS | {"name": "市燃气供应站"}).status_code == 200
    assert admin.post(f"{path}/close", {}).status_code == 200
    assert tree(admin)["市燃气供应站"]["closed_at"]
    assert admin.post(f"{path}/change", GAS).status_code == 409
    assert admin.post(f"{path}/open", {}).status_code == 200
    assert tree(admin)["市燃气供应站"]["closed_at"] is None


@pytest.mark.parametrize(
    ("change", "status", "fields"),
    [
        ({"name": "市公安局"}, 422, {"name": "taken"}),
        ({"name": ""}, 422, {"name": "required"}),
        ({"name": "x" * 61}, 400, None),
        ({"name": ["x"]}, 400, None),
        ({"level": "moon"}, 422, {"level": "unknown"}),
        ({"level": "community"}, 422, {"parent": "wrong_level"}),
        ({"parent": "u999"}, 422, {"parent": "unknown"}),
        ({"email": "a@b, c@d"}, 422, {"email": "no_address"}),
    ],
)
def test_a_wrong_unit_is_not_made(
    admin: Somebody, change: dict[str, object], status: int, fields: dict[str, str] | None
) -> None:
    before = admin.get("/api/units").json
    answer = admin.post("/api/units", GAS | change)
    assert (answer.status_code, answer.json["error"].get("fields")) == (status, fields)
    assert admin.get("/api/units").json == before


def test_closing_says_what_is_left_to_do(admin: Somebody) -> None:
    units = tree(admin)
    refused = admin.post(f"/api/units/{units['密州街道']['id']}/close", {})
    assert refused.status_code == 409 and refused.json["error"]["code"] == "unit_busy"
    busy = refused.json["error"]["busy"]
    assert (busy["tickets"], busy["accounts"]) == (0, ["unit04"]) and "东关社区" in busy["below"]
    assert tree(admin) == units


@pytest.mark.parametrize("action", ["change", "close", "open"])
def test_an_unknown_unit_is_not_there(admin: Somebody, action: str) -> None:
    assert admin.post(f"/api/units/u999/{action}", GAS).status_code == 404
    assert admin.post(f"/api/units/{'u' * 99}/{action}", GAS).status_code == 404


@pytest.mark.parametrize("login", ["seat01", "sup01", "unit01"])
def test_only_administrators_edit_the_tree(app: Flask, login: str) -> None:
    somebody = log_in(app, login)
    assert somebody.get("/units").status_code == 403
    assert somebody.post("/api/units", GAS).status_code == 403
    assert somebody.post("/api/units/u001/close", {}).status_code == 403
    seen = somebody.get("/api/units")
    assert seen.status_code == 403 if login == "unit01" else all("email" not in u for u in seen.json["units"])


def test_the_page_is_there_for_the_administrator(admin: Somebody) -> None:
    assert 'data-t="units.title"' in admin.get("/units").get_data(as_text=True)


def test_an_account_is_made_for_a_unit_and_only_with_one(app: Flask, admin: Somebody) -> None:
    water = tree(admin)["市水务集团"]["id"]
    body = {"login": "wang", "name": "王", "role": "unit", "unit": water}
    assert admin.post("/api/accounts", body | {"unit": ""}).status_code == 422
    assert admin.post("/api/accounts", body | {"unit": "u999"}).status_code == 404
    assert admin.post("/api/accounts", body | {"seat": "seat40"}).status_code == 422
    assert admin.post("/api/accounts", body | {"role": "seat", "seat": "seat40"}).status_code == 422
    assert admin.post("/api/accounts", body).status_code == 201
    listed = admin.get("/api/accounts").json
    assert next(a["unit"] for a in listed["accounts"] if a["login"] == "wang") == water
    assert {"id": water, "name": "市水务集团", "depth": 0} in listed["units"]


def test_the_demo_opens_units_accounts(app: Flask, parts: ConsoleParts) -> None:
    page = app.test_client().get("/login").get_data(as_text=True)
    assert "市水务集团" in page and "承办单位" in page
    assert log_in(app, "unit01").get("/home").status_code == 302


def given_up(parts: ConsoleParts, unit: UnitId) -> int:
    """A mail that the server did not take."""
    with parts.storage.writing() as tx:
        news = News(log_id=1, ticket_id=TicketId("T-2026-000001"), action="remind_late", unit=unit)
        tx.mails.add(f"1.{unit}", news, "gas@city.example", NOW)
        [mail] = tx.mails.take(NOW, NOW, 1)
        tx.mails.give_up(mail.key, "the mail server answered 550 no such mailbox", NOW)
        return mail.key


def test_a_mail_that_reached_nobody_is_seen_and_tried_again_once(
    app: Flask, parts: ConsoleParts, admin: Somebody
) -> None:
    boss = log_in(app, "sup01")
    assert boss.get("/api/mails").json["mails"] == [] and boss.get("/api/deadlines").json["mails"] == 0
    unit = UnitId(admin.post("/api/units", GAS | {"email": ""}).json["id"])
    key = given_up(parts, unit)
    [mine], [told] = (each.get("/api/mails").json["mails"] for each in (admin, boss))
    assert (told["key"], told["unit_name"], told["ticket"]) == (key, GAS["name"], "T-2026-000001")
    assert (told["action"], told["since"], told["problem"].split()[-1]) == (
        "remind_late", NOW.timestamp(), "mailbox"
    )  # fmt: skip
    assert mine == told | {"recipient": "gas@city.example"}
    assert boss.get("/api/deadlines").json["mails"] == 1
    path = f"/api/mails/{key}/again"
    assert boss.post(path, {}).json["error"]["reason"] == "mail_nowhere"
    admin.post(f"/api/units/{unit}/change", GAS)
    assert boss.post(path, {}).status_code == 200
    again = admin.post(path, {})
    assert (again.status_code, again.json["error"]["reason"]) == (409, "mail_going")
    assert boss.get("/api/mails").json["count"] == 0
    for wrong in (f"/api/mails/{key + 1}/again", "/api/mails/0/again", "/api/mails/9999999999/again"):
        assert boss.post(wrong, {}).status_code == 404
    for login in ("seat01", "unit01"):
        somebody = log_in(app, login)
        assert (somebody.get("/api/mails").status_code, somebody.post(path, {}).status_code) == (403, 403)
    assert Somebody(app.test_client()).get("/api/mails").status_code == 401
