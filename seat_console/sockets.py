"""The live link to the browsers: who is connected, for which account, and which page has the seat."""

import logging
import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from flask import request, session
from flask_socketio import ConnectionRefusedError, SocketIO, disconnect, join_room

from hotline.domain.errors import HotlineError
from hotline.domain.ids import AccountId, SeatId
from hotline.services.ports import Account
from seat_console.context import Services
from seat_console.holders import Endpoints, SeatHolders
from seat_console.sessions import account_of

log = logging.getLogger("seat_console.sockets")
SUPERVISOR_ENDPOINTS = tuple(f"sup{number:02d}" for number in range(1, 6))
FLOOR = "floor"
EVERYBODY = "everybody"
# Pings find a browser that is gone within ten seconds; a message of a browser of ours is far below the limit.
OPTIONS: dict[str, Any] = {
    "async_mode": "threading",
    "transports": ["websocket"],
    "ping_interval": 5,
    "ping_timeout": 5,
    "max_http_buffer_size": 16 * 1024,
    "manage_session": False,
    "serve_client": False,
}
_PAGE = re.compile(r"[A-Za-z0-9-]{8,64}\Z")


@dataclass(frozen=True, slots=True)
class Connected:
    """Somebody's page; `page` is empty until it said hello."""

    account: AccountId
    epoch: int
    page: str = ""


@dataclass(slots=True)
class LiveLink:
    """The connections of this process."""

    socketio: SocketIO
    services: Services
    holders: SeatHolders = field(default_factory=SeatHolders)
    endpoints: Endpoints = field(default_factory=lambda: Endpoints(SUPERVISOR_ENDPOINTS))
    _connected: dict[str, Connected] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def register(self) -> None:
        """Attach the handlers; any other event from a browser is ignored by Socket.IO."""
        self.socketio.on_event("connect", self.connected)
        self.socketio.on_event("disconnect", self.disconnected)
        self.socketio.on_event("hello", self.hello)

    def connected(self, _auth: object = None) -> None:
        """Only with a session that is good now."""
        account = self._account_of_session()
        if account is None:
            raise ConnectionRefusedError("signed out")
        with self._lock:
            self._connected[_sid()] = Connected(account.id, account.epoch)

    def disconnected(self, *_reason: object) -> None:
        """The page has its grace from now."""
        with self._lock:
            gone = self._connected.pop(_sid(), None)
        self.holders.leave(_sid(), time.monotonic())
        if gone:
            self.endpoints.give_back(gone.page)

    def hello(self, data: object = None, *_more: object) -> dict[str, bool]:
        """A page says who it is and wants its events; `take_over` takes the seat from another page."""
        page = data.get("page") if isinstance(data, dict) else None
        if not isinstance(page, str) or not _PAGE.match(page):
            return {"malformed": True}
        account = self._account_of_session()
        if account is None:
            disconnect()
            return {"signed_out": True}
        with self._lock:
            if _sid() not in self._connected:
                return {"gone": True}  # it left while its hello was on the way
            self._connected[_sid()] = Connected(account.id, account.epoch, page)
        if account.role == "seat":
            take_over = isinstance(data, dict) and data.get("take_over") is True
            return self._hello_seat(account, page, take_over)
        if account.role == "supervisor":
            join_room(FLOOR)
            join_room(EVERYBODY)
        if account.role == "unit":
            join_room(f"unit:{account.unit}")
            join_room(EVERYBODY)
        return {"welcome": True}

    def _hello_seat(self, account: Account, page: str, take_over: bool) -> dict[str, bool]:
        if account.seat is None:
            return {"no_seat": True}
        given, lost = self.holders.claim(account.seat, page, _sid(), take_over)
        with self._lock:
            still_there = _sid() in self._connected
        if not still_there:
            self.holders.leave(_sid(), time.monotonic())  # or nobody else would ever get the seat
            return {"gone": True}
        if not given:
            self.socketio.emit("occupied", {}, to=_sid())
            return {"occupied": True}
        if lost:
            self._take_from(lost, room_of(account.seat))
        join_room(room_of(account.seat))
        join_room(EVERYBODY)
        return {"welcome": True}

    def _take_from(self, connection: str, room: str) -> None:
        server = self.socketio.server
        for left in (room, EVERYBODY):
            server.leave_room(connection, left, namespace="/")
        self.socketio.emit("taken_over", {}, to=connection)

    def drop_ended_sessions(self) -> None:
        """Disconnect whoever's account was disabled, changed or got another password. Raises Unavailable."""
        with self._lock:
            connected = dict(self._connected)
        if not connected:
            return
        with self.services.storage.reading() as tx:
            good = {account.id: account.epoch for account in tx.accounts.all() if account.active}
        for sid, who in connected.items():
            if good.get(who.account) != who.epoch:
                self.socketio.server.disconnect(sid, namespace="/")

    def figures(self) -> dict[str, int]:
        """For the others to see."""
        with self._lock:
            return {"browsers": len(self._connected)}

    def _account_of_session(self) -> Account | None:
        try:
            return account_of(self.services.storage, session.get("account"), session.get("epoch"))
        except HotlineError as problem:
            log.warning("a page could not be connected: %s", problem)
            raise ConnectionRefusedError("unavailable") from None


def room_of(seat: SeatId) -> str:
    """The room is called as the outbox calls the stream."""
    return f"seat:{seat}"


def _sid() -> str:
    sid: str = request.sid  # type: ignore[attr-defined]
    return sid
