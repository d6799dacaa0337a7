"""Calls and recordings in the database."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from hotline.domain.call import Call, CallState, EndReason
from hotline.domain.heard import Heard
from hotline.domain.ids import CallId, QueueId, SeatId
from hotline.services.ports import Recording
from hotline.storage.engine import locked
from hotline.storage.tables import calls, recordings


class SqlCallStore:
    """Implements CallStore."""

    def __init__(self, connection: Connection, lock: bool = False) -> None:
        self._db = connection
        self._lock = lock

    def get(self, call_id: CallId) -> Call | None:
        row = self._db.execute(locked(select(calls).where(calls.c.id == call_id), self._lock)).first()
        return _call(row) if row else None

    def save(self, call: Call) -> None:
        values = _values(call)
        done = self._db.execute(update(calls).where(calls.c.id == call.id).values(**values))
        if done.rowcount == 0:
            self._db.execute(insert(calls).values(id=call.id, **values))

    def live(self) -> list[Call]:
        return self._list(select(calls).where(calls.c.state != CallState.ENDED).order_by(calls.c.arrived_at))

    def since(self, at: datetime) -> list[Call]:
        return self._list(select(calls).where(calls.c.arrived_at >= at).order_by(calls.c.arrived_at))

    def of_number(self, number: str, since: datetime) -> list[Call]:
        rule = (calls.c.from_number == number) & (calls.c.arrived_at >= since)
        return self._list(select(calls).where(rule).order_by(calls.c.arrived_at.desc()))

    def count_of_number(self, number: str, since: datetime) -> int:
        rule = (calls.c.from_number == number) & (calls.c.arrived_at >= since)
        return self._db.execute(select(func.count()).select_from(calls).where(rule)).scalar_one()

    def answered_by(self, seat: SeatId, since: datetime) -> list[Call]:
        rule = (calls.c.seat == seat) & (calls.c.arrived_at >= since) & calls.c.answered_at.is_not(None)
        return self._list(select(calls).where(rule).order_by(calls.c.arrived_at))

    def _list(self, query: Any) -> list[Call]:
        return [_call(row) for row in self._db.execute(query)]


class SqlRecordingStore:
    """Implements RecordingStore."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def get(self, call_id: CallId) -> Recording | None:
        row = self._db.execute(select(recordings).where(recordings.c.call_id == call_id)).first()
        return Recording(**row._mapping) if row else None

    def add(self, recording: Recording) -> None:
        self._db.execute(insert(recordings).values(**asdict(recording)))

    def unlinked(self, since: datetime) -> list[CallId]:
        linked = select(recordings.c.call_id)
        rule = calls.c.answered_at.is_not(None) & (calls.c.ended_at >= since) & calls.c.id.not_in(linked)
        return list(self._db.execute(select(calls.c.id).where(rule)).scalars())


def _values(call: Call) -> dict[str, Any]:
    names: Sequence[str] = [c.name for c in calls.c if c.name not in ("id", "heard")]
    values = {name: getattr(call, name) for name in names}
    values["heard"] = json.loads(call.heard.to_json()) if call.heard else None
    return values


def _call(row: Row[Any]) -> Call:
    values = dict(row._mapping)
    heard = values.pop("heard")
    return Call(
        id=CallId(values.pop("id")),
        hint=QueueId(values.pop("hint")),
        queue=QueueId(values.pop("queue")),
        state=CallState(values.pop("state")),
        end_reason=EndReason(values.pop("end_reason")) if values["end_reason"] else values.pop("end_reason"),
        heard=Heard.from_json(json.dumps(heard, ensure_ascii=False)) if heard else None,
        **values,
    )
