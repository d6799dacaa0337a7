"""What the pages' API takes and refuses: roles, other people's calls, wrong, huge and repeated input."""

import uuid
from datetime import UTC, datetime

import pytest
from flask import Flask

from hotline.domain import facts
from hotline.domain.ids import CallId, QueueId, SeatId
from hotline.services import calls
from seat_console.sockets import LiveLink
from tests.fakes.console_parts import HERE, ConsoleParts, Somebody, log_in

QUEUE = QueueId("living_security")
FIELDS = {
    "kind": "complaint", "topic": "water_outage", "place": "人民路", "what": "停水三天", "unit": "市水务集团",
    "citizen_name": "", "confidential": False, "share_number": False,
}  # fmt: skip


@pytest.fixture
def call(parts: ConsoleParts) -> CallId:
    """A call that seat01 talks in."""
    id_, at = CallId(str(uuid.uuid4())), datetime.now(UTC)
    seat = SeatId("seat01")
    happened = (
        facts.CallerArrived(call_id=id_, at=at, from_number="13812345678", line="12341", hint=QUEUE),
        facts.SeatRang(call_id=id_, at=at, seat=seat),
        facts.SeatAnswered(call_id=id_, at=at, seat=seat, queue=QUEUE),
    )
    with parts.storage.writing() as tx:
        for fact in happened:
            calls.apply_fact(tx, fact)
    return id_


@pytest.fixture
def seat(app: Flask) -> Somebody:
    return here(app, "seat01")


def here(app: Flask, login: str) -> Somebody:
    """Logged in, and the page has its seat."""
    somebody = log_in(app, login)
    link: LiveLink = app.extensions["live_link"]
    if login.startswith("seat"):
        link.holders.claim(SeatId(login), somebody.page, f"connection of {login}", False)
    return somebody


def draft(call: CallId) -> str:
    return f"/api/calls/{call}/draft"


def test_a_draft_is_kept_and_counted(seat: Somebody, call: CallId, parts: ConsoleParts) -> None:
    answer = seat.put(draft(call), {"version": 0, "fields": FIELDS})
    assert answer.status_code == 200
    assert answer.json["version"] == 1
    with parts.storage.reading() as tx:
        ticket = tx.tickets.of_call(call)
    assert ticket and ticket.fields.what == "停水三天"


def test_a_draft_from_another_window_comes_back_with_the_stored_one(seat: Somebody, call: CallId) -> None:
    seat.put(draft(call), {"version": 0, "fields": FIELDS})
    answer = seat.put(draft(call), {"version": 0, "fields": FIELDS | {"what": "别的"}})
    assert answer.status_code == 409
    assert answer.json["error"]["code"] == "draft_conflict"
    assert answer.json["error"]["stored"]["fields"]["what"] == "停水三天"
    assert answer.json["error"]["stored"]["version"] == 1


def test_the_ticket_of_another_seats_call_is_not_there(app: Flask, call: CallId) -> None:
    other = here(app, "seat02")
    assert other.put(draft(call), {"version": 0, "fields": FIELDS}).status_code == 404
    save = other.post(f"/api/calls/{call}/ticket", {"version": 0, "fields": FIELDS})
    assert save.status_code == 404
    assert other.get(f"/api/calls/{call}/recording").status_code == 404


def test_an_unknown_call_is_not_there(seat: Somebody) -> None:
    assert seat.put(draft(CallId(str(uuid.uuid4()))), {"version": 0, "fields": FIELDS}).status_code == 404
    assert seat.put("/api/calls/../../etc/draft", {}).status_code == 404
    assert seat.put("/api/calls/not-a-uuid/draft", {}).status_code == 404


def test_saving_names_every_missing_field(seat: Somebody, call: CallId) -> None:
    answer = seat.post(f"/api/calls/{call}/ticket", {"version": 0, "fields": {"what": " "}})
    assert answer.status_code == 422
    problems = answer.json["error"]["fields"]
    assert problems == {"kind": "required", "topic": "required", "what": "required", "unit": "required"}


def test_saving_twice_makes_one_ticket(seat: Somebody, call: CallId) -> None:
    body = {"version": 0, "fields": FIELDS}
    first = seat.post(f"/api/calls/{call}/ticket", body)
    again = seat.post(f"/api/calls/{call}/ticket", body)
    assert first.status_code == again.status_code == 200
    assert first.json["ticket"]["id"] == again.json["ticket"]["id"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"version": 0},
        {"version": "0", "fields": FIELDS},
        {"version": -1, "fields": FIELDS},
        {"version": True, "fields": FIELDS},
        {"version": 10**30, "fields": FIELDS},
        {"version": 0, "fields": []},
        {"version": 0, "fields": {"what": 7}},
        {"version": 0, "fields": {"confidential": "yes"}},
        {"version": 0, "fields": {"share_number": 1}},
        {"version": 0, "fields": {"share_number": True, "confidential": True}},
        {"version": 0, "fields": {"__class__": "x"}},
        {"version": 0, "fields": {"what": "x" * 4001}},
        {"version": 0, "fields": {"place": "x" * 201}},
        {"version": 0, "fields": {"what": "a\x00b"}},
    ],
)
def test_a_malformed_draft_changes_nothing(
    seat: Somebody, call: CallId, parts: ConsoleParts, body: dict[str, object]
) -> None:
    answer = seat.put(draft(call), body)
    assert answer.status_code in (400, 422)
    assert answer.json["error"]["message"]
    with parts.storage.reading() as tx:
        ticket = tx.tickets.of_call(call)
    assert ticket and ticket.version == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"x" * 1_048_576, 413),
        (b"{" + b" " * 70_000 + b"}", 413),
        (b"[" * 60_000, 400),
        (b"not json", 400),
        (b"[1, 2]", 400),
        (b"null", 400),
        (b'{"version": NaN, "fields": {}}', 400),
        (b'{"version": 0, "fields": {"what": "\\ud800"}}', 400),
        (b"\xff\xfe{}", 400),
        (b"", 400),
    ],
)
def test_a_body_that_is_no_small_json_object_is_refused(
    seat: Somebody, call: CallId, body: bytes, status: int
) -> None:
    headers = HERE | {"Content-Type": "application/json", "X-Hotline-Page": seat.page}
    answer = seat.client.put(draft(call), data=body, headers=headers)
    assert answer.status_code == status
    assert answer.json["error"]["code"] in ("malformed", "too_large")


def test_another_content_type_is_refused(seat: Somebody, call: CallId) -> None:
    answer = seat.client.put(draft(call), data=b"{}", headers=HERE | {"Content-Type": "text/plain"})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_request_that_another_site_made_is_refused(
    seat: Somebody, call: CallId, parts: ConsoleParts, headers: dict[str, str]
) -> None:
    answer = seat.client.put(draft(call), json={"version": 0, "fields": FIELDS}, headers=headers)
    assert answer.status_code == 403
    command = {"id": str(uuid.uuid4()), "name": "seat.ready", "args": {}}
    page = {"X-Hotline-Page": seat.page}
    assert seat.client.post("/api/commands", json=command, headers=headers | page).status_code == 403
    assert parts.commands.sent == []


def test_our_own_origin_is_enough_for_an_old_browser(seat: Somebody, call: CallId) -> None:
    headers = {"Origin": "http://localhost"}
    answer = seat.client.put(draft(call), json={"version": 0, "fields": FIELDS}, headers=headers)
    assert answer.status_code == 200


def test_a_command_goes_to_the_switch_with_its_expiry(seat: Somebody, parts: ConsoleParts) -> None:
    id_ = str(uuid.uuid4())
    before = datetime.now(UTC).timestamp()
    answer = seat.post("/api/commands", {"id": id_, "name": "seat.pause", "args": {"reason": "meal"}})
    assert (answer.status_code, answer.json) == (202, {"id": id_})
    [command] = parts.commands.sent
    assert (command.id, command.name, command.seat) == (id_, "seat.pause", "seat01")
    assert command.args == {"reason": "meal"}
    assert before < command.expires_at < before + 10


def test_a_repeated_command_keeps_its_id_so_that_the_switch_can_tell(
    seat: Somebody, parts: ConsoleParts
) -> None:
    body = {"id": str(uuid.uuid4()), "name": "seat.ready", "args": {}}
    assert [seat.post("/api/commands", body).status_code for _ in range(3)] == [202] * 3
    assert {command.id for command in parts.commands.sent} == {body["id"]}


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ({"id": "x", "name": "seat.ready"}, 400),
        ({"id": "x" * 65, "name": "seat.ready"}, 400),
        ({"id": "../../../etc", "name": "seat.ready"}, 400),
        ({"id": "good-id-1234", "name": 5}, 400),
        ({"id": "good-id-1234", "name": "seat.ready", "args": []}, 400),
        ({"id": "good-id-1234", "name": "system.shell"}, 422),
        ({"id": "good-id-1234", "name": "call.listen", "args": {}}, 422),
        ({"id": "good-id-1234", "name": "seat.pause", "args": {"reason": "beach"}}, 422),
        ({"id": "good-id-1234", "name": "seat.pause", "args": {}}, 400),
        ({"id": "good-id-1234", "name": "call.hang_up", "args": {"call_id": "x"}}, 400),
        ({"id": "good-id-1234", "name": "call.hang_up", "args": {"call_id": str(uuid.UUID(int=7))}}, 404),
    ],
)
def test_a_command_that_is_none_is_refused(
    seat: Somebody, parts: ConsoleParts, command: dict[str, object], status: int
) -> None:
    assert seat.post("/api/commands", command).status_code == status
    assert parts.commands.sent == []


def test_a_seat_hangs_up_its_own_call_only(app: Flask, call: CallId, parts: ConsoleParts) -> None:
    body = {"id": "good-id-1234", "name": "call.hang_up", "args": {"call_id": call}}
    assert here(app, "seat02").post("/api/commands", body).status_code == 404
    assert here(app, "seat01").post("/api/commands", body).status_code == 202
    assert [command.seat for command in parts.commands.sent] == ["seat01"]


def test_without_the_live_channel_a_command_is_refused_with_a_sentence(
    seat: Somebody, parts: ConsoleParts
) -> None:
    parts.commands.away = True
    answer = seat.post("/api/commands", {"id": str(uuid.uuid4()), "name": "seat.ready"})
    assert answer.status_code == 503
    assert "try again" in answer.json["error"]["message"]


def test_only_the_page_that_has_the_seat_acts_for_it(seat: Somebody, parts: ConsoleParts) -> None:
    second = Somebody(seat.client, page="another-page")
    command = {"id": str(uuid.uuid4()), "name": "seat.ready"}
    assert second.post("/api/commands", command).status_code == 409
    assert second.get("/api/softphone").status_code == 409
    nameless = Somebody(seat.client, page="")
    assert nameless.get("/api/softphone").status_code == 403
    assert parts.commands.sent == []


def test_the_softphones_password_is_not_kept_anywhere(seat: Somebody, parts: ConsoleParts) -> None:
    answer = seat.get("/api/softphone")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["endpoint"] == "seat01"
    assert answer.json["ws"] == f"ws://127.0.0.1:{parts.settings.pbx_http_port}/ws"
    assert answer.json["password"] not in seat.get("/").get_data(as_text=True)


def test_each_role_has_its_own(app: Flask, admin: Somebody) -> None:
    seat, supervisor = here(app, "seat01"), here(app, "sup01")
    assert seat.get("/floor").status_code == 403
    assert seat.get("/api/accounts").status_code == 403
    assert supervisor.get("/").location == "/floor"
    assert supervisor.get("/api/accounts").status_code == 403
    assert supervisor.put(draft(CallId(str(uuid.uuid4()))), {}).status_code == 403
    assert admin.get("/").location == "/accounts"
    assert admin.get("/api/snapshot").status_code == 403
    assert admin.post("/api/views", {"call_id": str(uuid.uuid4())}).status_code == 403


def test_the_floor_shows_no_number_and_no_words(app: Flask, call: CallId) -> None:
    text = here(app, "sup01").get("/api/snapshot").get_data(as_text=True)
    assert "138****5678" in text
    assert "13812345678" not in text
    assert '"words":"' not in text.replace(" ", "")


def test_looking_at_the_words_leaves_a_trace(app: Flask, call: CallId, parts: ConsoleParts) -> None:
    supervisor = here(app, "sup01")
    assert supervisor.post("/api/views", {"call_id": call}).status_code == 200
    assert supervisor.post("/api/views", {"call_id": "x"}).status_code == 400
    assert supervisor.post("/api/views", {"call_id": str(uuid.uuid4())}).status_code == 404
    with parts.storage.reading() as tx:
        assert [view["what"] for view in tx.views.of_call(call)] == ["transcript"]


def test_a_supervisor_listens_on_a_lent_softphone(app: Flask, call: CallId, parts: ConsoleParts) -> None:
    supervisor = here(app, "sup01")
    endpoint = supervisor.get("/api/softphone").json["endpoint"]
    body = {"id": str(uuid.uuid4()), "name": "call.listen", "args": {"call_id": call}}
    assert supervisor.post("/api/commands", body).status_code == 202
    assert parts.commands.sent[-1].args == {"call_id": call, "endpoint": endpoint}
    others = [Somebody(supervisor.client, page=f"other-page-{n}") for n in range(5)]
    assert [other.get("/api/softphone").status_code for other in others] == [200, 200, 200, 200, 503]


def test_nobody_listens_to_a_call_that_nobody_talks_in(app: Flask, parts: ConsoleParts) -> None:
    id_ = CallId(str(uuid.uuid4()))
    with parts.storage.writing() as tx:
        arrived = facts.CallerArrived(
            call_id=id_, at=datetime.now(UTC), from_number=None, line="1", hint=QUEUE
        )
        calls.apply_fact(tx, arrived)
    body = {"id": str(uuid.uuid4()), "name": "call.listen", "args": {"call_id": id_}}
    assert here(app, "sup01").post("/api/commands", body).status_code == 409


def test_every_answer_carries_the_strict_policy(app: Flask, parts: ConsoleParts) -> None:
    client = app.test_client()
    for path in ("/login", "/static/js/console.js", "/api/snapshot", "/no/such/page", "/healthz"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "'unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert f"connect-src 'self' ws://127.0.0.1:{parts.settings.pbx_http_port};" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_health_is_told_without_a_login_and_without_figures(app: Flask, parts: ConsoleParts) -> None:
    parts.presence.processes = {"switch": {"pid": 7, "pbx": True}, "web": {}}
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 200
    assert answer.json["ok"] is True
    assert answer.json["parts"]["pbx"] == {"ok": True}
    assert answer.json["parts"]["speech"] == {"ok": False}
    parts.presence.processes = {}
    unknown = app.test_client().get("/healthz").json["parts"]
    assert unknown["redis"] == {"ok": False}
    assert unknown["switch"] == {"ok": None}


def test_a_failure_nobody_expected_tells_nothing_of_its_inside(seat: Somebody, app: Flask) -> None:
    app.extensions["hotline"].storage.close()
    app.extensions["hotline"].topics = None
    answer = seat.get("/api/snapshot")
    assert answer.status_code == 500
    assert answer.json == {"error": {"code": "internal", "message": "the hotline's web server failed"}}
