"""Lists as files: the same rows as the screen, made beside the web process, whole or not at all, words never formulas."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select, text

from hotline.domain.actors import Actor, Role
from hotline.domain.ids import AccountId
from hotline.domain.ticket import TicketFields
from hotline.exports.columns import HEADINGS, WORDS
from hotline.services import exports, intake
from hotline.services.export_lists import SearchResult
from hotline.services.search import TicketQuery
from hotline.storage.tables_api import export_downloads
from hotline.storage.tables_api import exports as table
from seat_console.texts import read_dictionaries
from tests.fakes.console_parts import ConsoleParts, Somebody, log_in
from tests.support.exported import made, rows_of_csv
from tests.support.handed_over import NUMBER, accept

ALL = SearchResult(TicketQuery())
BOSS = Actor(account=None, name="t", role=Role.SUPERVISOR)
FORMULA = re.compile(r"[\s\u200b\ufeff]*[=+@＝＋－＠-]|[\t\r]")
EVIL = [
    '=HYPERLINK("http://x","y")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "＝1+1",
    "＋1",
    " －1",
    "＠SUM(A1)",
    "\xa0\v=1",
    "\u200b=1",
    "　=1",
    "a\r\n=1\x01",
    '普通，"引号"',
]


@pytest.fixture
def unit(parts: ConsoleParts) -> str:
    with parts.storage.reading() as tx:
        return next(str(unit.id) for unit in tx.units.all() if unit.is_open)


@pytest.fixture
def written(parts: ConsoleParts, unit: str) -> Callable[..., str]:
    def write(what: str, **more: Any) -> str:
        values = {"kind": "complaint", "topic": "water_outage", "place": "人民路", "what": what, "unit": unit}
        with parts.storage.writing() as tx:
            fields = TicketFields(**(values | more))
            return intake.accept(tx, BOSS, fields, parts.topics, datetime.now(UTC))[0]

    return write


@pytest.fixture
def boss(app: Flask) -> Somebody:
    return log_in(app, "sup01")


def test_what_the_screen_shows_as_csv(
    boss: Somebody, written: Callable[..., str], parts: ConsoleParts
) -> None:
    ids = [written(what) for what in EVIL]
    other = written("路灯不亮", kind="help")
    shown = boss.post("/api/tickets/search", {"query": {"kind": "complaint"}}).json["tickets"]
    export = made(boss, "csv", {"kind": "complaint"})
    assert (export["state"], export["rows"], export["share"]) == ("done", len(ids), 100)
    answer = boss.get(f"/api/exports/{export['id']}/file")
    heading, *rows = rows_of_csv(answer.data)
    assert heading == [zh for zh, _ in HEADINGS.values()]
    assert [row[0] for row in rows] == [ticket["id"] for ticket in shown] == ids[::-1]
    assert other not in str(rows)
    for row in rows:
        assert all(not FORMULA.match(cell) for cell in row)
    assert rows[0][5] == EVIL[-1]
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    with parts.storage.engine.connect() as connection:
        taken = connection.execute(select(export_downloads.c.export, export_downloads.c.rows)).all()
    assert [tuple(row) for row in taken] == [(export["id"], len(ids))]


def test_the_same_as_xlsx_with_texts_as_texts(boss: Somebody, written: Callable[..., str]) -> None:
    ids = [written(what) for what in EVIL]
    export = made(boss, "xlsx")
    raw = boss.get(f"/api/exports/{export['id']}/file").data
    sheet = load_workbook(io.BytesIO(raw)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == ids[::-1]
    assert {row[5] for row in rows[1:]} >= {'=HYPERLINK("http://x","y")', "+1+1", "@SUM(A1)"}
    assert {
        cell.data_type for row in sheet.iter_rows(min_row=2, max_col=6) for cell in row if cell.value
    } == {"s"}
    assert isinstance(rows[1][10], datetime)
    assert abs(rows[1][10] - (datetime.now(UTC) + timedelta(hours=8)).replace(tzinfo=None)) < timedelta(
        hours=1
    )
    xml = zipfile.ZipFile(io.BytesIO(raw)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in xml
    assert sheet.freeze_panes == "B2"


def test_nothing_found_is_a_file_with_its_headings(boss: Somebody) -> None:
    export = made(boss, "csv", {"words": "没有这样的词"})
    assert len(rows_of_csv(boss.get(f"/api/exports/{export['id']}/file").data)) == 1


def test_a_file_is_its_owner_s_alone(app: Flask, boss: Somebody, parts: ConsoleParts) -> None:
    export = made(boss, "csv")
    seat = log_in(app, "seat01")
    for path in ("", "/file"):
        assert seat.get(f"/api/exports/{export['id']}{path}").status_code == 404
    assert seat.post(f"/api/exports/{export['id']}/cancel", {}).status_code == 404
    assert app.test_client().get(f"/api/exports/{export['id']}/file").status_code == 401
    (parts.settings.exports_dir / f"{export['id']}.csv").unlink()
    assert boss.get(f"/api/exports/{export['id']}/file").status_code == 404


def test_a_number_that_was_looked_for_is_not_written_down(
    boss: Somebody, parts: ConsoleParts, unit: str
) -> None:
    with parts.storage.writing() as tx:
        fields = TicketFields(kind="complaint", topic="water_outage", what="停水", unit=unit)
        _, ticket = intake.accept(tx, BOSS, fields, parts.topics, datetime.now(UTC), number="13812345678")
    assert made(boss, "csv", {"number": "13812345678"})["rows"] == 1
    with parts.storage.reading() as tx:
        assert ticket.key and [row["what"] for row in tx.views.of_ticket(ticket.key)] == ["search"]
    with parts.storage.engine.connect() as connection:
        kept = str(connection.execute(select(table)).all())
    assert "13812345678" not in kept
    assert "138****5678" in kept


def ordered(parts: ConsoleParts, login: str = "sup01") -> tuple[str, AccountId]:
    with parts.storage.writing() as tx:
        account = tx.accounts.by_login(login)
        assert account
        export = exports.order(tx, account, "csv", "zh", ALL, datetime.now(UTC))
    return export.id, account.id


def test_one_at_a_time_and_a_cancelled_one_is_made_no_further(
    boss: Somebody, parts: ConsoleParts, written: Callable[..., str]
) -> None:
    written("停水")
    export, _ = ordered(parts)
    assert boss.post("/api/exports", {"format": "csv", "query": {}}).status_code == 409
    assert boss.get(f"/api/exports/{export}/file").status_code == 409
    got: list[Any] = []

    def put(rows: Any) -> None:
        got.extend(rows)
        assert boss.post(f"/api/exports/{export}/cancel", {}).json["export"]["state"] == "cancelled"

    def now() -> datetime:
        return datetime.now(UTC)

    assert exports.make(parts.storage, BOSS, export, ALL, parts.topics, put, now) is False
    with parts.storage.writing() as tx:
        assert exports.finish(tx, export, now(), 1) is False
    assert boss.get(f"/api/exports/{export}").json["export"]["state"] == "cancelled"
    assert boss.post("/api/exports", {"format": "csv", "query": {}}).status_code == 202


def test_one_whose_maker_died_is_given_up(boss: Somebody, parts: ConsoleParts) -> None:
    export, _ = ordered(parts)
    with parts.storage.engine.begin() as connection:
        long_ago = datetime.now(UTC) - timedelta(minutes=5)
        connection.execute(table.update().values(told_at=long_ago, state="running"))
    shown = boss.get(f"/api/exports/{export}").json["export"]
    assert (shown["state"], shown["problem"]) == ("failed", "it was interrupted: order it again")


def test_a_full_disk_is_said_and_leaves_no_half_file(boss: Somebody, parts: ConsoleParts) -> None:
    parts.settings.exports_dir.write_text("a file where the folder should be")
    export = made(boss, "csv")
    assert export["state"] == "failed"
    assert "disk" in export["problem"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"format": "pdf", "query": {}}, 422),
        ({"format": "csv", "query": {"kind": "x"}}, 422),
        ({"format": "csv", "query": []}, 422),
        ({"format": 1}, 400),
        ({}, 400),
    ],
)
def test_a_wrong_order_makes_nothing(boss: Somebody, body: dict[str, object], status: int) -> None:
    assert boss.post("/api/exports", body).status_code == status
    assert boss.get("/api/exports").json["exports"] == []


def test_the_search_of_the_screens(boss: Somebody, written: Callable[..., str], admin: Somebody) -> None:
    ids = [written(f"停水{n}天") for n in range(3)]
    first = boss.post("/api/tickets/search", {"query": {"words": "停水"}, "limit": 2}).json
    rest = boss.post(
        "/api/tickets/search", {"query": {"words": "停水"}, "after": first["next"], "limit": 2}
    ).json
    assert [row["id"] for row in first["tickets"] + rest["tickets"]] == ids[::-1]
    assert rest["next"] is None
    assert boss.post("/api/tickets/search", {"query": {"words": "水"}}).json["error"]["fields"] == {
        "words": "too_short"
    }
    assert boss.post("/api/tickets/search", {"limit": 10**9}).status_code == 400
    assert admin.post("/api/tickets/search", {"query": {}}).status_code == 403


def test_the_words_of_a_file_are_those_of_the_screen() -> None:
    for number, language in enumerate(("zh", "en")):
        texts = read_dictionaries()[language]
        for group, prefix in (("state", "ticket_state"), ("kind", "kind")):
            for value, both in WORDS[group].items():
                assert both[number] == texts[f"{prefix}.{value}"], value


def test_the_index_keeps_its_word_table_whole(parts: ConsoleParts, written: Callable[..., str]) -> None:
    for n in range(5):
        written(f"停水{n}")
    with parts.storage.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            check = "insert into ticket_words(ticket_words, rank) values ('integrity-check', 1)"
            connection.execute(text(check))
        else:
            found = text("select count(*) from ticket_search where terms @@ cast(:term as tsquery)")
            for other_way in ("enable_seqscan", "enable_bitmapscan"):
                connection.execute(text(f"set local {other_way} = off"))
                assert connection.execute(found, {"term": "'停水'"}).scalar_one() == 5
                connection.execute(text(f"set local {other_way} = on"))


@pytest.mark.parametrize("allowed", [False, True])
def test_a_units_file_has_the_mask_whatever_the_citizen_allowed(
    app: Flask, parts: ConsoleParts, allowed: bool
) -> None:
    accept(parts.storage, parts.topics, share_number=allowed)
    water = log_in(app, "unit01")
    export = made(water, "csv")
    text_ = water.get(f"/api/exports/{export['id']}/file").get_data().decode("utf-8-sig")
    assert "138****5678" in text_ and NUMBER not in text_
