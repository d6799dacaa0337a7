"""Carries the outbox to the browsers in its order, and tells them every two seconds how the parts are."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hotline.domain.errors import HotlineError
from hotline.domain.ids import SeatId
from hotline.domain.seat import SeatState
from hotline.log_lines import kind_and_place
from hotline.services import screens
from hotline.services.ports import OutboxRow, Transaction
from seat_console import commands, health
from seat_console.context import Services, now
from seat_console.sockets import EVERYBODY, FLOOR, LiveLink

log = logging.getLogger("seat_console.feed")
LOOK_AGAIN_S = 0.5  # without Redis nobody wakes us
HEALTH_EVERY_S = 2.0
BATCH = 200
SEAT = "seat:"
# After these a seat's lists and figures are others too.
CHANGES_THE_DAY = frozenset({"ticket.saved", "call.ended"})
View = dict[str, Any]


@dataclass(slots=True)
class Feed:
    """Two threads: one that tails the outbox, and one for what is due by time."""

    link: LiveLink
    services: Services
    last: int | None = None
    assumed: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start both threads."""
        for body in (self._tail, self._keep_time):
            threading.Thread(target=body, name=f"feed{body.__name__}", daemon=True).start()

    def stop(self) -> None:
        """Let both threads end."""
        self._stop.set()

    def _tail(self) -> None:
        self._until_stopped(self.send_new, lambda: self.services.bell.wait(LOOK_AGAIN_S))

    def _keep_time(self) -> None:
        self._until_stopped(self.do_what_is_due, lambda: self._stop.wait(HEALTH_EVERY_S))

    def _until_stopped(self, body: Callable[[], None], pause: Callable[[], object]) -> None:
        failing = False
        while not self._stop.is_set():
            try:
                body()
                failing = False
            except HotlineError as problem:
                if not failing:
                    log.warning("screens are not fed: %s", problem)
                failing = True
            except Exception as problem:  # this thread is all that feeds the screens: it must not end
                log.error("screens are not fed: %s", kind_and_place(problem))
                self._stop.wait(LOOK_AGAIN_S)
            pause()

    def send_new(self) -> None:
        """Send every row that is newer than the last one sent. Raises Unavailable."""
        while True:
            with self.services.storage.reading() as tx:
                if self.last is None:
                    self.last = tx.outbox.newest()
                rows = tx.outbox.after(self.last, BATCH)
                views: dict[object, View] = {}
                messages = [(row, self._message(tx, row, views)) for row in rows]
            for row, message in messages:
                self.link.socketio.emit("event", message, to=row.stream)
                self.last = row.seq
            if len(rows) < BATCH:
                return

    def _message(self, tx: Transaction, row: OutboxRow, views: dict[object, View]) -> View:
        head: View = {"seq": row.seq, "prev": row.prev, "type": row.type, "note": row.note}
        head |= {"at": row.at.timestamp(), "ticket_id": row.ticket_id}
        if row.stream != FLOOR and not row.stream.startswith(SEAT):
            return head  # these pages ask for what they show
        key = (row.stream, row.seat_id, row.call_id, row.type in CHANGES_THE_DAY)
        if key not in views:  # rows of one batch show the same present
            views[key] = self._floor_view(tx, row) if row.stream == FLOOR else self._seat_view(tx, row)
        return head | views[key]

    def _seat_view(self, tx: Transaction, row: OutboxRow) -> View:
        seat = tx.seats.get(SeatId(row.stream.removeprefix(SEAT)))
        call = tx.calls.get(seat.call_id) if seat.call_id else None
        view: View = {"seat": screens.seat_view(tx, seat)}
        if call:
            view["call"] = screens.call_view(tx, call, self.services.topics, full=True)
        account = tx.accounts.by_seat(seat.id)
        if row.type in CHANGES_THE_DAY and account:
            whole = screens.seat_snapshot(tx, account, self.services.topics, now())
            view |= {"tickets": whole["tickets"], "today": whole["today"]}
        return view

    def _floor_view(self, tx: Transaction, row: OutboxRow) -> View:
        view: View = {}
        call = tx.calls.get(row.call_id) if row.call_id else None
        if call:
            view["call"] = screens.call_view(tx, call, self.services.topics, full=False)
        if row.seat_id:
            view["seat"] = screens.seat_view(tx, tx.seats.get(row.seat_id))
        return view

    def do_what_is_due(self) -> None:
        """Health to every page, ended sessions, abandoned seats. Raises Unavailable."""
        self.services.presence.announce("web", self.link.figures())
        if not self.assumed:
            self._assume_all_gone()
        parts = health.parts(self.services)
        message: View = {"now": now().timestamp(), "parts": parts}
        try:
            with self.services.storage.reading() as tx:
                message["queues"] = screens.queue_views(tx)
            self.link.drop_ended_sessions()
            self.release_abandoned(time.monotonic())
        finally:
            self.link.socketio.emit("health", message, to=EVERYBODY)

    def _assume_all_gone(self) -> None:
        """At the start no page has found us yet. Raises Unavailable."""
        with self.services.storage.reading() as tx:
            at_work = [seat.id for seat in tx.seats.all() if seat.wanted is not SeatState.OFFLINE]
        self.link.holders.assume_gone(at_work, time.monotonic())
        self.assumed = True

    def release_abandoned(self, at: float) -> None:
        """Take seats offline whose page is gone, those in a call when it is over. Raises Unavailable."""
        for seat_id in self.link.holders.abandoned(at):
            with self.services.storage.reading() as tx:
                seat = tx.seats.get(seat_id)
            if seat.wanted is SeatState.OFFLINE:
                self.link.holders.forget(seat_id)
            elif seat.state not in (SeatState.TALKING, SeatState.RINGING):
                log.info("%s: its page is gone, it goes offline", seat_id)
                commands.send(self.services, commands.of_hotline(seat_id, "seat.offline"))
                self.link.holders.told(seat_id, at)
