"""Bursts in the database, and the matters they are made of."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from hotline.domain.bursts import Told
from hotline.domain.ids import TicketId
from hotline.domain.ticket_moves import BEFORE_THE_REPLY
from hotline.services.ports_bursts import KnownBurst, OpenMatter
from hotline.storage.tables_bursts import bursts
from hotline.storage.tables_tickets import tickets

_T = tickets.c
COMPARED = 500  # letters of a matter


class SqlBurstStore:
    """Implements BurstStore."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def told(self, since: datetime, until: datetime) -> list[Told]:
        query = select(_T.accepted_at, _T.topic, _T.place, _T.id).where(_first_told(since, until))
        return [
            Told(at=r.accepted_at, topic=r.topic, place=r.place, ticket=r.id) for r in self._db.execute(query)
        ]

    def counts(self, since: datetime, until: datetime) -> Mapping[tuple[str, str], int]:
        query = select(_T.topic, _T.place, func.count()).where(_first_told(since, until))
        return {(row[0], row[1]): row[2] for row in self._db.execute(query.group_by(_T.topic, _T.place))}

    def open(self) -> list[KnownBurst]:
        query = select(bursts).where(bursts.c.ended_at.is_(None)).order_by(bursts.c.count.desc(), bursts.c.id)
        return [KnownBurst(**row._mapping) for row in self._db.execute(query)]

    def save(self, burst: KnownBurst) -> None:
        values = asdict(burst)
        del values["id"]
        if burst.id is None:
            burst.id = self._db.execute(insert(bursts).values(values).returning(bursts.c.id)).scalar_one()
        else:
            self._db.execute(update(bursts).where(bursts.c.id == burst.id).values(values))

    def open_matters(self, topic: str, place: str, since: datetime, limit: int) -> list[OpenMatter]:
        alike = _T.topic == topic
        query = (
            select(_T.id, _T.accepted_at, _T.state, _T.topic, _T.place, _T.leader)
            .add_columns(func.substr(_T.what, 1, COMPARED).label("what"))
            .where(_T.state.in_(BEFORE_THE_REPLY) & (_T.accepted_at >= since))
            .where(or_(alike, _T.place == place) if place else alike)
            .order_by(_T.accepted_at.desc(), _T.key)
            .limit(limit)
        )
        rows = [dict(row._mapping) for row in self._db.execute(query)]
        return [OpenMatter(ticket_id=TicketId(row.pop("id")), **row) for row in rows]


def _first_told(since: datetime, until: datetime) -> ColumnElement[bool]:
    """What is done again was told of before."""
    return (_T.accepted_at > since) & (_T.accepted_at <= until) & _T.again_of.is_(None)
