"""Carries out what screens ask for: each command once at most, none after its time, a refusal always said."""

import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from hotline.domain.call import CallState
from hotline.domain.errors import Conflict, HotlineError, Invalid, NotFound, Unavailable
from hotline.domain.events import CommandRefused
from hotline.domain.ids import CallId, SeatId
from hotline.domain.seat import SeatState
from hotline.live.channel import command_from_json
from hotline.services import callbacks, seats
from hotline.services.ports import Command, Transaction
from hotline.services.seats import Membership
from hotline.switchboard.backlog import Backlog, DatabaseWorker
from hotline.switchboard.doubtful_dials import DoubtfulDials
from hotline.switchboard.membership import MembershipKeeper
from hotline.telephony.ami_actions import AsteriskSwitch

log = logging.getLogger(__name__)

REMEMBERED = 10_000
_KINDS = {NotFound: "not_found", Conflict: "conflict", Invalid: "invalid", Unavailable: "unavailable"}
LONGEST_WAIT_S = 60.0  # an expiry further away than this is a mistake
_WANTS = {
    "seat.ready": SeatState.READY,
    "seat.pause": SeatState.PAUSED,
    "seat.offline": SeatState.OFFLINE,
}


class CommandDesk:
    """One command after the other, so that a seat's two wishes never overtake each other."""

    def __init__(
        self,
        pbx: AsteriskSwitch,
        worker: DatabaseWorker,
        backlog: Backlog,
        keeper: MembershipKeeper,
        doubtful: DoubtfulDials,
        now: Callable[[], datetime],
    ) -> None:
        self._pbx, self._worker, self._backlog, self._keeper, self._now = pbx, worker, backlog, keeper, now
        self._doubtful = doubtful
        self._done: OrderedDict[str, None] = OrderedDict()
        self.carried_out = 0
        self.refused = 0
        self.expired = 0

    def figures(self) -> dict[str, Any]:
        """For the alive key."""
        return {"commands": self.carried_out, "refused": self.refused, "expired": self.expired}

    async def take(self, text: str) -> None:
        """One entry of the list; never raises HotlineError."""
        try:
            command = command_from_json(text)
        except Invalid:
            self.refused += 1
            log.warning("something in the list of commands is no command")
            return
        if command.id in self._done:
            return
        self._remember(command)
        if not self._is_due(command):
            await self._give_up(command)
            return
        try:
            await self._carry_out(command)
            self.carried_out += 1
        except HotlineError as problem:
            self._refuse(command, str(problem), problem.reason or _KINDS.get(type(problem), ""))

    def _remember(self, command: Command) -> None:
        self._done[command.id] = None
        while len(self._done) > REMEMBERED:
            self._done.popitem(last=False)

    def _is_due(self, command: Command) -> bool:
        return 0 <= command.expires_at - time.time() <= LONGEST_WAIT_S

    async def _give_up(self, command: Command) -> None:
        """Nobody waits for it any more; a citizen who was to be called is free for the next attempt."""
        self.expired += 1
        self._refuse(command, "the switch was busy for too long: try again", "too_late")
        if command.name == "callback.dial":
            try:
                await self._worker.write(lambda tx: _not_dialled(tx, command, self._now()))
            except HotlineError as problem:
                log.warning("a callback that came too late stays begun: %s", problem)

    def _refuse(self, command: Command, why: str, reason: str) -> None:
        """Told behind what waits for the database, so that it is told even when the database is locked."""
        self.refused += 1
        self._backlog.put(
            CommandRefused(
                at=self._now(), command_id=command.id[:64], seat=command.seat, note=why, reason=reason
            )
        )

    async def _carry_out(self, command: Command) -> None:
        handlers: dict[str, Callable[[Command], Awaitable[None]]] = {
            **dict.fromkeys(_WANTS, self._want),
            "call.hang_up": self._hang_up,
            "call.listen": self._listen,
            "callback.dial": self._call_back,
        }
        handler = handlers.get(command.name)
        if handler is None:
            raise Invalid("the switch does not know this command")
        await handler(command)

    async def _want(self, command: Command) -> None:
        """Asterisk is told first: a seat's row says only what is so. When the row cannot be written the
        queues are put back to what the database says.
        """
        seat, wanted = _seat_of(command), _WANTS[command.name]
        reason = command.args.get("reason", "")[:64]
        at = self._now()
        async with self._keeper.lock:
            membership = await self._worker.read(lambda tx: _would_be(tx, seat, wanted, at, reason))
            try:
                await self._pbx.set_membership(membership)
                await self._worker.write(lambda tx: seats.want(tx, seat, wanted, at, reason))
            finally:
                self._keeper.doubt(seat)

    async def _hang_up(self, command: Command) -> None:
        seat, call_id = _seat_of(command), _call_of(command)
        if (await self._worker.read(lambda tx: tx.seats.get(seat))).call_id != call_id:
            raise Conflict("this call is not at your seat any more", "call_gone")
        await self._pbx.hang_up_leg(call_id, seat)

    async def _call_back(self, command: Command) -> None:
        """The seat takes no other call meanwhile; a call that was certainly not made is over at once."""
        seat, dial = _seat_of(command), command.args.get("dial", "")[:64]
        number = await self._worker.read(lambda tx: callbacks.to_dial(tx, seat, dial))
        try:
            await self._want(replace(command, name="seat.pause", args={"reason": "callback"}))
        except HotlineError:
            await self._worker.write(lambda tx: callbacks.ended(tx, dial, "", self._now()))
            raise
        try:
            await self._pbx.call_back(dial, seat, number)
        except HotlineError as problem:
            if await self._doubtful.not_made(dial, problem):
                raise

    async def _listen(self, command: Command) -> None:
        """The trace of who listened is written before he can hear anything."""
        call_id, endpoint = _call_of(command), command.args.get("endpoint", "")
        await self._worker.write(lambda tx: _note_listening(tx, command, call_id, self._now()))
        await self._pbx.listen(call_id, endpoint)


def _not_dialled(tx: Transaction, command: Command, at: datetime) -> None:
    dial = command.args.get("dial", "")[:64]
    callbacks.to_dial(tx, _seat_of(command), dial)  # refuses one that is another seat's
    callbacks.ended(tx, dial, "", at)


def _would_be(tx: Transaction, seat_id: SeatId, wanted: SeatState, at: datetime, reason: str) -> Membership:
    """What the queues must say once the wish is granted; nothing is saved."""
    seat = tx.seats.get(seat_id)
    seat.want(wanted, at, reason)
    return seats.membership(seat)


def _note_listening(tx: Transaction, command: Command, call_id: CallId, at: datetime) -> None:
    account = tx.accounts.get(command.account)
    if account is None or not account.active or account.role != "supervisor":
        raise Conflict("only a supervisor may listen")
    call = tx.calls.get(call_id)
    if call is None or call.state not in (CallState.TALKING, CallState.HELD):
        raise NotFound("nobody talks in this call now", "nobody_talks")
    tx.views.add(at, account.id, call_id, "listened", "supervision")


def _seat_of(command: Command) -> SeatId:
    if command.seat is None:
        raise Invalid("this command is a seat's")
    return command.seat


def _call_of(command: Command) -> CallId:
    call_id = command.args.get("call_id", "")
    if not 0 < len(call_id) <= 64:
        raise Invalid("a call is missing in the command")
    return CallId(call_id)
