"""Callbacks over HTTP: who may ask for a call, and wrong, hostile and repeated input."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from hotline.domain.call import Call
from hotline.domain.ids import CallId, SeatId
from hotline.services import callbacks
from hotline.services.ports_callbacks import Dial
from tests.fakes.console_parts import ConsoleParts, Somebody, log_in

MISSED = CallId("5f0e7c1e-0000-4000-8000-00000000ca11")
NUMBER = "13812345678"
PAGE = "page-of-a-test"
DIAL = "5f0e7c1e-0000-4000-8000-00000000d1a1"


@pytest.fixture
def parts_with_a_missed_call(parts: ConsoleParts) -> ConsoleParts:
    now = datetime.now(UTC)
    with parts.storage.writing() as tx:
        call = Call(id=MISSED, arrived_at=now - timedelta(seconds=40), from_number=NUMBER)
        call.end(now)
        tx.calls.save(call)
    return parts


@pytest.fixture
def seat(app: Flask, parts_with_a_missed_call: ConsoleParts) -> Somebody:
    return log_in(app, "seat01")


def dials(parts: ConsoleParts) -> int:
    with parts.storage.reading() as tx:
        return 0 if tx.callbacks.newest_of_seat(SeatId("seat01")) is None else 1


def test_the_list_has_no_number(seat: Somebody, parts: ConsoleParts) -> None:
    answer = seat.get("/api/callbacks")
    assert answer.status_code == 200 and NUMBER not in answer.get_data(as_text=True)
    assert [row["id"] for row in answer.json["missed"]] == [MISSED] and answer.json["tickets"] == answer.json[
        "new_dates"
    ] == []


def test_a_stranger_is_sent_away(app: Flask, parts_with_a_missed_call: ConsoleParts) -> None:
    answer = app.test_client().get("/api/callbacks")
    assert answer.status_code in (302, 401) and MISSED not in answer.get_data(as_text=True)


def test_only_the_page_that_has_the_seat_asks_for_a_call(seat: Somebody, parts: ConsoleParts) -> None:
    answer = seat.post("/api/callbacks", {"call": MISSED})
    assert answer.status_code in (403, 409) and dials(parts) == 0


@pytest.mark.parametrize(
    "body",
    [{}, {"call": MISSED, "ticket": "T-2026-000001"}, {"call": 7}, {"call": "x" * 100}, {"ticket": None}],
)
def test_wrong_wishes_change_nothing(seat: Somebody, parts: ConsoleParts, body: Any) -> None:
    assert seat.post("/api/callbacks", body).status_code in (400, 403, 409)
    assert dials(parts) == 0


@pytest.mark.parametrize("body", [{}, {"reached": "yes"}, {"reached": None}, {"reached": 1}])
def test_settling_takes_a_plain_yes_or_no(seat: Somebody, body: Any) -> None:
    assert seat.post(f"/api/callbacks/{MISSED}/settle", body).status_code == 400


def test_what_is_not_ones_own_is_not_there(seat: Somebody) -> None:
    assert seat.post(f"/api/callbacks/{MISSED}/settle", {"reached": True}).status_code == 404
    assert seat.get(f"/api/callbacks/{MISSED}").status_code == 404
    assert seat.get(f"/api/callbacks/{MISSED}/recording").status_code == 404
    assert seat.get("/api/callbacks/..%2f..%2fx").status_code == 404


def test_the_form_of_a_reached_caller_is_his_seats_alone(
    app: Flask, seat: Somebody, parts: ConsoleParts
) -> None:
    """As the page does it: what is his is told, a draft, the number and the deadline, and it is done."""
    at, path = datetime.now(UTC), f"/api/calls/{MISSED}"
    fields = {"kind": "help", "topic": "water_outage", "what": "停水", "unit": "某单位"}
    assert seat.put(f"{path}/draft", {"version": 0, "fields": fields}).status_code == 404
    with parts.storage.writing() as tx:
        account = tx.accounts.by_login("seat01")
        assert account
        dial = Dial(id=DIAL, seat=SeatId("seat01"), account=account.id, began_at=at, missed=MISSED)
        tx.callbacks.add(dial)
        callbacks.answered(tx, DIAL, at)
    assert seat.put(f"{path}/draft", {"version": 0, "fields": fields}).json["version"] == 1
    mine = seat.get("/api/callbacks").json["mine"]
    assert (mine["id"], mine["missed"], mine["ticket"]["fields"]["what"]) == (DIAL, MISSED, "停水")
    stranger = log_in(app, "seat02")
    assert stranger.get("/api/callbacks").json["mine"] is None
    assert stranger.post(f"{path}/ticket", {"version": 1, "fields": fields}).status_code == 404
    ticket = seat.post(f"{path}/ticket", {"version": 1, "fields": fields}).json["ticket"]
    assert ticket["id"].startswith("T-") and ticket["due_day"] and ticket["call_id"] == MISSED
    assert seat.get(f"/api/callbacks/{DIAL}").json["dial"]["ticket"]["id"] == ticket["id"]
    with parts.storage.writing() as tx:
        callbacks.ended(tx, DIAL, "ANSWER", at)
    assert seat.post(f"/api/callbacks/{DIAL}/settle", {"reached": True}).json["dial"]["reached"] is True
    assert seat.get("/api/callbacks").json["mine"] is None
    sounds = parts.settings.recordings_dir
    sounds.mkdir(exist_ok=True)
    for somebody, hears in ((seat, True), (stranger, False), (log_in(app, "sup01"), True)):
        (sounds / f"{DIAL}.wav").unlink(missing_ok=True)
        assert [row["sound"] for row in shown(somebody, ticket["id"])] == [False]
        (sounds / f"{DIAL}.wav").write_bytes(b"sound")
        assert [(row["id"], row["seat"], row["sound"]) for row in shown(somebody, ticket["id"])] == [
            (DIAL, "seat01", hears)
        ]
        assert somebody.get(f"/api/callbacks/{DIAL}/recording").status_code == (200 if hears else 404)


def shown(somebody: Somebody, ticket_id: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = somebody.get(f"/api/tickets/{ticket_id}").json["ticket"]["callbacks"]
    return rows
