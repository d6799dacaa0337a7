"""The clock run by hand on a city of tests, and what it left behind."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from hotline.domain.calendar import SHANGHAI
from hotline.domain.ids import TicketId
from hotline.domain.notices import Notice, NoticeKind
from hotline.services import notices, supervision
from hotline.services.supervision import Progress
from hotline.storage.sql import SqlStorage
from hotline.storage.tables_supervision import supervision_acts
from tests.support.matters import City

ISSUER = "诸城市12341政务服务便民热线"
PAPER: dict[str, Any] = {"issuer": ISSUER, "topic_name": lambda topic: {"water": "停水"}.get(topic, topic)}


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def run_clock(
    city: City, now: datetime, go_on: Callable[[], bool] = lambda: True, storage: SqlStorage | None = None
) -> Progress:
    return supervision.run(storage or city.storage, now, go_on=go_on, **PAPER)


def acts(city: City) -> list[tuple[str, datetime]]:
    """What happened, by the time it should have."""
    columns = (supervision_acts.c.act, supervision_acts.c.due_at)
    with city.storage.engine.connect() as connection:
        rows = connection.execute(select(*columns).order_by(supervision_acts.c.due_at))
        return [(act, due) for act, due in rows]


def papers(city: City) -> list[Notice]:
    with city.storage.reading() as tx:
        return tx.notices.newest(50)


def said(city: City, ticket: TicketId, action: str) -> list[dict[str, str]]:
    with city.storage.reading() as tx:
        course = tx.courses.get(ticket)
        assert course
        return [dict(entry.detail) for entry in tx.log.of(course.key) if entry.action == action]


def issue(city: City, ticket: TicketId, when: datetime, kind: NoticeKind = NoticeKind.SUPERVISION) -> Notice:
    with city.storage.writing() as tx:
        return notices.issue_by_hand(tx, city.boss, ticket, kind, "群众再次来电", when, **PAPER)


def reissue(city: City, key: int, when: datetime, reason: str = "单位名称有误") -> Notice:
    with city.storage.writing() as tx:
        return notices.reissue(tx, city.boss, key, reason, when, **PAPER)
