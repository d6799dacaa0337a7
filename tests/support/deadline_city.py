"""A demo city with tickets in every state that the page of deadlines shows, some of them long overdue."""

from datetime import datetime, timedelta

from hotline.domain.actors import Actor, Role
from hotline.domain.ids import AccountId, TicketId, UnitId
from hotline.domain.ticket import TicketFields
from hotline.domain.ticket_moves import Action
from hotline.services import courses, intake, supervision
from hotline.services.notices import topic_namer
from hotline.services.ports import TopicList
from hotline.settings import Settings
from hotline.storage.sql import SqlStorage

TOPICS = ("water_outage", "water_quality", "water_pressure")


class DeadlineCity:
    """Tickets by what is the matter with them."""

    def __init__(self, storage: SqlStorage, topics: TopicList, settings: Settings, now: datetime) -> None:
        self.storage, self.topics, self.settings, self.now = storage, topics, settings, now
        with storage.reading() as tx:
            boss = next(account for account in tx.accounts.all() if account.role == "supervisor")
            self.units = [unit.id for unit in tx.units.all() if unit.is_open][:4]
        self.boss = courses.actor_of(boss)

    def of(self, unit: UnitId) -> Actor:
        """Somebody of a unit."""
        return Actor(account=AccountId(0), name=f"user-{unit}", role=Role.UNIT, unit=unit)

    def ticket(self, days_ago: float, unit: int = 0, kind: str = "complaint") -> TicketId:
        """Handed over so many days ago."""
        when = self.now - timedelta(days=days_ago)
        topic = next(each["id"] for each in self.topics.as_view()[unit * 3 :])
        fields = TicketFields(
            kind=kind, topic=topic, place="人民路", what="多日未解决，请尽快处理", unit=self.units[unit]
        )
        with self.storage.writing() as tx:
            ticket_id, _ = intake.accept(tx, self.boss, fields, self.topics, when)
        self.do(self.boss, ticket_id, Action.HAND_OVER, when, unit=self.units[unit])
        return ticket_id

    def do(self, actor: Actor, ticket: TicketId, action: Action, when: datetime, **args: object) -> None:
        """Act on the stored version."""
        with self.storage.reading() as tx:
            course = tx.courses.get(ticket)
        assert course
        courses.perform(self.storage, actor, ticket, course.version, action, args, when)

    def in_hand(self, days_ago: float, unit: int = 0, kind: str = "complaint") -> TicketId:
        """The unit works on it."""
        ticket, when = self.ticket(days_ago, unit, kind), self.now - timedelta(days=days_ago)
        for action in (Action.SIGN, Action.TAKE_IN_HAND):
            self.do(self.of(self.units[unit]), ticket, action, when)
        return ticket

    def asks(self, unit: int = 0) -> TicketId:
        """An extension is asked for."""
        ticket = self.in_hand(0.1, unit)
        when = self.now - timedelta(hours=1)
        self.do(
            self.of(self.units[unit]), ticket, Action.ASK_EXTENSION, when, days=3, reason="配件须从外地调运"
        )
        return ticket

    def returned_twice(self) -> TicketId:
        """Nobody wants it."""
        ticket = self.ticket(0.2, 0)
        for unit in (0, 1):
            when = self.now - timedelta(hours=2 - unit)
            if unit:
                self.do(self.boss, ticket, Action.HAND_OVER, when, unit=self.units[unit])
            self.do(self.of(self.units[unit]), ticket, Action.RETURN, when, reason="不属本单位职责范围")
        return ticket

    def done(self, days_ago: float, unit: int = 0) -> TicketId:
        """Replied to and called back the same day."""
        ticket, when = self.in_hand(days_ago, unit), self.now - timedelta(days=days_ago)
        self.do(self.of(self.units[unit]), ticket, Action.REPLY, when, text="已办结")
        self.do(
            self.boss, ticket, Action.CALL_BACK, when, responded=True, solved=True, satisfaction="satisfied"
        )
        return ticket

    def run_clock(self, now: datetime | None = None) -> None:
        """As the clock process does."""
        supervision.run(self.storage, now or self.now, self.settings.issuer, topic_namer(self.topics))
