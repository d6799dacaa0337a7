"""The accuracy page over HTTP: what it counts, who may see it, and what is asked of it wrongly."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from hotline.domain.call import Call, CallState
from hotline.domain.heard import Heard, Reason, Suggestion
from hotline.domain.ids import SeatId
from hotline.domain.learning import Shown
from hotline.domain.ticket import TicketFields
from hotline.services import tickets
from hotline.services.accuracy import PAGE
from hotline.services.learning import note_choice
from tests.fakes.console_parts import ConsoleParts, Somebody, log_in
from tests.support.small_topics import call_id

SAID = (
    ("人民路停水了", ("water_outage", "water_quality"), "water_outage"),
    ("水龙头流黄水", ("water_outage", "water_quality"), "water_quality"),
    ("说不清楚的事", (), "street_lamp"),
    ("", (), "street_lamp"),
)


@pytest.fixture
def supervisor(app: Flask) -> Somebody:
    return log_in(app, "sup01")


@pytest.fixture
def saved(parts: ConsoleParts) -> None:
    """Four calls of seat01, each with its ticket saved."""
    at = datetime.now(UTC)
    for number, (words, topics, chosen) in enumerate(SAID):
        suggested = tuple(Suggestion(category="planning", topic=t, name=t, score=0.5) for t in topics)
        heard = Heard(
            call_id=call_id(number),
            words=words,
            final=True,
            reason=Reason.ENDPOINT,
            at=at.timestamp(),
            heard_ms=900,
            suggestions=suggested,
            categoriser=2,
        )
        with parts.storage.writing() as tx:
            account = tx.accounts.by_login("seat01")
            assert account
            ended = Call(id=call_id(number), arrived_at=at, line="12341", seat=SeatId("seat01"), heard=heard)
            ended.state, ended.ended_at = CallState.ENDED, at
            tx.calls.save(ended)
            fields = TicketFields(kind="help", topic=chosen, what="如题", unit="市水务集团")
            tickets.accept(tx, account, call_id(number), 0, fields, parts.topics, at)


def figures(somebody: Somebody, query: str = "") -> dict[str, Any]:
    answer = somebody.get(f"/api/accuracy{query}")
    assert answer.status_code == 200, answer.json
    return dict(answer.json)


def listed(somebody: Somebody, name: str, query: str = "") -> dict[str, Any]:
    answer = somebody.get(f"/api/accuracy/calls?list={name}{query}")
    assert answer.status_code == 200, answer.json
    return dict(answer.json)


@pytest.mark.parametrize(
    "shown",
    [
        [],
        "停水",
        {},
        {"words": 1, "categoriser": 0, "suggestions": []},
        {"words": "停水", "categoriser": -1, "suggestions": []},
        {"words": "停水", "categoriser": 0, "suggestions": [{"topic": "water_outage", "score": 0.5}] * 4},
        {"words": "停水", "categoriser": 0, "suggestions": ["water_outage"]},
        {"words": "停水", "categoriser": 0, "suggestions": [{"topic": "water_outage", "score": True}]},
        {"words": "停水", "categoriser": 0, "suggestions": [{"topic": "x" * 65, "score": 0.5}]},
        {"words": "停" * 16_001, "categoriser": 0, "suggestions": []},
    ],
)
def test_what_a_page_cannot_have_shown_is_refused(app: Flask, shown: object) -> None:
    body = {"version": 0, "fields": {}, "shown": shown}
    assert log_in(app, "seat01").post(f"/api/calls/{call_id(0)}/ticket", body).status_code == 400


@pytest.mark.usefixtures("saved")
def test_what_seats_chose_is_counted_when_the_ticket_is_saved(supervisor: Somebody) -> None:
    found = figures(supervisor)
    whole = found["all"]
    assert (whole["count"], whole["first"], whole["first_three"], whole["not_understood"]) == (3, 1, 2, 1)
    assert {each["name"]: each["first"] for each in found["by_topic"]} == {
        "water_outage": 1,
        "water_quality": 0,
        "street_lamp": 0,
    }
    assert found["by_topic"][-1]["name"] == "water_outage", "where there is most to mend comes first"
    assert [each["name"] for each in found["by_version"]] == ["2"] and len(found["by_week"]) == 1
    [miss], [unheard] = listed(supervisor, "misses")["calls"], listed(supervisor, "not_understood")["calls"]
    assert (miss["suggested"][0], miss["chosen"], miss["rank"]) == ("water_outage", "water_quality", 2)
    assert miss["ticket_id"].startswith("T-") and not miss["has_recording"]
    assert unheard["chosen"] == "street_lamp" and unheard["suggested"] == []
    assert "水龙头" not in str((found, miss)), "words are shown when asked for, and that is recorded"


@pytest.mark.usefixtures("saved")
def test_lists_are_narrowed_by_topic_week_and_version(supervisor: Somebody) -> None:
    [week] = figures(supervisor)["by_week"]
    for query in ("&topic=water_quality", "&version=2", f"&week={week['name']}", "&weeks=52"):
        found = listed(supervisor, "misses", query)
        assert [call["chosen"] for call in found["calls"]] == ["water_quality"] and found["next"] is None
    for query in ("&topic=street_lamp", "&version=1", "&week=2020-01-06", "&topic=no_such"):
        assert listed(supervisor, "misses", query) == {"calls": [], "next": None}


def test_a_long_list_comes_in_pages(supervisor: Somebody, parts: ConsoleParts) -> None:
    at = datetime.now(UTC)
    with parts.storage.writing() as tx:
        for number in range(PAGE + 7):
            ended = Call(id=call_id(number), arrived_at=at, line="12341")
            ended.state, ended.ended_at = CallState.ENDED, at
            tx.calls.save(ended)
            shown = Shown(words="停水", version=2, suggested=("water_outage",), score=0.5)
            note_choice(tx, ended, "street_lamp", at, shown)
    first = listed(supervisor, "misses")
    rest = listed(supervisor, "misses", f"&after={first['next']}")
    assert (len(first["calls"]), len(rest["calls"]), rest["next"]) == (PAGE, 7, None)
    assert len({call["call_id"] for call in first["calls"] + rest["calls"]}) == PAGE + 7


@pytest.mark.parametrize(
    "query",
    [
        "",
        "list=others",
        *(f"list=misses&week={week}" for week in ("1", "2026-02-30", "today")),
        *(f"list=misses&version={version}" for version in ("-1", "1.0", "２", "9" * 10, "9" * 60)),
        *(
            f"list=misses&after={after}"
            for after in ("1", "x_y", "1e99_5f0e7c1e-0000-4000-8000-000000000000")
        ),
        "list=misses&weeks=3",
    ],
)
def test_a_list_that_is_none(supervisor: Somebody, query: str) -> None:
    assert supervisor.get(f"/api/accuracy/calls?{query}").status_code == 422


@pytest.mark.usefixtures("saved")
def test_words_of_a_call_leave_a_trace(supervisor: Somebody, parts: ConsoleParts) -> None:
    unheard = listed(supervisor, "not_understood")["calls"][0]["call_id"]
    assert supervisor.post("/api/views", {"call_id": unheard}).json == {"words": "说不清楚的事"}
    with parts.storage.reading() as tx:
        assert [view["what"] for view in tx.views.of_call(unheard)] == ["transcript"]


def test_nothing_counted_yet(supervisor: Somebody) -> None:
    found = figures(supervisor, "?weeks=4")
    assert found["all"] is None and found["by_topic"] == [] and found["weeks"] == 4
    assert found["health"] == {"ok": None}
    assert supervisor.get("/accuracy").status_code == 200


@pytest.mark.parametrize("weeks", ["0", "3", "-4", "12.0", "١٢", "9" * 400, "x", "1e1"])
def test_a_period_that_is_none(supervisor: Somebody, weeks: str) -> None:
    answer = supervisor.get(f"/api/accuracy?weeks={weeks}")
    assert answer.status_code == 422 and "one of 4, 12, 26, 52" in answer.json["error"]["message"]


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize("topic", ["no_such", "'; drop table calls; --", "%F0%9F%98%80", "a" * 5_000])
def test_a_topic_that_is_none_has_no_calls(supervisor: Somebody, topic: str) -> None:
    assert listed(supervisor, "misses", f"&topic={topic}")["calls"] == []


@pytest.mark.parametrize("path", ["/accuracy", "/api/accuracy", "/api/accuracy/calls?list=misses"])
def test_it_is_the_supervisors_page(app: Flask, admin: Somebody, path: str) -> None:
    assert log_in(app, "seat01").get(path).status_code == 403
    assert admin.get(path).status_code == 403
    assert app.test_client().get(path).status_code in (302, 401)


def test_health_says_what_the_categoriser_could_not_take_up(
    supervisor: Somebody, parts: ConsoleParts, app: Flask
) -> None:
    trouble = {"version": 2, "problem": "version 3 cannot be read; version 2 stays in force"}
    parts.presence.processes = {"speech": {"categoriser": trouble}}
    assert figures(supervisor)["health"] == {"ok": False, **trouble}
    assert app.test_client().get("/healthz").json["parts"]["categoriser"] == {"ok": False}
    parts.presence.processes = {"speech": {"categoriser": {"version": 2, "problem": ""}}}
    assert supervisor.get("/api/snapshot").json["health"]["categoriser"]["ok"] is True
    parts.presence.processes = {"speech": {"categoriser": "x"}}
    assert figures(supervisor)["health"] == {"ok": None}
