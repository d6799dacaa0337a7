"""What tests of callbacks do: a city with two seats at their telephones, a reply, calls and their ends."""

from datetime import datetime, timedelta
from typing import Any

from hotline.domain.ids import CallId, SeatId, TicketId
from hotline.domain.seat import SeatState
from hotline.domain.ticket_moves import Action
from hotline.services import callbacks
from hotline.services.ports_callbacks import Dial
from hotline.storage.sql import SqlStorage
from tests.support.matters import NUMBER, WATER, City, at


def city_with_telephones(storage: SqlStorage) -> City:
    found = City(storage)
    with storage.writing() as tx:
        for name in ("seat07", "seat08"):
            seat = tx.seats.get(SeatId(name))
            seat.state, seat.reachable = SeatState.READY, True
            tx.seats.save(seat)
    return found


def replied(city: City, when: datetime | None = None) -> TicketId:
    ticket = city.a_ticket()
    unit = city.users[WATER]
    for action, args in ((Action.SIGN, {}), (Action.TAKE_IN_HAND, {}), (Action.REPLY, {"text": "已修好"})):
        city.do(unit, ticket, action, when or at(hours=1), args)
    return ticket


def begin(
    city: City,
    ticket: TicketId | None,
    call: CallId | None = None,
    when: datetime | None = None,
    who: str = "seat07",
) -> Dial:
    with city.storage.writing() as tx:
        account = tx.accounts.by_login(who)
        assert account
        return callbacks.begin(tx, account, ticket, call, when or at(hours=2))


def end(city: City, dial: Dial, status: str, when: datetime, answered: bool = False) -> Dial:
    with city.storage.writing() as tx:
        if answered:
            callbacks.answered(tx, dial.id, when - timedelta(seconds=20))
        callbacks.ended(tx, dial.id, status, when)
        found = tx.callbacks.get(dial.id)
        assert found
        return found


def listed(city: City, now: datetime, who: str = "seat07") -> dict[str, Any]:
    actor = city.seat if who == "seat07" else city.other
    with city.storage.reading() as tx:
        return callbacks.work_list(tx, actor, now)


def a_missed_call(city: City, when: datetime, number: str = NUMBER, reason: Any = None) -> CallId:
    call_id = city.a_call(when, number)
    with city.storage.writing() as tx:
        call = tx.calls.get(call_id)
        assert call
        call.seat = None
        call.end(when + timedelta(seconds=30), reason)
        tx.calls.save(call)
    return call_id


def noon(minutes: int) -> datetime:
    """So many minutes from noon of the day on which everything began."""
    return at(hours=3) + timedelta(minutes=minutes)
