"""The clock on a real database: late, twice, beside another, in the middle of a failure: each thing once, in order."""

import logging
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from hotline.domain.errors import Invalid, NotFound, Unavailable
from hotline.domain.ids import TicketId
from hotline.domain.on_time import Share, month
from hotline.domain.ticket_moves import Action
from hotline.services import deadlines, supervision
from hotline.services.supervision import Progress
from hotline.storage.engine import open_engine
from hotline.storage.sql import SqlStorage, migrate
from hotline.storage.supervision import SqlSupervisionStore
from hotline.storage.supervision_lists import RULES
from tests.support.matters import HEAT, T0, WATER, City, at
from tests.support.patience import PATIENCE_S
from tests.support.watch import PAPER, acts, local, papers, run_clock, said


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return City(storage)


# A complaint of Monday 2 March 2026, nine o'clock: due Monday 9 March, 24:00.
WHOLE = [
    ("sign_overdue", local("2026-03-04T00:00")),
    ("remind_half", local("2026-03-05T09:00")),
    ("remind_late", local("2026-03-06T15:24")),
    ("notice", local("2026-03-10T09:00")),
    ("criticism", local("2026-03-18T09:00")),
]


@pytest.mark.parametrize("every", [timedelta(hours=6), timedelta(days=30)])
def test_however_seldom_it_runs_each_thing_happens_once(city: City, every: timedelta) -> None:
    ticket = city.a_ticket()
    now = T0
    while now < at(days=25):
        run_clock(city, now)
        run_clock(city, now)
        now += every
    for _ in range(2):
        now += timedelta(days=20)
        run_clock(city, now)
    found = acts(city)
    assert [act for act, _ in found] == [act for act, _ in WHOLE]
    assert [when.replace(second=0) for _, when in found[:4]] == [when for _, when in WHOLE[:4]]
    if every < timedelta(days=1):
        assert found[4][1] == WHOLE[4][1]
    entries = [entry["act"] for entry in said(city, ticket, "remind")]
    assert entries == ["sign_overdue", "remind_half", "remind_late"]
    supervision_notice, criticism = sorted(papers(city), key=lambda paper: paper.key)
    assert str(supervision_notice.number) == "热线督〔2026〕1号"
    assert (str(criticism.number), criticism.content.before) == ("热线通〔2026〕1号", "热线督〔2026〕1号")
    assert supervision_notice.limit and criticism.issued_at > supervision_notice.limit.at
    assert supervision_notice.content.unit == "水务集团"
    assert supervision_notice.content.topic == "停水"
    [logged] = said(city, ticket, "notice")
    assert logged["number"] == "热线督〔2026〕1号"
    assert logged["should"] == "2026-03-10 09:00"


def test_nothing_is_looked_at_twice_until_something_changes(city: City) -> None:
    ticket = city.a_ticket()
    assert run_clock(city, T0).looked == 1
    assert run_clock(city, at(hours=1)).looked == 0
    city.do(city.users[WATER], ticket, Action.SIGN, at(hours=2))
    assert run_clock(city, at(hours=3)).looked == 1
    assert run_clock(city, at(days=3)).acts == {"remind_half": 1}
    city.do(city.users[WATER], ticket, Action.TAKE_IN_HAND, at(days=3))
    city.do(city.users[WATER], ticket, Action.REPLY, at(days=3), text="已修好")
    assert run_clock(city, at(days=4, hours=15)).acts == {"callback_overdue": 1}
    city.do(
        city.seat, ticket, Action.CALL_BACK, at(days=5), responded=True, solved=True, satisfaction="satisfied"
    )
    assert run_clock(city, at(days=90)) == Progress()


def test_a_new_promise_a_second_request_and_a_return_are_new_matters(city: City) -> None:
    ticket = city.in_hand()
    unit, boss = city.users[WATER], city.boss
    city.do(unit, ticket, Action.ASK_EXTENSION, at(days=3), days=2, reason="等材料")
    assert run_clock(city, at(days=3)).acts == {"remind_half": 1, "extension_waits": 1}
    city.do(boss, ticket, Action.REFUSE_EXTENSION, at(days=3, hours=1), reason="不必")
    city.do(unit, ticket, Action.ASK_EXTENSION, at(days=3, hours=2), days=5, reason="等专家")
    assert run_clock(city, at(days=3, hours=3)).acts == {"extension_waits": 1}
    city.do(boss, ticket, Action.GRANT_EXTENSION, at(days=3, hours=4))
    assert run_clock(city, at(days=6)).acts == {}
    assert run_clock(city, at(days=14)).acts == {"remind_half": 1, "remind_late": 1}
    assert run_clock(city, local("2026-03-17T09:00")).acts == {"notice": 1}


def test_a_second_return_waits_for_arbitration_once(city: City) -> None:
    ticket = city.a_ticket()
    city.do(city.users[WATER], ticket, Action.RETURN, at(hours=1), reason="不归我们管")
    assert run_clock(city, at(hours=1)).acts == {}
    city.do(city.seat, ticket, Action.HAND_OVER, at(hours=2), unit=HEAT)
    city.do(city.users[HEAT], ticket, Action.RETURN, at(hours=3), reason="不归我们管")
    assert run_clock(city, at(hours=4)).acts == {"arbitration_waits": 1}
    city.do(city.boss, ticket, Action.FORCE, at(hours=5), unit=WATER, decision="按职责分工")
    assert run_clock(city, at(hours=6)).acts == {}


def test_a_failing_ticket_keeps_no_other_from_its_reminder(
    city: City, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = city.a_ticket(), city.a_ticket()
    real = supervision.perform_in

    def failing(tx: object, actor: object, ticket_id: TicketId, *rest: object) -> object:
        if ticket_id == bad:
            raise Invalid("13812345678 停水三天")
        return real(tx, actor, ticket_id, *rest)

    monkeypatch.setattr(supervision, "perform_in", failing)
    with caplog.at_level(logging.INFO):
        done = run_clock(city, at(days=3))
    assert (done.failed, done.acts) == (1, {"sign_overdue": 1, "remind_half": 1})
    assert bad in caplog.text
    assert "138" not in caplog.text
    monkeypatch.undo()
    assert run_clock(city, at(days=3, hours=1)).acts == {"sign_overdue": 1, "remind_half": 1}
    assert len(said(city, good, "remind")) == 2


def test_it_stops_between_two_tickets(city: City) -> None:
    for _ in range(3):
        city.a_ticket()
    left = iter([True, True, False])
    assert run_clock(city, at(days=3), go_on=lambda: next(left, False)).acts == {"sign_overdue": 1}
    assert run_clock(city, at(days=3)).acts == {"sign_overdue": 2, "remind_half": 3}


def test_two_clocks_at_once_do_each_thing_once(city: City) -> None:
    for _ in range(4):
        city.a_ticket()
    done: list[Progress] = []
    together = threading.Barrier(2)

    def clock() -> None:
        together.wait(PATIENCE_S)
        done.append(run_clock(city, at(days=9)))

    clocks = [threading.Thread(target=clock) for _ in range(2)]
    for each in clocks:
        each.start()
    for each in clocks:
        each.join(60)
    assert len(done) == 2
    run_clock(city, at(days=9))
    assert [act for act, _ in acts(city)].count("notice") == 4
    assert len(acts(city)) == 16
    assert sorted(paper.number.number for paper in papers(city)) == [1, 2, 3, 4]


def test_a_database_that_is_locked_loses_nothing(city: City) -> None:
    ticket = city.a_ticket()
    impatient = SqlStorage(open_engine(city.storage.engine.url.render_as_string(False), busy_ms=200))
    with city.storage.writing() as tx:
        assert tx.courses.get(ticket)
        with pytest.raises(Unavailable):
            run_clock(city, at(days=3), storage=impatient)
    assert run_clock(city, at(days=3), storage=impatient).acts == {"sign_overdue": 1, "remind_half": 1}
    impatient.close()


def test_every_figure_opens_the_tickets_it_counts(city: City) -> None:
    returned, asked, late, done = city.a_ticket(), city.in_hand(), city.in_hand(), city.replied()
    for unit in (WATER, HEAT):
        city.do(city.users[unit], returned, Action.RETURN, at(hours=1), reason="不归我们管")
        if unit == WATER:
            city.do(city.seat, returned, Action.HAND_OVER, at(hours=2), unit=HEAT)
    city.do(city.users[WATER], asked, Action.ASK_EXTENSION, at(hours=1), days=3, reason="等材料")
    city.do(
        city.seat, done, Action.CALL_BACK, at(hours=3), responded=True, solved=True, satisfaction="satisfied"
    )
    now = local("2026-03-10T09:00")
    run_clock(city, now)
    with city.storage.reading() as tx:
        board = deadlines.board(tx, now)
        lists = {
            what: deadlines.listing(tx, what, now, PAPER["topic_name"])
            for what in (*deadlines.FIGURES, *deadlines.ON_TIME)
        }
        water = deadlines.listing(tx, "month_due", now, str, unit=WATER, month="2026-03")
    counted = {figure["what"]: figure["count"] for figure in board["figures"]}
    for what, count in counted.items():
        assert lists[what]["count"] == len(lists[what]["rows"]) == count, what
    assert {what: [row["id"] for row in lists[what]["rows"]] for what in ("arbitration", "extensions")} == {
        "arbitration": [returned], "extensions": [asked]
    }  # fmt: skip
    assert {row["id"] for row in lists["overdue"]["rows"]} == {returned, asked, late}
    assert {row["id"] for row in lists["noticed"]["rows"]} == {asked, late}
    assert counted["due_today"] == counted["criticised"] == 0
    assert lists["extensions"]["rows"][0]["asked_because"] == "等材料"
    assert lists["arbitration"]["rows"][0]["returned_because"] == "不归我们管"
    assert board["total"] == {"due": 4, "in_time": 1, "extended": 0, "share": 0.25}
    assert len(lists["month_due"]["rows"]) == 4
    assert [row["id"] for row in lists["month_in_time"]["rows"]] == [done]
    assert {row["id"] for row in water["rows"]} == {asked, late, done}
    assert {row["unit"]: (row["due"], row["in_time"]) for row in board["units"]} == {
        HEAT: (1, 0),
        WATER: (3, 1),
    }


def test_the_share_is_of_all_that_were_due_the_open_ones_included(city: City) -> None:
    """What the database counts is what the rule says of each: in time, late, open, extended, answered at once."""
    asked, late, done, _ = city.in_hand(), city.replied(), city.replied(), city.accept(answered=True, unit="")
    city.do(city.users[WATER], asked, Action.ASK_EXTENSION, at(hours=1), days=3, reason="等材料")
    city.do(city.boss, asked, Action.GRANT_EXTENSION, at(hours=2))
    said = {"responded": True, "solved": True, "satisfaction": "satisfied"}
    city.do(city.other, done, Action.CALL_BACK, at(hours=3), said)
    city.do(city.other, late, Action.CALL_BACK, at(days=20), said)
    first, last = month(2026, 3)
    with city.storage.reading() as tx:
        shares, due = tx.supervision.shares(first, last), tx.supervision.due_in(first, last)
    assert shares == {WATER: Share(due=3, in_time=1, extended=1), "": Share(due=1, in_time=1)}
    for unit, share in shares.items():
        mine = [counted for _, counted in due if counted.unit == unit]
        assert share.due == len(mine) and share.in_time == sum(each.in_time for each in mine)
        assert share.extended == sum(each.extended for each in mine)


def test_who_was_merged_is_counted_at_the_unit_that_has_the_job(city: City) -> None:
    leader, middle, free = city.in_hand(), city.a_ticket(unit=HEAT), city.a_ticket(unit="某公司")
    city.do(city.boss, free, Action.MERGE, at(hours=1), leader=middle)
    city.do(city.boss, middle, Action.MERGE, at(hours=2), leader=leader)
    city.do(city.users[WATER], leader, Action.REPLY, at(hours=3), text="已修好")
    said = {"responded": True, "solved": True, "satisfaction": "satisfied"}
    city.do(city.other, free, Action.CALL_BACK, at(hours=4), said)
    with city.storage.reading() as tx:
        shares, due = tx.supervision.shares(*month(2026, 3)), tx.supervision.due_in(*month(2026, 3))
    assert shares == {WATER: Share(due=3, in_time=1)}
    assert {counted.unit for _, counted in due} == {WATER}


def test_no_such_month_and_no_such_list(city: City) -> None:
    with city.storage.reading() as tx:
        for month in ("2026-13", "2026", "26-01", "２０２６-01", "2026-1", "x" * 1000, "2026-00"):
            with pytest.raises(Invalid):
                deadlines.board(tx, T0, month)
            with pytest.raises(NotFound):
                deadlines.listing(tx, month, T0, str)


@pytest.mark.parametrize("what", sorted(RULES))
@pytest.mark.parametrize("unit", [None, WATER])
def test_no_list_reads_what_was_closed_long_ago(tmp_path: Path, what: str, unit: str | None) -> None:
    """SQLite keeps no statistics: the order of a list must be that of the index by which it is found."""
    url = f"sqlite:///{tmp_path}/hotline.db"
    migrate(url)
    engine, asked = open_engine(url), []
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
    with engine.connect() as connection:
        SqlSupervisionStore(connection).listed(what, T0, 50, unit)
        statement, values = asked[-1]
        plan = connection.exec_driver_sql(f"explain query plan {statement}", values).all()
    engine.dispose()
    first = plan[0][3]
    assert first.startswith("SEARCH tickets USING INDEX ix_tickets_") and "month" not in first
