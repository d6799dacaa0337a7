"""The administrator's page of handling units over HTTP: who may, what is refused and how it is told."""

import pytest
from flask import Flask

from tests.fakes.console_parts import ConsoleParts, Somebody, log_in

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
