"""The page of deadlines over HTTP: who may see it, figures and lists, papers, meetings, and nonsense."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from flask import Flask

from hotline.papers.fonts import FOLDERS
from hotline.papers.notice import NoticePrinter
from hotline.setup import parts as machine
from tests.fakes.console_parts import ConsoleParts, Somebody, log_in
from tests.support.deadline_city import DeadlineCity

NOW = datetime.now(UTC)


@pytest.fixture
def boss(app: Flask) -> Somebody:
    return log_in(app, "sup01")


@pytest.fixture
def city(parts: ConsoleParts) -> DeadlineCity:
    parts.papers = NoticePrinter(folders=[*FOLDERS, Path(machine.find("fonts").executable).parent])
    return DeadlineCity(parts.storage, parts.topics, parts.settings, NOW)


def figures(boss: Somebody) -> dict[str, int]:
    found = boss.get("/api/deadlines").json
    assert found
    return {figure["what"]: figure["count"] for figure in found["figures"]}


def rows(boss: Somebody, what: str, query: str = "") -> list[dict[str, Any]]:
    found = boss.get(f"/api/deadlines/list/{what}{query}").json
    assert found and found["count"] == len(found["rows"])
    listed: list[dict[str, Any]] = found["rows"]
    return listed


def test_only_supervisors_see_it(app: Flask, admin: Somebody, city: DeadlineCity) -> None:
    ticket = city.in_hand(30)
    city.run_clock()
    key = 1
    paths = ("/deadlines", "/api/deadlines", "/api/deadlines/list/overdue", "/api/deadlines/notices")
    for somebody in (admin, log_in(app, "seat01")):
        for path in (*paths, "/api/deadlines/meetings"):
            assert somebody.get(path).status_code == 403, path
        body = {"ticket": ticket, "kind": "criticism", "reason": "x"}
        assert somebody.post("/api/deadlines/notices", body).status_code == 403
    stranger = Somebody(app.test_client())
    assert stranger.get("/api/deadlines").status_code == 401
    assert stranger.get(f"/deadlines/notices/{key}.pdf").status_code == 302


def test_figures_lists_and_decisions(boss: Somebody, city: DeadlineCity) -> None:
    asked, returned, late = city.asks(), city.returned_twice(), city.in_hand(30, 1)
    city.run_clock()
    assert figures(boss)["overdue"] == 1
    [row] = rows(boss, "extensions")
    assert (row["id"], row["asked_extension"], row["asked_because"]) == (asked, 3, "配件须从外地调运")
    assert row["topic"]["zh"]
    body = {"version": row["version"], "action": "grant_extension", "args": {}}
    assert boss.post(f"/api/tickets/{asked}/actions", body).status_code == 200
    assert rows(boss, "extensions") == []
    [row] = rows(boss, "arbitration")
    args = {"unit": city.units[2], "decision": "按职责分工"}
    body = {"version": row["version"], "action": "force", "args": args}
    assert boss.post(f"/api/tickets/{returned}/actions", body).status_code == 200
    assert figures(boss)["arbitration"] == 0
    [row] = rows(boss, "noticed")
    assert row["id"] == late
    assert rows(boss, "overdue", f"?unit={city.units[1]}") == rows(boss, "overdue")
    assert rows(boss, "overdue", f"?unit={city.units[0]}") == []
    month = row["due_day"][:7]
    assert [each["id"] for each in rows(boss, "month_late", f"?month={month}")] == [late]


def test_papers_are_issued_anew_and_printed(app: Flask, boss: Somebody, city: DeadlineCity) -> None:
    city.in_hand(30, 1)
    city.run_clock()
    [paper] = rows(boss, "noticed")[0]["notices"]
    answer = boss.post(f"/api/deadlines/notices/{paper['key']}/reissue", {"reason": "单位名称有误"})
    assert answer.status_code == 201
    new = answer.json["notice"]
    assert new["replaces"] == paper["number"]
    again = boss.post(f"/api/deadlines/notices/{paper['key']}/reissue", {"reason": "再来一次"})
    assert (again.status_code, again.json["error"]["reason"]) == (409, "notice_replaced")
    printed = boss.get(f"/deadlines/notices/{new['key']}.pdf")
    assert printed.mimetype == "application/pdf"
    assert printed.headers["Cache-Control"] == "no-store"
    assert printed.headers["Content-Disposition"].startswith('inline; filename="supervision-')
    text = pypdfium2.PdfDocument(printed.data)[0].get_textpage().get_text_range()
    assert new["number"] in text
    listed = boss.get("/api/deadlines/notices").json["notices"]
    assert [(each["number"], each["replaced"]) for each in listed] == [
        (new["number"], False), (paper["number"], True)
    ]  # fmt: skip
    early = city.in_hand(0.1)
    body = {"ticket": early, "kind": "supervision", "reason": "催办"}
    refused = boss.post("/api/deadlines/notices", body)
    assert (refused.status_code, refused.json["error"]["reason"]) == (409, "notice_early")


def test_a_unit_opens_its_own_papers_only(app: Flask, boss: Somebody, city: DeadlineCity) -> None:
    with city.storage.reading() as tx:
        logins = {account.unit: account.login for account in tx.accounts.all() if account.unit}
    [mine] = [unit for unit in city.units if unit in logins]
    other = next(unit for unit in logins if unit and unit != mine)
    city.in_hand(30, city.units.index(mine))
    city.run_clock()
    [paper] = boss.get("/api/deadlines/notices").json["notices"]
    path = f"/deadlines/notices/{paper['key']}.pdf"
    assert log_in(app, logins[mine]).get(path).status_code == 200
    assert log_in(app, logins[other]).get(path).status_code == 404
    assert log_in(app, "seat01").get(path).status_code == 200
    assert log_in(app, logins[mine]).get("/api/deadlines").status_code == 403


def test_a_meeting_over_http(boss: Somebody, city: DeadlineCity) -> None:
    ticket = city.in_hand(1)
    starts = (NOW + timedelta(days=1)).isoformat()
    body = {"title": "管网", "place": "二楼", "starts_at": starts, "agenda": [ticket]}
    meeting = boss.post("/api/deadlines/meetings", body).json["meeting"]
    at = f"/api/deadlines/meetings/{meeting['key']}"
    meeting = boss.put(f"{at}/minutes", {"version": 1, "minutes": "<b>牵头</b>"}).json["meeting"]
    day = str((NOW + timedelta(days=20)).date())
    duty = {
        "version": 2,
        "of_ticket": ticket,
        "unit": city.units[2],
        "owner": "王工",
        "day": day,
        "what": "方案",
    }
    made = boss.post(f"{at}/duties", duty)
    assert made.status_code == 201
    assert boss.get(f"/api/tickets/{made.json['ticket']}").json["ticket"]["unit"] == city.units[2]
    assert boss.post(f"{at}/close", {"version": 2}).status_code == 409
    assert boss.post(f"{at}/close", {"version": 3}).json["meeting"]["closed"] is True
    assert boss.get("/api/deadlines/meetings").json["meetings"][0]["minutes"] == "<b>牵头</b>"


NONSENSE: list[tuple[str, str, object]] = [
    ("get", "/api/deadlines?month=2026-99", None),
    ("get", "/api/deadlines?month=%00", None),
    ("get", "/api/deadlines/list/nothing", None),
    ("get", "/api/deadlines/list/month_due?month=-1", None),
    ("get", "/deadlines/notices/999.pdf", None),
    ("get", "/deadlines/notices/99999999999999999999.pdf", None),
    ("post", "/api/deadlines/notices", {"ticket": "T-1", "kind": "love letter", "reason": "x"}),
    ("post", "/api/deadlines/notices", {"ticket": "T-1", "kind": "supervision", "reason": "x"}),
    ("post", "/api/deadlines/notices", {"ticket": 1, "kind": "supervision", "reason": "x"}),
    ("post", "/api/deadlines/notices", {"ticket": "T-1", "kind": "supervision", "reason": "x" * 501}),
    ("post", "/api/deadlines/notices/1/reissue", {"reason": None}),
    ("post", "/api/deadlines/notices/1/reissue", []),
    ("post", "/api/deadlines/meetings", {"agenda": "T-1"}),
    ("post", "/api/deadlines/meetings", {"agenda": ["T-1"] * 51}),
    ("post", "/api/deadlines/meetings", {"agenda": [None], "title": "x", "place": "y", "starts_at": "z"}),
    (
        "post",
        "/api/deadlines/meetings",
        {"agenda": ["T-1"], "title": "x", "place": "y", "starts_at": "2026-02-30T09:00+08:00"},
    ),
    (
        "post",
        "/api/deadlines/meetings",
        {"agenda": ["T-1"], "title": "x", "place": "y", "starts_at": "2026-02-20T09:00"},
    ),
    (
        "post",
        "/api/deadlines/meetings",
        {"agenda": ["T-1"], "title": "x", "place": "y", "starts_at": "0001-01-01T00:00+14:00"},
    ),
    ("put", "/api/deadlines/meetings/1/minutes", {"version": -1, "minutes": "x"}),
    ("put", "/api/deadlines/meetings/1/minutes", {"version": 1, "minutes": "x"}),
    ("post", "/api/deadlines/meetings/1/duties", {"version": 1, "day": "2026-02-30"}),
]


def test_nonsense_is_refused_in_one_sentence(boss: Somebody) -> None:
    for method, path, body in NONSENSE:
        answer = boss.get(path) if body is None else getattr(boss, method)(path, body)
        assert 400 <= answer.status_code < 500, (path, body)
        if path.startswith("/api/"):
            assert "\n" not in answer.json["error"]["message"]
