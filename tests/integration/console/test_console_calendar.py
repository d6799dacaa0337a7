"""The administrator's calendar over HTTP: a year shown, changes previewed and applied, bad files told by their place."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from hotline.domain.call import Call
from hotline.domain.ids import CallId, SeatId
from hotline.domain.ticket import Ticket, TicketFields
from tests.fakes.console_parts import ConsoleParts, Somebody, log_in

ACCEPTED = datetime(2026, 12, 29, 2, 0, tzinfo=UTC)
SNOW = {"day": "2026-12-30", "off": True, "name": "暴雪停工"}
LAW = ("01-01", "05-01", "10-01", "10-02", "10-03")


def a_year(year: int = 2027, **change: object) -> dict[str, Any]:
    days: list[dict[str, object]]
    days = [{"name": "节日", "date": f"{year}-{day}", "isOffDay": True} for day in LAW]
    days.append({"name": "元旦", "date": f"{year}-01-04", "isOffDay": True})
    return {"year": year, "papers": [], "days": days} | change


def as_file(year: dict[str, Any]) -> dict[str, str]:
    return {"file": json.dumps(year, ensure_ascii=False)}


@pytest.fixture
def ticket(parts: ConsoleParts) -> str:
    """One complaint of the last week of 2026."""
    call = CallId("5f0e7c1e-0000-4000-8000-000000000001")
    fields = TicketFields(kind="complaint", topic="water_outage", what="停水", unit="u001")
    with parts.storage.writing() as tx:
        tx.calls.save(Call(id=call, arrived_at=ACCEPTED))
        made = Ticket(call_id=call, created_at=ACCEPTED, seat=SeatId("seat07"), fields=fields)
        made.accept(tx.tickets.next_id(2026), ACCEPTED)
        made.promise(5, tx.calendar.load().due(ACCEPTED, 5))
        tx.tickets.save(made)
    assert made.id
    return made.id


def test_a_year_is_shown_with_what_is_known_of_it(admin: Somebody) -> None:
    published, coming = admin.get("/api/calendar/2026").json, admin.get("/api/calendar/2027").json
    assert (published["known"], published["provisional"]) == (True, False)
    assert {"day": "2026-02-14", "name": "春节", "off": False} in published["days"]
    assert (coming["known"], coming["provisional"]) == (True, True)
    far = admin.get("/api/calendar/2090").json
    assert (far["known"], far["provisional"], far["days"]) == (False, True, [])
    assert {"year": 2026, "provisional": False} in published["years"]
    for year in ("1999", "2101", "9999", "10000", "x"):
        assert admin.get(f"/api/calendar/{year}").status_code == 404


def test_a_preview_changes_nothing_and_the_same_applied_does(
    admin: Somebody, parts: ConsoleParts, ticket: str
) -> None:
    shown = admin.post("/api/calendar/preview", {"days": [SNOW]}).json
    assert (shown["moved"], shown["open"], shown["changes_nothing"]) == (1, 1, False)
    assert shown["days"] == [{"day": "2026-12-30", "from": None, "to": {"off": True, "name": "暴雪停工"}}]
    assert shown["groups"] == [
        {
            "from": {"day": "2027-01-06", "provisional": True},
            "to": {"day": "2027-01-07", "provisional": True},
            "count": 1,
            "first": [ticket],
        }
    ]
    assert SNOW["name"] not in admin.get("/api/calendar/2026").get_data(as_text=True)
    done = admin.post("/api/calendar/apply", {"days": [SNOW], "revision": shown["revision"]})
    assert (done.status_code, done.json["moved"]) == (200, 1)
    assert SNOW["name"] in admin.get("/api/calendar/2026").get_data(as_text=True)
    with parts.storage.reading() as tx:
        told = [(row.stream, row.note) for row in tx.outbox.after(0) if row.type == "calendar.changed"]
    assert told == [("everybody", "2026")]
    again = admin.post("/api/calendar/apply", {"days": [SNOW], "revision": shown["revision"]})
    assert (again.status_code, again.json["changes_nothing"]) == (200, True)
    usual = {"day": "2026-12-30", "off": None, "name": ""}
    assert (
        admin.post("/api/calendar/preview", {"days": [usual]}).json["groups"][0]["to"]["day"] == "2027-01-06"
    )


def test_a_published_year_makes_deadlines_certain(admin: Somebody, ticket: str) -> None:
    shown = admin.post("/api/calendar/preview", as_file(a_year())).json
    assert (shown["year"], shown["was_provisional"], shown["provisional"]) == (2027, True, False)
    assert shown["groups"][0]["to"] == {"day": "2027-01-07", "provisional": False}
    body = as_file(a_year()) | {"revision": shown["revision"]}
    assert admin.post("/api/calendar/apply", body).json["moved"] == 1
    assert admin.get("/api/calendar/2027").json["provisional"] is False


def test_what_was_not_seen_is_not_applied(admin: Somebody) -> None:
    shown = admin.post("/api/calendar/preview", {"days": [SNOW]}).json
    admin.post("/api/calendar/apply", as_file(a_year()) | {"revision": shown["revision"]})
    late = admin.post("/api/calendar/apply", {"days": [SNOW], "revision": shown["revision"]})
    assert (late.status_code, late.json["error"]["code"]) == (409, "conflict")
    assert SNOW["name"] not in admin.get("/api/calendar/2026").get_data(as_text=True)


def twice(off: bool) -> list[dict[str, object]]:
    day = {"name": "元旦", "date": "2027-01-02"}
    return [*a_year()["days"], day | {"isOffDay": True}, day | {"isOffDay": off}]


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"file": '{"year": 2027,\n "days": [,]}'}, 422, "line 2, column 11"),
        ({"file": ""}, 422, "line 1, column 1"),
        ({"file": "x" * 40_000}, 422, "line 1, column 1"),
        ({"file": "[" * 30_000}, 422, "not the JSON"),
        ({"file": "[]"}, 422, "must be an object"),
        ({"file": 7}, 400, "file must be a text"),
        (as_file(a_year(days=twice(False))), 422, "2027-01-02 is there twice, off and worked"),
        (as_file(a_year(days=twice(True))), 422, "2027-01-02 is there twice"),
        (as_file(a_year(days=a_year(2026)["days"])), 422, "does not belong to 2027"),
        (as_file(a_year(year=1812)), 422, "year: must be"),
        (as_file(a_year(days=[])), 422, "2027 has no days"),
        (as_file(a_year(days=[{"name": "x", "date": "2027-02-29", "isOffDay": True}])), 422, "day 1: date"),
        (as_file(a_year(days=[{"name": "x", "date": "2027-02-28"}])), 422, "day 1: must have"),
        ({"days": []}, 400, "days"),
        ({"days": [SNOW] * 61}, 400, "days"),
        ({"days": [SNOW | {"off": 1}]}, 400, "off"),
        ({"days": [SNOW | {"day": "30.12.2026"}]}, 400, "day must be a day"),
        ({"days": [SNOW | {"name": ""}]}, 422, "needs a name"),
        ({"days": [SNOW | {"name": "x\ny"}]}, 422, "needs a name"),
        ({"days": [SNOW, SNOW | {"day": "2027-12-30"}]}, 422, "one year"),
        ({"days": [SNOW | {"day": "0001-01-01"}]}, 422, "year"),
        ({}, 400, "days"),
    ],
)
def test_a_wrong_arrangement_is_told_by_its_place(
    admin: Somebody, body: dict[str, Any], status: int, told: str
) -> None:
    before = admin.get("/api/calendar/2027").json
    refused = admin.post("/api/calendar/preview", body)
    assert (refused.status_code, told in refused.json["error"]["message"]) == (status, True)
    assert admin.post("/api/calendar/apply", body | {"revision": before["revision"]}).status_code == status
    assert admin.get("/api/calendar/2027").json == before


def test_a_huge_file_is_refused_unread(admin: Somebody) -> None:
    refused = admin.post("/api/calendar/preview", {"file": "x" * 300_000})
    assert (refused.status_code, refused.json["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize("login", ["seat01", "sup01", "unit01"])
def test_only_administrators_change_the_calendar(app: Flask, login: str) -> None:
    somebody = log_in(app, login)
    assert somebody.get("/calendar").status_code == 403
    assert somebody.get("/api/calendar/2026").status_code == 403
    assert somebody.post("/api/calendar/apply", {"days": [SNOW], "revision": 1}).status_code == 403
