"""The interface for programs: the document says what the code does, keys open what they may, nothing is done twice."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from sqlalchemy import select
from werkzeug.test import TestResponse

from hotline.domain.ids import UnitId
from hotline.services import api_keys, units
from hotline.storage.tables_api import api_keys as keys_table
from hotline.storage.tables_api import api_requests as requests_table
from hotline.storage.tables_api import api_views
from hotline.storage.tables_callbacks import written_numbers
from tests.fakes.console_parts import ConsoleParts, log_in

NEW = {"kind": "complaint", "topic": "water_outage", "what": "停水三天", "place": "人民路"}


class Program:
    """A client with a key; every answer is checked against the document."""

    def __init__(self, client: FlaskClient, text: str) -> None:
        self.client, self.text = client, text
        self.document = client.get("/api/v1/openapi.json").json

    def send(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        kept = {"Authorization": f"Bearer {self.text}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        answer = self.client.open(f"/api/v1{path}", method=method, json=body, headers=kept)
        self.check(method, path.split("?")[0], answer)
        return answer

    def get(self, path: str) -> TestResponse:
        return self.send("GET", path)

    def post(self, path: str, body: object, **headers: str) -> TestResponse:
        return self.send("POST", path, body, **headers)

    def check(self, method: str, path: str, answer: TestResponse) -> None:
        parts = [
            "{ticket_id}" if n == 2 and parts != "search" else parts
            for n, parts in enumerate(path.split("/"))
        ]
        operation = self.document["paths"].get("/".join(parts), {}).get(method.lower())
        if operation is None:
            return
        described = operation["responses"][str(answer.status_code)]
        schema = described["content"]["application/json"]["schema"]
        whole = {"components": self.document["components"], **schema}
        Draft202012Validator(whole).validate(answer.json)


@pytest.fixture
def make(app: Flask, parts: ConsoleParts) -> Callable[..., Program]:
    def made(**values: Any) -> Program:
        usual = {"name": f"p{len(values)}{values.get('role', '')}", "role": "supervisor", "may_write": True}
        with parts.storage.writing() as tx:
            new = api_keys.create(tx, **(usual | values), made_by="test", at=datetime.now(UTC))
        return Program(app.test_client(), new.text)

    return made


@pytest.fixture
def program(make: Callable[..., Program]) -> Program:
    return make(per_minute=10_000)


def test_a_citizen_may_allow_his_units_his_number_and_has_not_by_default(
    program: Program, parts: ConsoleParts, water: str
) -> None:
    def kept(**more: bool) -> bool:
        ticket = program.post("/tickets", NEW | {"unit": water} | more).json["id"]
        with parts.storage.reading() as tx:
            found = tx.tickets.get(ticket)
        assert found
        return found.fields.share_number

    assert (kept(), kept(share_number=True)) == (False, True)
    both = NEW | {"unit": water, "share_number": True, "confidential": True}
    refused = program.post("/tickets", both)
    assert refused.status_code == 422
    assert refused.json["error"]["fields"] == {"share_number": "confidential"}


@pytest.fixture
def water(parts: ConsoleParts) -> str:
    with parts.storage.reading() as tx:
        return next(unit.id for unit in tx.units.all() if unit.is_open)


def test_the_document_is_valid_and_needs_no_key(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/openapi.json")
    validate(answer.json)
    assert answer.json["openapi"] == "3.1.0"


def test_every_rule_is_in_the_document_and_every_path_is_a_rule(app: Flask, program: Program) -> None:
    rules = {
        (str(rule).removeprefix("/api/v1").replace("<", "{").replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        if str(rule).startswith("/api/v1/") and rule.endpoint != "v1.openapi"
        for method in rule.methods or ()
        if method in ("GET", "POST")
    }
    listed = {(path, m) for path, methods in program.document["paths"].items() for m in methods}
    assert rules == listed


def test_from_a_new_ticket_to_its_log(program: Program, parts: ConsoleParts, water: str) -> None:
    made = program.post("/tickets", NEW | {"unit": water})
    assert made.status_code == 201
    ticket = made.json["id"]
    found = program.get("/tickets?words=停水&state=open&limit=10").json
    assert [(row["id"], row["state"]) for row in found["tickets"]] == [(ticket, "accepted")]
    assert program.post("/tickets/search", {"words": "停水三天", "unit": water}).json == found
    one = program.get(f"/tickets/{ticket}").json
    assert "hand_over" in one["actions"]
    acted = program.post(
        f"/tickets/{ticket}/actions",
        {"version": one["version"], "action": "hand_over", "args": {"unit": water}},
    )
    assert (acted.status_code, acted.json["ticket"]["state"]) == (200, "handed_over")
    log = program.get(f"/tickets/{ticket}/log").json["entries"]
    assert [(entry["action"], entry["who"]) for entry in log][-1] == ("hand_over", "api:p1")
    with parts.storage.engine.connect() as connection:
        looks = connection.execute(select(api_views.c.ticket, api_views.c.what)).all()
    assert [tuple(look) for look in looks] == [(ticket, "ticket"), (ticket, "log")]


def test_the_same_request_twice_is_done_once(program: Program, water: str) -> None:
    body = NEW | {"unit": water}
    first = program.post("/tickets", body, Idempotency_Key="order-1")
    again = program.post("/tickets", body, Idempotency_Key="order-1")
    other = program.post("/tickets", body | {"what": "另一件事"}, Idempotency_Key="order-1")
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert first.json == again.json
    assert len(program.get("/tickets").json["tickets"]) == 1
    assert program.post("/tickets", body, Idempotency_Key="x" * 65).status_code == 422


def test_a_refused_request_is_not_remembered(program: Program, water: str) -> None:
    body = NEW | {"unit": water}
    assert program.post("/tickets", body | {"topic": "nothing"}, Idempotency_Key="a").status_code == 422
    assert program.post("/tickets", body, Idempotency_Key="a").status_code == 201


def test_an_old_version_is_refused_with_the_stored_one(program: Program, water: str) -> None:
    ticket = program.post("/tickets", NEW | {"unit": water}).json["id"]
    act = {"version": 77, "action": "hand_over", "args": {"unit": water}}
    answer = program.post(f"/tickets/{ticket}/actions", act)
    assert answer.status_code == 409
    assert program.get(f"/tickets/{ticket}").json["ticket"]["state"] == "accepted"


def test_a_unit_s_key_sees_and_does_what_the_unit_may(
    make: Callable[..., Program], program: Program, water: str
) -> None:
    mine, other = make(role="unit", unit=UnitId(water)), program
    ticket = other.post("/tickets", NEW | {"unit": water}).json["id"]
    other.post(f"/tickets/{ticket}/actions", {"version": 1, "action": "hand_over", "args": {"unit": water}})
    units_ = [unit["id"] for unit in program.get("/units").json["units"]]
    stranger = make(name="other", role="unit", unit=UnitId(units_[-1]))
    assert [row["id"] for row in mine.get("/tickets").json["tickets"]] == [ticket]
    assert stranger.get("/tickets").json["tickets"] == []
    assert stranger.get(f"/tickets/{ticket}").status_code == 404
    assert stranger.get(f"/tickets/{ticket}/log").status_code == 404
    assert mine.post("/tickets", NEW | {"unit": water}).status_code == 404
    assert mine.post("/tickets/search", {"number": "13812345678"}).status_code == 422
    assert mine.get(f"/tickets/{ticket}/log").json["entries"][0]["detail"] == {}


def test_without_a_key_nothing_opens(app: Flask, program: Program, make: Callable[..., Program]) -> None:
    reader = make(name="reader", may_write=False)
    assert reader.get("/tickets").status_code == 200
    assert reader.post("/tickets", NEW | {"unit": "u001"}).status_code == 403
    for text in (
        "",
        "hl_",
        program.text[:-1],
        program.text[:-1] + "\ud800",
        "x" * 5000,
        program.text.upper(),
    ):
        answer = app.test_client().get(
            "/api/v1/tickets", headers={"Authorization": f"Bearer {text}".encode("utf-8", "replace").decode()}
        )
        assert (answer.status_code, answer.json["error"]["code"]) == (401, "signed_out")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    somebody = log_in(app, "sup01")  # a session is no key
    assert somebody.get("/api/v1/tickets").status_code == 401


def test_a_revoked_key_opens_nothing_and_its_use_was_noted(program: Program, parts: ConsoleParts) -> None:
    assert program.get("/tickets").status_code == 200
    with parts.storage.engine.connect() as connection:
        row = connection.execute(select(keys_table)).one()
    assert row.last_used_at is not None
    assert program.text not in str(row)
    with parts.storage.writing() as tx:
        api_keys.revoke(tx, row.id, datetime.now(UTC))
    assert program.get("/tickets").status_code == 401


def test_too_many_requests_are_told_how_long_to_wait(make: Callable[..., Program]) -> None:
    slow = make(name="slow", per_minute=3)
    answers = [slow.get("/topics") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[1].headers["X-RateLimit-Remaining"] == "1"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 61
    assert make(name="other").get("/topics").status_code == 200


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("?limit=0", {"limit": "out_of_range"}),
        ("?limit=201", {"limit": "out_of_range"}),
        ("?limit=a", {"limit": "wrong_type"}),
        ("?after=x", {"after": "unreadable"}),
        ("?words=水", {"words": "too_short"}),
        ("?colour=red", {"colour": "unknown"}),
        ("?number=13812345678", {"number": "unknown"}),
        ("?state=open&state=closed", {"state": "repeated"}),
        ("?since=2026-13-01", {"since": "no_day"}),
        ("?since=yesterday", {"since": "unreadable"}),
        ("?words=" + "停" * 101, {"words": "too_long"}),
        ("?words=%00%00", {"words": "unreadable"}),
    ],
)
def test_a_wrong_query_is_named_by_field(program: Program, query: str, fields: dict[str, str]) -> None:
    answer = program.get(f"/tickets{query}")
    assert (answer.status_code, answer.json["error"]["fields"]) == (422, fields)


@pytest.mark.parametrize(
    ("raw", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"words": NaN}', "application/json", 400),
        (b'{"words": "\\ud800"}', "application/json", 400),
        (b"[" * 20_000, "application/json", 400),
        (b'{"words": "' + b"a" * 70_000 + b'"}', "application/json", 413),
        (b"words=1", "application/x-www-form-urlencoded", 415),
        (b'{"words": 1}', "application/json", 422),
        (b'{"limit": true}', "application/json", 422),
    ],
)
def test_a_broken_body_changes_nothing(program: Program, raw: bytes, kind: str, status: int) -> None:
    headers = {"Authorization": f"Bearer {program.text}", "Content-Type": kind}
    answer = program.client.post("/api/v1/tickets/search", data=raw, headers=headers)
    program.check("POST", "/tickets/search", answer)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "path", ["/nothing", "/tickets/T-2026-000001%00", "/tickets/" + "x" * 3000, "/tickets/../x"]
)
def test_what_is_not_there_says_so_in_the_same_shape(program: Program, path: str) -> None:
    answer = program.get(path)
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "not_found")


def test_figures_of_a_month(program: Program, make: Callable[..., Program], water: str) -> None:
    program.post("/tickets", NEW | {"unit": water})
    figures = program.get("/figures").json
    assert {count["what"] for count in figures["now"]} >= {"overdue", "due_today"}
    assert program.get("/figures?month=2019-02").json["total"] == {
        "due": 0, "in_time": 0, "extended": 0, "share": None,
    }  # fmt: skip
    assert program.get("/figures?month=2026-13").status_code == 422
    assert make(role="unit", unit=UnitId(water)).get("/figures").status_code == 404


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(
    [
        "kind",
        "topic",
        "what",
        "unit",
        "place",
        "words",
        "number",
        "state",
        "since",
        "until",
        "after",
        "limit",
        "version",
        "action",
        "args",
    ]
)
BODIES = st.dictionaries(
    FIELDS | st.text(max_size=8), VALUES | st.sampled_from(["complaint", "open", "hand_over", "2026-01-01"])
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=VALUES | BODIES,
    path=st.sampled_from(
        ["/tickets", "/tickets/search", "/tickets/T-2026-000001/actions", "/tickets/x/actions"]
    ),
)
def test_whatever_is_sent_is_answered_as_the_document_says(program: Program, body: object, path: str) -> None:
    answer = program.client.post(
        f"/api/v1{path}", data=json.dumps(body), headers={"Authorization": f"Bearer {program.text}"},
        content_type="application/json",
    )  # fmt: skip
    assert answer.status_code < 500
    program.check("POST", path, answer)


def test_no_unit_that_is_closed_is_given_work(program: Program, parts: ConsoleParts, water: str) -> None:
    with parts.storage.writing() as tx:
        new = units.create(tx, name="临时指挥部", level="city", parent="", email="")
        units.close(tx, new.id, datetime.now(UTC))
    answer = program.post("/tickets", NEW | {"unit": new.id})
    assert (answer.status_code, answer.json["error"]["fields"]) == (422, {"unit": "unknown"})


def test_a_number_that_comes_with_a_matter_is_found_masked_and_told_to_nobody(
    program: Program, make: Callable[..., Program], parts: ConsoleParts, water: str
) -> None:
    body = NEW | {"unit": water, "number": "138 1234-5678"}
    made = program.post("/tickets", body, Idempotency_Key="w").json
    assert program.post("/tickets", body, Idempotency_Key="w").json == made
    found = program.post("/tickets/search", {"number": "+8613812345678"}).json["tickets"]
    assert [(row["id"], row["number"]) for row in found] == [(made["id"], "138****5678")]
    unit = make(role="unit", unit=UnitId(water))
    program.post(
        f"/tickets/{made['id']}/actions", {"version": 1, "action": "hand_over", "args": {"unit": water}}
    )
    for who in (program, unit):
        for path in (f"/tickets/{made['id']}", f"/tickets/{made['id']}/log", "/tickets"):
            answer = who.get(path)
            assert answer.status_code == 200 and "13812345678" not in answer.get_data(as_text=True)
    with parts.storage.engine.connect() as connection:
        looks = connection.execute(select(api_views.c.ticket).where(api_views.c.what == "search"))
        assert looks.scalars().all() == [made["id"]]
        rows = connection.execute(select(written_numbers.c.number)).scalars().all()
        assert rows == ["13812345678"]  # once, though it was sent twice
        assert "13812345678" not in str(connection.execute(select(requests_table)).all())


def test_what_is_no_number_is_refused_and_nothing_is_accepted(program: Program, water: str) -> None:
    for number, problem in ((7, "wrong_type"), ("1" * 41, "too_long"), ("7\x007", "unreadable")):
        answer = program.post("/tickets", NEW | {"unit": water, "number": number})
        assert (answer.status_code, answer.json["error"]["fields"]) == (422, {"number": problem})
    assert program.post("/tickets", NEW | {"unit": water, "number": "1" * 70_000}).status_code == 413
    assert program.get("/tickets").json["tickets"] == []
