"""Logging in: passwords, limits, forms of other sites, one-time passwords, sessions that end on the server."""

import pytest
from flask import Flask

from hotline.services import accounts
from tests.fakes.console_parts import HERE, ConsoleParts, form_token, log_in

GOOD = "a long enough one"


@pytest.fixture
def one_time(parts: ConsoleParts) -> str:
    """The one-time password of a new supervisor `wang`."""
    with parts.storage.writing() as tx:
        return accounts.create(tx, parts.passwords, login="wang", name="王", role="supervisor").password


def test_a_wrong_password_says_so_and_opens_nothing(app: Flask, one_time: str) -> None:
    client = app.test_client()
    form = {"form_token": form_token(client), "login": "wang", "password": "not it at all"}
    answer = client.post("/login", data=form, headers=HERE)
    assert answer.status_code == 401
    assert "账号或密码不正确" in answer.get_data(as_text=True)
    assert client.get("/api/snapshot").status_code == 401


def test_an_unknown_account_is_told_the_same(app: Flask) -> None:
    client = app.test_client()
    form = {"form_token": form_token(client), "login": "nobody' or 1=1", "password": "x"}
    answer = client.post("/login", data=form, headers=HERE)
    assert answer.status_code == 401
    assert "账号或密码不正确" in answer.get_data(as_text=True)


def test_a_one_time_password_opens_only_the_page_that_replaces_it(app: Flask, one_time: str) -> None:
    somebody = log_in(app, "wang", one_time)
    assert somebody.get("/floor").location == "/password"
    refused = somebody.get("/api/snapshot")
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "must_change")
    form = {"old": one_time, "new": GOOD, "again": GOOD}
    form["form_token"] = form_token(somebody.client, "/password")
    assert somebody.client.post("/password", data=form, headers=HERE).status_code == 302
    assert somebody.get("/api/snapshot").status_code == 200
    assert log_in(app, "wang", GOOD).get("/floor").status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "again", "says"),
    [
        ("wrong", GOOD, GOOD, "当前密码不正确"),
        ("{old}", GOOD, GOOD + "!", "不一致"),
        ("{old}", "short", "short", "10 到 200"),
        ("{old}", "x" * 201, "x" * 201, "10 到 200"),
        ("{old}", "{old}", "{old}", "不能与当前密码相同"),
    ],
)
def test_a_new_password_must_be_right(
    app: Flask, one_time: str, old: str, new: str, again: str, says: str
) -> None:
    somebody = log_in(app, "wang", one_time)
    form = {
        name: value.format(old=one_time) for name, value in (("old", old), ("new", new), ("again", again))
    }
    form["form_token"] = form_token(somebody.client, "/password")
    answer = somebody.client.post("/password", data=form, headers=HERE)
    assert answer.status_code == 422
    assert says in answer.get_data(as_text=True)
    assert log_in(app, "wang", one_time)


def test_the_sixth_wrong_password_is_not_even_looked_at(app: Flask, one_time: str) -> None:
    client = app.test_client()
    form = {"form_token": form_token(client), "login": "wang", "password": "not it at all"}
    for _ in range(5):
        assert client.post("/login", data=form, headers=HERE).status_code == 401
    answer = client.post("/login", data=form | {"password": one_time}, headers=HERE)
    assert answer.status_code == 429
    assert "5 分钟" in answer.get_data(as_text=True)


def test_tries_are_counted_for_whom_the_proxy_on_this_machine_names(app: Flask) -> None:
    def status(name: str, proxied: str, peer: str = "127.0.0.1") -> int:
        client = app.test_client()
        form = {"form_token": form_token(client), "login": name, "password": "not it at all"}
        headers = HERE | {"X-Forwarded-For": f"203.0.113.1, {proxied}"}
        return client.post(
            "/login", data=form, headers=headers, environ_base={"REMOTE_ADDR": peer}
        ).status_code

    for number in range(30):
        assert status(f"name{number}", "192.0.2.7") == 401
    assert status("another", "192.0.2.7") == 429
    assert status("another", "192.0.2.8") == 401
    for number in range(30):  # a stranger's own word for it counts for nothing
        assert status(f"more{number}", f"192.0.2.{number + 10}", "192.0.2.200") == 401
    assert status("another", "192.0.2.99", "192.0.2.200") == 429


def test_right_passwords_are_not_counted(app: Flask, one_time: str) -> None:
    for _ in range(7):
        assert log_in(app, "wang", one_time)


def test_a_form_without_its_token_is_refused(app: Flask, one_time: str) -> None:
    client = app.test_client()
    client.get("/login")
    for token in ({}, {"form_token": ""}, {"form_token": "é" * 20}):
        form = {"login": "wang", "password": one_time} | token
        assert client.post("/login", data=form, headers=HERE).status_code == 403


def test_demo_seats_open_from_this_machine_only(app: Flask) -> None:
    client = app.test_client()
    form = {"form_token": form_token(client), "login": "seat01"}
    stranger = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.post("/login/demo", data=form, headers=HERE, environ_base=stranger).status_code == 403
    proxied = HERE | {"X-Forwarded-For": "192.0.2.7"}
    assert client.post("/login/demo", data=form, headers=proxied).status_code == 403
    rebound = client.post("/login/demo", data=form, headers=HERE, base_url="http://evil.example")
    assert rebound.status_code == 403
    assert "演示坐席" not in client.get("/login", environ_base=stranger).get_data(as_text=True)
    assert client.post("/login/demo", data=form, headers=HERE).status_code == 302


def test_the_demo_opens_no_real_account(app: Flask, one_time: str) -> None:
    client = app.test_client()
    form = {"form_token": form_token(client), "login": "wang"}
    assert client.post("/login/demo", data=form, headers=HERE).status_code == 403


def test_without_the_demo_nothing_of_it_is_there(plain_app: Flask) -> None:
    client = plain_app.test_client()
    page = client.get("/login").get_data(as_text=True)
    assert "演示" not in page
    form = {"form_token": form_token(client), "login": "seat01"}
    assert client.post("/login/demo", data=form, headers=HERE).status_code == 403


def test_a_disabled_accounts_session_is_over_at_once(app: Flask, parts: ConsoleParts) -> None:
    somebody = log_in(app, "seat01")
    assert somebody.get("/api/snapshot").status_code == 200
    with parts.storage.writing() as tx:
        account = tx.accounts.by_login("seat01")
        assert account
        accounts.set_active(tx, account.id, False)
    assert somebody.get("/api/snapshot").status_code == 401
    assert somebody.get("/").location == "/login"
    with parts.storage.writing() as tx:
        accounts.set_active(tx, account.id, True)
    assert somebody.get("/api/snapshot").status_code == 401  # the old session does not come back


def test_logging_out_ends_it(app: Flask) -> None:
    somebody = log_in(app, "seat01")
    token = form_token(somebody.client, "/")
    assert somebody.client.post("/logout", headers=HERE).status_code == 403
    assert somebody.client.post("/logout", data={"form_token": token}, headers=HERE).status_code == 302
    assert somebody.get("/api/snapshot").status_code == 401


def test_a_forged_cookie_is_nobodys(app: Flask) -> None:
    client = app.test_client()
    for cookie in ("", "eyJhY2NvdW50IjoxfQ.x.y", "a" * 3000):
        client.set_cookie("hotline", cookie)
        assert client.get("/api/snapshot").status_code == 401


def test_the_cookie_is_kept_from_scripts_and_other_sites(app: Flask) -> None:
    cookie = app.test_client().get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
