"""Which browser page has which seat, and which seats' pages are gone; kept in this process's memory."""

import threading
from dataclasses import dataclass, field

from hotline.domain.ids import SeatId

GRACE_S = 10.0  # a reload or a short loss of the network is no reason to take a seat offline
START_GRACE_S = 20.0  # after a start of this process all pages have to find it again first
REPEAT_S = 10.0  # a command to the switch can get lost: it is given again


@dataclass(slots=True)
class _Holder:
    page: str
    connection: str | None
    gone_at: float | None = None
    told_at: float | None = None


@dataclass(slots=True)
class SeatHolders:
    """One page a seat; the newest connection of that page counts. Times are any steadily growing seconds."""

    _seats: dict[SeatId, _Holder] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def claim(self, seat: SeatId, page: str, connection: str, take_over: bool) -> tuple[bool, str | None]:
        """Give `seat` to `page` if it is free, already its own, or taken over.

        Returns whether it was given, and the connection that has lost it by that.
        """
        with self._lock:
            held = self._seats.get(seat)
            other = held is not None and held.connection is not None and held.page != page
            if other and not take_over:
                return False, None
            lost = held.connection if held and held.connection != connection else None
            self._seats[seat] = _Holder(page, connection)
            return True, lost

    def leave(self, connection: str, at: float) -> None:
        """A connection is gone; its seat has its grace from now."""
        with self._lock:
            for holder in self._seats.values():
                if holder.connection == connection:
                    holder.connection, holder.gone_at, holder.told_at = None, at, None

    def has(self, seat: SeatId, page: str) -> bool:
        """True when `page` is the one that has the seat."""
        with self._lock:
            held = self._seats.get(seat)
            return held is not None and held.page == page and held.connection is not None

    def assume_gone(self, seats: list[SeatId], at: float) -> None:
        """Seats that were at work before this process started: their pages have a grace to come back."""
        with self._lock:
            for seat in seats:
                self._seats.setdefault(seat, _Holder("", None, at + START_GRACE_S - GRACE_S))

    def abandoned(self, at: float) -> list[SeatId]:
        """Seats whose page is gone longer than the grace and for which nothing was done lately."""
        with self._lock:
            return [seat for seat, holder in self._seats.items() if _is_due(holder, at)]

    def told(self, seat: SeatId, at: float) -> None:
        """Something was done about an abandoned seat now."""
        with self._lock:
            if holder := self._seats.get(seat):
                holder.told_at = at

    def forget(self, seat: SeatId) -> None:
        """The seat is offline and nobody has it."""
        with self._lock:
            holder = self._seats.get(seat)
            if holder and holder.connection is None:
                del self._seats[seat]


def _is_due(holder: _Holder, at: float) -> bool:
    if holder.connection is not None or holder.gone_at is None or at - holder.gone_at < GRACE_S:
        return False
    return holder.told_at is None or at - holder.told_at >= REPEAT_S


@dataclass(slots=True)
class Endpoints:
    """The few softphones of the supervisors, lent to pages while they are connected."""

    names: tuple[str, ...]
    _lent: dict[str, str] = field(default_factory=dict)  # name -> page
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def lend(self, page: str) -> str | None:
        """One for this page (the same again when it has one); None when all are lent."""
        with self._lock:
            for name, holder in self._lent.items():
                if holder == page:
                    return name
            free = next((name for name in self.names if name not in self._lent), None)
            if free:
                self._lent[free] = page
            return free

    def give_back(self, page: str) -> None:
        """The page is gone."""
        with self._lock:
            self._lent = {name: holder for name, holder in self._lent.items() if holder != page}
