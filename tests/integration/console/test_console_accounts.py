"""The administrator's API: making, changing, disabling accounts; what it refuses."""

import pytest
from flask import Flask

from tests.fakes.console_parts import ConsoleParts, Somebody, log_in

LI = {"login": "li", "name": "李", "role": "seat", "seat": "seat40"}


def listed(admin: Somebody, login: str) -> dict[str, object]:
    return next(a for a in admin.get("/api/accounts").json["accounts"] if a["login"] == login)


def test_a_new_account_gets_a_one_time_password(app: Flask, admin: Somebody) -> None:
    made = admin.post("/api/accounts", LI)
    assert made.status_code == 201
    assert listed(admin, "li")["must_change"] is True
    assert made.json["password"] not in admin.get("/api/accounts").get_data(as_text=True)
    assert log_in(app, "li", made.json["password"]).get("/").location == "/password"
    assert "seat40" not in admin.get("/api/accounts").json["free_seats"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"login": "李"}, 422),
        ({"login": "a"}, 422),
        ({"login": "x" * 65}, 400),
        ({"login": None}, 400),
        ({"name": " "}, 422),
        ({"name": "x" * 65}, 400),
        ({"role": "god"}, 422),
        ({"role": "supervisor"}, 422),
        ({"seat": ""}, 422),
        ({"seat": "seat99"}, 404),
        ({"seat": ["seat40"]}, 400),
        ({"login": "seat01"}, 409),
        ({"seat": "seat01"}, 409),
    ],
)
def test_a_wrong_account_is_not_made(admin: Somebody, change: dict[str, object], status: int) -> None:
    before = admin.get("/api/accounts").json
    assert admin.post("/api/accounts", LI | change).status_code == status
    assert admin.get("/api/accounts").json == before


def test_moving_somebody_ends_his_sessions(app: Flask, admin: Somebody) -> None:
    seat = log_in(app, "seat01")
    account = listed(admin, "seat01")
    body = {"name": "换座", "role": "seat", "seat": "seat41"}
    assert admin.post(f"/api/accounts/{account['id']}/assign", body).json["account"]["seat"] == "seat41"
    assert seat.get("/api/snapshot").status_code == 401


def test_a_reset_password_replaces_the_old_one_and_ends_sessions(app: Flask, admin: Somebody) -> None:
    first = admin.post("/api/accounts", LI).json["password"]
    somebody = log_in(app, "li", first)
    second = admin.post(f"/api/accounts/{listed(admin, 'li')['id']}/reset", {}).json["password"]
    assert somebody.get("/password").location == "/login"
    assert log_in(app, "li", second)


def test_disabled_is_not_let_in_and_enabled_again_is(app: Flask, admin: Somebody) -> None:
    password = admin.post("/api/accounts", LI).json["password"]
    path = f"/api/accounts/{listed(admin, 'li')['id']}"
    assert admin.post(f"{path}/disable", {}).json["account"]["active"] is False
    with pytest.raises(AssertionError, match="401"):
        log_in(app, "li", password)
    admin.post(f"{path}/enable", {})
    assert log_in(app, "li", password)


def test_the_last_administrator_stays(admin: Somebody, parts: ConsoleParts) -> None:
    account = listed(admin, "admin")
    assert admin.post(f"/api/accounts/{account['id']}/disable", {}).status_code == 409
    body = {"name": "管理员", "role": "supervisor", "seat": ""}
    assert admin.post(f"/api/accounts/{account['id']}/assign", body).status_code == 409
    assert listed(admin, "admin")["role"] == "admin"


@pytest.mark.parametrize("action", ["assign", "reset", "disable", "enable"])
def test_an_unknown_account_is_not_there(admin: Somebody, action: str) -> None:
    body = {"name": "x", "role": "supervisor"}
    assert admin.post(f"/api/accounts/999999/{action}", body).status_code == 404
    assert admin.post(f"/api/accounts/-1/{action}", body).status_code == 404
    assert admin.post(f"/api/accounts/99999999999999999999/{action}", body).status_code == 404
