"""Seats in the database, and the time each spent in each state."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from hotline.domain.errors import NotFound
from hotline.domain.ids import SeatId
from hotline.domain.seat import Seat, SeatState
from hotline.storage.engine import locked
from hotline.storage.tables import seat_periods, seats


class SqlSeatStore:
    """Implements SeatStore."""

    def __init__(self, connection: Connection, lock: bool = False) -> None:
        self._db = connection
        self._lock = lock

    def get(self, seat_id: SeatId) -> Seat:
        row = self._db.execute(locked(select(seats).where(seats.c.id == seat_id), self._lock)).first()
        if row is None:
            raise NotFound(f"there is no seat {str(seat_id)[:20]!r}")
        return _seat(row)

    def save(self, seat: Seat) -> None:
        before = self.get(seat.id)
        if (before.state, before.reason) != (seat.state, seat.reason):
            self._db.execute(
                insert(seat_periods).values(
                    seat=seat.id,
                    state=before.state,
                    reason=before.reason,
                    began_at=before.since,
                    ended_at=max(seat.since, before.since),
                )
            )
        values = asdict(seat)
        del values["id"]
        self._db.execute(update(seats).where(seats.c.id == seat.id).values(**values))

    def all(self) -> list[Seat]:
        return [_seat(row) for row in self._db.execute(select(seats).order_by(seats.c.id))]


def ensure_seats(db: Connection, how_many: int, at: datetime) -> None:
    """Make `seat01` … that do not exist yet, all offline."""
    known = set(db.execute(select(seats.c.id)).scalars())
    for number in range(1, how_many + 1):
        name = f"seat{number:02d}"
        if name not in known:
            fresh = asdict(Seat(id=SeatId(name), since=at))
            db.execute(insert(seats).values(**fresh))


def _seat(row: Row[Any]) -> Seat:
    values = dict(row._mapping)
    values["state"] = SeatState(values["state"])
    values["wanted"] = SeatState(values["wanted"])
    return Seat(**values)
