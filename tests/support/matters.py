"""Accepted tickets on a real database, units that handle them, and people of every role."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hotline.calendars import shipped, sources
from hotline.domain.actors import Actor
from hotline.domain.call import Call
from hotline.domain.ids import CallId, QueueId, SeatId, TicketId, UnitId
from hotline.domain.ticket import Ticket, TicketFields
from hotline.domain.ticket_moves import Action
from hotline.domain.units import Level, Unit
from hotline.services import calendar, courses, tickets
from hotline.services.courses import CourseView
from hotline.services.ports import Account, Transaction
from hotline.storage.sql import SqlStorage

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # Monday, nine o'clock in the city
WATER, HEAT, STREET = UnitId("u001"), UnitId("u002"), UnitId("u003")
NAMES = {WATER: "水务集团", HEAT: "供暖公司", STREET: "密州街道"}
NUMBER = "13812345678"


def at(days: float = 0, hours: float = 0) -> datetime:
    return T0 + timedelta(days=days, hours=hours)


class Topics:
    """Two topics are enough to accept a ticket."""

    def ids(self) -> frozenset[str]:
        return frozenset({"water", "heat"})

    def queue_of(self, topic: str) -> QueueId:
        return QueueId("general")

    def as_view(self) -> list[dict[str, Any]]:
        return []


@dataclass
class City:
    """A furnished database with its people: two seats, a supervisor, an administrator, a user for each unit."""

    storage: SqlStorage
    empty: bool = True  # else it is furnished with units already
    known: bool = False  # its people are there already
    calls: int = 0

    def __post_init__(self) -> None:
        with self.storage.writing() as tx:
            if self.empty:
                calendar.furnish(tx, shipped.load(), sources.statutory, T0)
                for unit_id, name in NAMES.items():
                    tx.units.add(Unit(id=unit_id, name=name, level=Level.CITY))
            self.account = self._person(tx, "seat07", "seat", "张三", seat="seat07")
            self.seat = courses.actor_of(self.account)
            self.other = courses.actor_of(self._person(tx, "seat08", "seat", "李四", seat="seat08"))
            self.boss = courses.actor_of(self._person(tx, "boss", "supervisor", "王班长"))
            self.admin = courses.actor_of(self._person(tx, "root", "admin", "管理员"))
            self.users = {
                unit: courses.actor_of(
                    self._person(tx, f"user-{unit}", "unit", f"{NAMES[unit]}经办", unit=unit)
                )
                for unit in NAMES
            }

    def _person(self, tx: Transaction, login: str, role: str, name: str, **more: Any) -> Account:
        found = tx.accounts.by_login(login) if self.known else None
        return found or _account(tx, login, role, name, **more)

    def fields(self, **more: Any) -> TicketFields:
        usual = {"kind": "complaint", "topic": "water", "place": "人民路", "what": "停水三天", "unit": WATER}
        return TicketFields(**{**usual, **more})

    def a_call(self, when: datetime = T0, number: str = NUMBER) -> CallId:
        self.calls += 1
        call_id = CallId(f"5f0e7c1e-0000-4000-8000-{self.calls:012d}")
        with self.storage.writing() as tx:
            tx.calls.save(Call(id=call_id, arrived_at=when, seat=SeatId("seat07"), from_number=number))
        return call_id

    def accept(self, when: datetime = T0, **fields: Any) -> Ticket:
        """What the seat's button does; without a unit nobody has it yet."""
        call_id = self.a_call(when)
        with self.storage.writing() as tx:
            return tickets.accept(tx, self.account, call_id, 0, self.fields(**fields), Topics(), when)

    def a_ticket(self, when: datetime = T0, **fields: Any) -> TicketId:
        """Accepted, and handed over when a unit of the city is named."""
        accepted = self.accept(when, **fields)
        assert accepted.id
        return accepted.id

    def do(
        self, actor: Actor, ticket: TicketId, action: Action, when: datetime = T0, /,
        args: Mapping[str, object] | None = None, version: int | None = None, **more: object,
    ) -> CourseView:  # fmt: skip
        """Act on the stored version, unless another one is named."""
        stored = self.version(ticket) if version is None else version
        return courses.perform(self.storage, actor, ticket, stored, action, {**(args or {}), **more}, when)

    def version(self, ticket: TicketId) -> int:
        with self.storage.reading() as tx:
            found = tx.tickets.get(ticket)
        assert found
        return found.version

    def in_hand(self, when: datetime = T0, **fields: Any) -> TicketId:
        """The water company works on it."""
        ticket = self.a_ticket(when, **fields)
        self.do(self.users[WATER], ticket, Action.SIGN, when)
        self.do(self.users[WATER], ticket, Action.TAKE_IN_HAND, when)
        return ticket

    def replied(self, when: datetime = T0, **fields: Any) -> TicketId:
        """The water company has answered."""
        ticket = self.in_hand(when, **fields)
        self.do(self.users[WATER], ticket, Action.REPLY, when, text="已修好")
        return ticket


def _account(tx: Transaction, login: str, role: str, name: str, **more: Any) -> Account:
    values = {"password_hash": "x", "must_change": False, "active": True, "epoch": 1, "demo": False}
    return tx.accounts.add(
        login=login, role=role, name=name, **{"seat": None, "unit": None, **values, **more}
    )
