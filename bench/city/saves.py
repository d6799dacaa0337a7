"""Saves as seats and units make them: a ticket accepted, signed, taken in hand, replied to; each on disk."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID

from bench.city.rows import NEWEST
from bench.city.texts import Sayings
from hotline.domain.call import Call
from hotline.domain.ids import CallId, SeatId, TicketId
from hotline.domain.ticket import TicketFields
from hotline.domain.ticket_moves import Action
from hotline.domain.topics import Topics
from hotline.services import courses, tickets
from hotline.services.ports import Account
from hotline.settings import PACKAGE
from hotline.storage.sql import SqlStorage
from hotline.topics_file import load_topics

_CALLS = count(1)


def measured(storage: SqlStorage, times: int) -> dict[str, list[float]]:
    """Milliseconds of each save by its name."""
    found: dict[str, list[float]] = {}
    seat, users = _people(storage)
    said, topics = Sayings(99), load_topics(PACKAGE / "topics/zhucheng.toml")
    for _ in range(times):
        at = NEWEST + timedelta(seconds=next(_CALLS))
        matter, call_id = said.one(), CallId(str(UUID(int=2**100 + next(_CALLS))))
        unit = users[matter.unit]
        fields = TicketFields(
            kind=matter.kind, topic=matter.topic, place=matter.place, what=matter.what, unit=str(unit.unit)
        )
        with storage.writing() as tx:
            tx.calls.save(Call(id=call_id, arrived_at=at, seat=SeatId("seat07"), from_number="13800000000"))

        accept = partial(_accept, storage, seat, call_id, fields, topics, at)
        ticket_id = _timed(found, "accept", accept)
        for action, args in (
            (Action.SIGN, {}),
            (Action.TAKE_IN_HAND, {}),
            (Action.REPLY, {"text": "已办理。"}),
        ):
            with storage.reading() as tx:
                course = tx.courses.get(ticket_id)
            assert course
            act = partial(courses.perform, storage, courses.actor_of(unit), ticket_id, course.version)
            _timed(found, str(action), partial(act, action, args, at))
    return found


def _accept(
    storage: SqlStorage, seat: Account, call_id: CallId, fields: TicketFields, topics: Topics, at: datetime
) -> TicketId:
    with storage.writing() as tx:
        ticket = tickets.accept(tx, seat, call_id, 0, fields, topics, at)
    assert ticket.id
    return ticket.id


def _people(storage: SqlStorage) -> tuple[Account, dict[str, Account]]:
    with storage.reading() as tx:
        names = {str(unit.id): unit.name for unit in tx.units.all()}
        accounts = tx.accounts.all()
    seat = next(account for account in accounts if account.login == "seat07")
    return seat, {names[str(a.unit)]: a for a in accounts if a.unit}


def _timed(found: dict[str, list[float]], name: str, save: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    answer = save()
    found.setdefault(name, []).append((time.perf_counter() - began) * 1000)
    return answer
