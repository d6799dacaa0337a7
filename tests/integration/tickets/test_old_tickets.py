"""A database of the form before tickets had a key: everything is kept, and its log is chained from then on."""

from datetime import UTC, datetime

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from hotline.domain.ids import CallId, TicketId
from hotline.services import audit
from hotline.services.audit import Whole
from hotline.settings import CHECKOUT
from hotline.storage.engine import WRITING, open_engine
from hotline.storage.sql import SqlStorage, migrate

CALLS = [CallId(f"5f0e7c1e-0000-4000-8000-{number:012d}") for number in range(1, 5)]
AT = "2026-03-02 01:00:00.000000"
TICKET = (
    "insert into tickets (call_id, id, state, kind, topic, place, what, unit, citizen_name, confidential, answered,"
    " version, created_at, accepted_at, working_days, due_at, due_provisional) values"
    " (:call, :id, :state, 'complaint', 'water', '人民路', '停水', '水务集团', '', false, false, 2, :at, :accepted,"
    " :days, :due, :provisional)"
)
CALL = (
    "insert into calls (id, line, hint, queue, state, arrived_at, ended_at, held_s, end_reason)"
    " values (:call, '12341', 'general', 'general', 'ended', :at, :at, 0, 'completed')"
)
LOG = "insert into ticket_log (id, call_id, at, who, what, detail) values (:id, :call, :at, :who, :what, :detail)"


def fill_as_before(url: str) -> None:
    """Two saved tickets with a log, one saved by something that wrote none, and a draft."""
    config = Config()
    config.set_main_option("script_location", str(CHECKOUT / "hotline/storage/migrations"))
    engine = open_engine(url)
    with engine.connect().execution_options(**{WRITING: True}) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        promise = {"days": 5, "due": "2026-03-09 16:00:00.000000", "provisional": False}
        for call, id_, state in zip(
            CALLS,
            ("T-2026-000002", "T-2026-000001", "T-2026-000003", None),
            ("accepted", "closed", "accepted", "draft"),
            strict=True,
        ):
            connection.execute(text(CALL), {"call": call, "at": AT})
            saved = promise if id_ else dict.fromkeys(promise)
            values = {"call": call, "id": id_, "state": state, "at": AT, "accepted": AT if id_ else None}
            connection.execute(text(TICKET), values | saved)
        entries = (
            (CALLS[0], "zhang", "accepted", '{"kind": "complaint", "confidential": false}'),
            (CALLS[1], "zhang", "closed", "{}"),
            (CALLS[0], "admin", "deadline", '{"from": null, "to": "2026-03-09"}'),
        )
        for number, (call, who, what, detail) in enumerate(entries, 1):
            values = {"id": number, "call": call, "at": AT, "who": who, "what": what, "detail": detail}
            connection.execute(text(LOG), values)
        account = "insert into accounts (id, login, name, role, password_hash, must_change, active, epoch, demo) values (1, 'boss', '王', 'supervisor', 'x', false, true, 1, false)"
        connection.execute(text(account))
        view = (
            "insert into views (id, at, account, call_id, what, why) values (1, :at, 1, :call, 'number', 'x')"
        )
        connection.execute(text(view), {"at": AT, "call": CALLS[0]})
        connection.commit()
    engine.dispose()


def test_old_tickets_are_kept_with_their_log(database_url: str) -> None:
    fill_as_before(database_url)
    migrate(database_url)
    storage = SqlStorage.open(database_url)
    with storage.reading() as tx:
        first, draft = tx.tickets.get(TicketId("T-2026-000002")), tx.tickets.of_call(CALLS[3])
        course = tx.courses.get(TicketId("T-2026-000002"))
        assert first and first.key and draft and draft.state == "draft" and course
        assert (first.call_id, first.version, first.fields.what) == (CALLS[0], 2, "停水")
        assert (course.state, course.working_days, str(course.deadline.day)) == ("accepted", 5, "2026-03-09")
        log = [(e.number, e.who, e.action, e.origin, e.target, dict(e.detail)) for e in tx.log.of(first.key)]
        looks = tx.views.of_call(CALLS[0])
        found = audit.verify(tx, [])
    assert log == [
        (1, "zhang", "accept", "draft", "accepted", {"kind": "complaint", "confidential": "False"}),
        (2, "admin", "move_deadline", "accepted", "accepted", {"from": "", "to": "2026-03-09"}),
    ]
    assert [(look["what"], look["at"]) for look in looks] == [("number", datetime(2026, 3, 2, 1, tzinfo=UTC))]
    assert isinstance(found, Whole) and (found.head.seq, found.tickets) == (4, 3)
    with storage.writing() as tx:
        tx.log.add(first.key, datetime.now(UTC), "hotline", "remind", "accepted", "accepted", {})
        tx.views.add(datetime.now(UTC), looks[0]["account"], CALLS[0], "number", "again")
    with storage.reading() as tx:
        assert isinstance(audit.verify(tx, []), Whole)
    storage.close()
