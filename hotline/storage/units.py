"""The handling units in the database."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from hotline.domain.errors import Conflict
from hotline.domain.ids import UnitId
from hotline.domain.units import Level, Unit
from hotline.storage.engine import locked
from hotline.storage.tables_units import units

_EVERY = select(units).order_by(units.c.id)


class SqlUnitStore:
    """Implements UnitStore.

    In a writing transaction who reads one unit keeps it from being closed until the commit, and who reads
    the tree `to_change` it is the only one to: its rules look at several rows.
    """

    def __init__(self, connection: Connection, lock: bool = False) -> None:
        self._db = connection
        self._lock = lock
        self._names: dict[str, str | None] = {}  # as this transaction has read them; None: no such unit

    def get(self, unit_id: UnitId) -> Unit | None:
        return self._one(units.c.id == unit_id)

    def named(self, name: str) -> Unit | None:
        return self._one(units.c.name == name)

    def all(self) -> list[Unit]:
        return [_unit(row) for row in self._db.execute(_EVERY)]

    def names_of(self, ids: Iterable[str]) -> dict[str, str]:
        wanted = set(ids)
        if fresh := wanted - self._names.keys():
            query = select(units.c.id, units.c.name).where(units.c.id.in_(sorted(fresh)))
            found = {row.id: row.name for row in self._db.execute(query)}
            self._names |= {unit_id: found.get(unit_id) for unit_id in fresh}
        return {unit_id: name for unit_id in wanted if (name := self._names[unit_id]) is not None}

    def to_change(self) -> list[Unit]:
        return [_unit(row) for row in self._db.execute(locked(_EVERY, self._lock))]

    def _one(self, rule: ColumnElement[bool]) -> Unit | None:
        query = select(units).where(rule)
        row = self._db.execute(query.with_for_update(read=True) if self._lock else query).first()
        return _unit(row) if row else None

    def add(self, unit: Unit) -> None:
        self._write(insert(units).values(**asdict(unit)))

    def save(self, unit: Unit) -> None:
        self._write(update(units).where(units.c.id == unit.id).values(**asdict(unit)))

    def _write(self, statement: Any) -> None:
        self._names.clear()
        try:
            with self._db.begin_nested():
                self._db.execute(statement)
        except IntegrityError:
            raise Conflict("the tree of units was changed meanwhile: look at it again") from None


def _unit(row: Row[Any]) -> Unit:
    values = dict(row._mapping)
    return Unit(**values | {"level": Level(values["level"])})
