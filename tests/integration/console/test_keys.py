"""Keys for programs: made by an administrator or on the command line, shown once, revoked for ever."""

import pytest
from click.testing import CliRunner
from flask import Flask

from hotline.cli import main
from tests.fakes.console_parts import ConsoleParts, Somebody, log_in

KEY = {"name": "市长信箱", "role": "supervisor", "unit": "", "may_write": True, "per_minute": 60}


def opens(app: Flask, text: str) -> int:
    headers = {"Authorization": f"Bearer {text}"}
    return app.test_client().get("/api/v1/topics", headers=headers).status_code


def test_a_key_is_shown_once_and_revoked_for_ever(app: Flask, admin: Somebody) -> None:
    made = admin.post("/api/keys", KEY)
    assert made.status_code == 201
    text, key = made.json["text"], made.json["key"]
    assert opens(app, text) == 200
    listed = admin.get("/api/keys")
    assert text not in listed.get_data(as_text=True)
    assert listed.json["keys"][0]["last_used_at"] is not None
    assert admin.post(f"/api/keys/{key['id']}/revoke", {}).json["key"]["revoked_at"]
    assert admin.post(f"/api/keys/{key['id']}/revoke", {}).status_code == 200
    assert opens(app, text) == 401
    assert admin.post("/api/keys", KEY).status_code == 201  # the name is free again


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": " "}, 422),
        ({"name": "x" * 41}, 422),
        ({"name": "a\nb"}, 422),
        ({"name": None}, 400),
        ({"role": "admin"}, 422),
        ({"role": "unit"}, 422),
        ({"unit": "u001"}, 422),
        ({"role": "unit", "unit": "u999"}, 404),
        ({"per_minute": 0}, 422),
        ({"per_minute": -1}, 400),
        ({"per_minute": "60"}, 400),
    ],
)
def test_a_wrong_key_is_not_made(admin: Somebody, change: dict[str, object], status: int) -> None:
    assert admin.post("/api/keys", KEY | change).status_code == status
    assert admin.get("/api/keys").json["keys"] == []


def test_two_keys_in_use_have_two_names(admin: Somebody) -> None:
    admin.post("/api/keys", KEY)
    assert admin.post("/api/keys", KEY).json["error"]["fields"] == {"name": "taken"}


def test_only_an_administrator_makes_keys(app: Flask, admin: Somebody) -> None:
    boss = log_in(app, "sup01")
    assert boss.get("/keys").status_code == boss.get("/api/keys").status_code == 403
    assert boss.post("/api/keys", KEY).status_code == 403
    assert admin.post("/api/keys/12345/revoke", {}).status_code == 404
    assert b"programs.title" in admin.get("/keys").data


def test_the_same_on_the_command_line(
    app: Flask, parts: ConsoleParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_RUNTIME_DIR", str(parts.settings.runtime_dir))
    monkeypatch.setenv("HOTLINE_DATABASE_URL", parts.settings.database_url)
    run = CliRunner()
    made = run.invoke(main, ["api-key", "create", "统计局", "--per-minute", "30"])
    text = made.output.strip()
    assert (made.exit_code, opens(app, text)) == (0, 200)
    listed = run.invoke(main, ["api-key", "list"]).output
    assert "统计局" in listed and "30/min" in listed and text not in listed
    key_id = listed.split("\t")[0]
    assert run.invoke(main, ["api-key", "revoke", key_id]).exit_code == 0
    assert opens(app, text) == 401
    assert "revoked" in run.invoke(main, ["api-key", "list"]).output
    wrong = run.invoke(main, ["api-key", "create", "x", "--role", "unit"])
    assert wrong.exit_code == 2
    assert run.invoke(main, ["api-key", "revoke", "999"]).exit_code == 2
