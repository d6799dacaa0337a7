"""Ends the wrap-up of a seat whose ticket was saved: woken by the outbox's bell, and each second anyway."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from hotline.domain.errors import HotlineError
from hotline.domain.seat import SeatState
from hotline.domain.ticket import TicketState
from hotline.services import seats
from hotline.services.ports import Transaction
from hotline.switchboard.backlog import DatabaseWorker
from hotline.switchboard.membership import MembershipKeeper

LOOK_EVERY_S = 1.0
NOT_OFTENER_S = 0.05


class WrapUpWatch:
    """`web` writes the ticket; what follows from it for the queues is the switch's."""

    def __init__(self, worker: DatabaseWorker, keeper: MembershipKeeper, now: Callable[[], datetime]) -> None:
        self._worker, self._keeper, self._now = worker, keeper, now
        self._bell = asyncio.Event()

    def wake(self) -> None:
        """The outbox has something new."""
        self._bell.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._bell.wait()
            except TimeoutError:
                pass
            self._bell.clear()
            try:
                if await self._worker.read(any_is_over):
                    told = await self._worker.write(lambda tx: seats.finish_wrap_ups(tx, self._now()))
                    self._keeper.doubt(*(membership.seat for membership in told))
            except HotlineError:
                pass  # the database does not answer: the backlog has said so, and we look again
            await asyncio.sleep(NOT_OFTENER_S)


def any_is_over(tx: Transaction) -> bool:
    """Whether there is something to write: looking needs no lock."""
    for seat in tx.seats.all():
        if seat.state is SeatState.WRAP_UP and seat.call_id:
            ticket = tx.tickets.of_call(seat.call_id)
            if ticket is not None and ticket.state is not TicketState.DRAFT:
                return True
    return False
