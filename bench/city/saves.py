"""Saves as seats and units make them: a ticket accepted, signed, taken in hand, replied to; each on disk.

Beside each of them the least that a save can be: one row changed, on disk. What a save is dearer than that is
its own; what that takes is the machine's, and the database's, at this moment.
"""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import text

from bench.city.asks import Times
from bench.city.rows import NEWEST
from bench.city.texts import Said, Sayings
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
_ONE_ROW = text("update log_head set seq = seq where id = 1")
LEAST = "one row"
WARM = 15  # a running server has what it writes to in memory


def measured(cities: Mapping[int, SqlStorage], times: int) -> dict[int, Times]:
    """Milliseconds of each save by its name, in the cities by turns."""
    found: dict[int, Times] = {city: {} for city in cities}
    people = {city: _people(storage) for city, storage in cities.items()}
    said, topics = Sayings(99), load_topics(PACKAGE / "topics/zhucheng.toml")
    for turn in range(times + WARM):
        matter, number = said.one(), next(_CALLS)
        for city, storage in cities.items():
            times_of_city = found[city] if turn >= WARM else {}
            _timed(times_of_city, LEAST, partial(_least, storage))
            _one(times_of_city, storage, *people[city], matter, topics, number)
    return found


def _one(
    found: Times, storage: SqlStorage, seat: Account, users: dict[str, Account], matter: Said, topics: Topics,
    number: int,
) -> None:  # fmt: skip
    at, call_id = NEWEST + timedelta(seconds=number), CallId(str(UUID(int=2**100 + number)))
    unit = users[matter.unit]
    fields = TicketFields(
        kind=matter.kind, topic=matter.topic, place=matter.place, what=matter.what, unit=str(unit.unit)
    )
    with storage.writing() as tx:
        tx.calls.save(Call(id=call_id, arrived_at=at, seat=SeatId("seat07"), from_number="13800000000"))

    accept = partial(_accept, storage, seat, call_id, fields, topics, at)
    ticket_id = _timed(found, "accept", accept)
    for action, args in ((Action.SIGN, {}), (Action.TAKE_IN_HAND, {}), (Action.REPLY, {"text": "已办理。"})):
        with storage.reading() as tx:
            course = tx.courses.get(ticket_id)
        assert course
        act = partial(courses.perform, storage, courses.actor_of(unit), ticket_id, course.version)
        _timed(found, str(action), partial(act, action, args, at))


def _least(storage: SqlStorage) -> None:
    with storage.engine.begin() as connection:
        connection.execute(_ONE_ROW)


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


def _timed(found: Times, name: str, save: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    answer = save()
    found.setdefault(name, []).append((time.perf_counter() - began) * 1000)
    return answer
