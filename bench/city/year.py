"""A year of calls through the rules of tickets and the clock, at full speed: nothing may be lost."""

import heapq
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

from sqlalchemy import func, select

from bench.city.texts import Said, Sayings
from hotline.domain.actors import Actor, Role
from hotline.domain.calendar import SHANGHAI, Calendar
from hotline.domain.deadlines import DEFAULT_LIMITS
from hotline.domain.errors import Conflict
from hotline.domain.ids import TicketId
from hotline.domain.supervision import Act
from hotline.domain.ticket import Kind, Ticket, TicketFields, TicketState
from hotline.domain.ticket_callback import Answers, Satisfaction
from hotline.domain.ticket_calling import call_back, close, record_interview
from hotline.domain.ticket_course import Course
from hotline.domain.ticket_moves import Action
from hotline.services import audit, courses, supervision
from hotline.services.ports import Transaction
from hotline.storage.sql import SqlStorage
from hotline.storage.tables_supervision import supervision_acts
from hotline.storage.tables_tickets import tickets

CALLS = int(os.environ.get("HOTLINE_BENCH_YEAR_CALLS", "59000"))
FIRST = datetime(2025, 1, 1, tzinfo=SHANGHAI).astimezone(UTC)
YEAR = timedelta(days=365)
AFTER = timedelta(days=75)  # whoever called last is answered too
STEP = timedelta(hours=4)  # people's acts of so long are one transaction, and the clock comes after each
SEAT = Actor(account=None, name="seat08", role=Role.SEAT)


@dataclass(order=True, slots=True)
class Task:
    """What somebody will do with a ticket."""

    at: datetime
    order: int
    do: Callable[[Transaction, datetime], None] = field(compare=False)


class Year:
    """The people of one year; the same for the same seed."""

    def __init__(self, storage: SqlStorage, units: dict[str, str], seed: int = 5) -> None:
        self._storage, self._units = storage, units
        self._random, self._sayings = random.Random(seed), Sayings(seed)
        self._tasks: list[Task] = []
        self._order = count()
        self._calendar: Calendar
        with storage.reading() as tx:
            self._calendar = tx.calendar.load()
        self.clock_acts: Counter[str] = Counter()
        self.refused = 0

    def run(self) -> None:
        """Until nobody has anything to do."""
        for at in sorted(FIRST + YEAR * self._random.random() for _ in range(CALLS)):
            self._later(at, partial(self._call, said=self._sayings.one()))
        now = told = FIRST
        while now < FIRST + YEAR + AFTER:
            now += STEP
            if now.astimezone(SHANGHAI).month != told.astimezone(SHANGHAI).month:
                print(f"  {now.astimezone(SHANGHAI):%Y-%m}", flush=True)
                told = now
            if self._tasks and self._tasks[0].at <= now:
                with self._storage.writing() as tx:
                    while self._tasks and self._tasks[0].at <= now:
                        task = heapq.heappop(self._tasks)
                        task.do(tx, task.at)
            done = supervision.run(self._storage, now, "城市热线", str)
            self.clock_acts.update(done.acts)

    def _later(self, at: datetime, do: Callable[[Transaction, datetime], None]) -> None:
        heapq.heappush(self._tasks, Task(at, next(self._order), do))

    def _call(self, tx: Transaction, at: datetime, said: Said) -> None:
        """Written down by a seat; two of five are answered at once."""
        answered, unit = self._random.random() < 0.4, self._units[said.unit]
        fields = TicketFields(
            kind=said.kind, topic=said.topic, place=said.place, what=said.what, unit=unit, answered=answered
        )
        ticket = Ticket(call_id=None, created_at=at, fields=fields)
        number = tx.tickets.next_id(at.astimezone(SHANGHAI).year)
        ticket.accept(number, at)
        days = DEFAULT_LIMITS[Kind(said.kind)]
        ticket.promise(days, self._calendar.due(at, days))
        tx.tickets.save(ticket)
        assert ticket.key
        tx.log.add(ticket.key, at, "seat07", "accept", "draft", ticket.state, {"unit": unit})
        if not answered:
            with self._course(tx, number) as course:
                course.hand_over(unit, "seat07", at, self._calendar)
            self._plan(number, at, ticket.deadline.at if ticket.deadline else at)

    def _plan(self, number: TicketId, at: datetime, due: datetime) -> None:
        """Most units are in time; some give back, ask for more time, or are late."""
        span, luck = due - at, self._random.random()
        share = self._random.uniform(1.05, 3.0) if luck < 0.04 else self._random.uniform(0.2, 0.75)
        sign = partial(self._sign, number=number, gives_back=luck > 0.97)
        self._later(at + span * min(0.15, share / 2), sign)
        if 0.90 < luck < 0.93:
            self._later(at + span * 0.18, partial(self._extend, number=number))
        self._later(at + span * share, partial(self._reply, number=number))

    def _sign(self, tx: Transaction, at: datetime, number: TicketId, gives_back: bool) -> None:
        with self._course(tx, number) as course:
            course.sign("unit-user", at)
            if gives_back and course.return_due and at < course.return_due:
                course.return_("不属本单位职责", "unit-user", at)
                other = self._random.choice(list(self._units.values()))
                course.hand_over(other, "seat07", at, self._calendar)
                course.sign("unit-user", at)
            course.take_in_hand("unit-user", at)

    def _extend(self, tx: Transaction, at: datetime, number: TicketId) -> None:
        with self._course(tx, number) as course:
            course.ask_extension(3, "需要更换配件", "unit-user", at)
            course.grant_extension("boss", at, self._calendar)

    def _reply(self, tx: Transaction, at: datetime, number: TicketId) -> None:
        with self._course(tx, number) as course:
            course.reply("已办理。", "unit-user", at, self._calendar)
        soon = timedelta(hours=self._random.uniform(1, 8))
        self._later(at + soon, partial(self._dial, number=number))

    def _dial(self, tx: Transaction, at: datetime, number: TicketId) -> None:
        """One of twelve is not in; one of twenty is not satisfied, and it is done again."""
        course = tx.courses.get(number)
        assert course
        if self._random.random() < 0.08:
            act = Action.MISS_CITIZEN if len(course.tried) < 3 else Action.GIVE_UP_CALLING
            if not self._act(tx, course, act, {}, at) or act is Action.MISS_CITIZEN:
                self._later(at + timedelta(hours=7), partial(self._dial, number=number))
        elif self._random.random() > 0.05:
            answers = Answers(responded=True, solved=True, satisfaction=Satisfaction.SATISFIED)
            call_back(course, answers, SEAT.name, at)
            close(course, SEAT.name, at)
            tx.courses.save(course)
        else:
            said = {"responded": True, "solved": False, "satisfaction": "not", "words": ""}
            self._act(tx, course, Action.CALL_BACK, said, at)
            self._again(tx, number, at)

    def _again(self, tx: Transaction, number: TicketId, at: datetime) -> None:
        course = tx.courses.get(number)
        assert course
        if course.again_as:
            again = tx.courses.get(course.again_as)
            assert again
            self._plan(again.ticket_id, at, again.deadline.at)
        elif course.state is TicketState.CALLED_BACK:
            record_interview(course, "已当面说明。", "boss", at)
            close(course, SEAT.name, at)
            tx.courses.save(course)

    def _act(
        self, tx: Transaction, course: Course, action: Action, args: Mapping[str, object], at: datetime
    ) -> bool:
        try:
            courses.perform_in(tx, SEAT, course.ticket_id, course.version, action, args, at)
        except Conflict:
            self.refused += 1  # the same part of the day: it is tried again later
            return False
        return True

    @contextmanager
    def _course(self, tx: Transaction, number: TicketId) -> Iterator[Course]:
        course = tx.courses.get(number)
        assert course
        yield course
        tx.courses.save(course)


def run(storage: SqlStorage, units: dict[str, str]) -> dict[str, object]:
    """Seconds of the year, and what of it was lost: it must be nothing."""
    year = Year(storage, units)
    began = time.monotonic()
    year.run()
    took = time.monotonic() - began
    lost = _lost(storage)
    acts = {f"year_{act}": done for act, done in sorted(year.clock_acts.items())}
    return {"year_s": round(took, 1), "year_calls": CALLS, "year_lost": sum(lost.values()), **acts}


def _lost(storage: SqlStorage) -> dict[str, int]:
    """Calls without a ticket, tickets without an end or an answer, late ones nobody wrote to, broken logs."""
    t = tickets.c
    told = t.answered | t.satisfaction.is_not(None) | t.again_as.is_not(None)
    ask = {
        "calls": select(CALLS - func.count()).where(t.again_of.is_(None)),
        "open": select(func.count()).where(t.state != TicketState.CLOSED),
        "unanswered": select(func.count()).where(~told & t.replied_at.is_(None)),
    }
    with storage.engine.connect() as connection:
        found = {name: int(connection.execute(query).scalar_one()) for name, query in ask.items()}
        noticed = select(supervision_acts.c.ticket).where(supervision_acts.c.act == Act.NOTICE)
        late = select(t.due_at, t.replied_at).where(t.replied_at > t.due_at, t.key.not_in(noticed))
        rows = connection.execute(late).all()
    with storage.reading() as tx:
        calendar = tx.calendar.load()
        found["log"] = int(isinstance(audit.verify(tx, []), audit.Broken))
    # The notice is due on the working day after the deadline: who replied in it needed none.
    found["late_without_notice"] = sum(reply > calendar.due(due, 1).at for due, reply in rows)
    print(f"  lost: {found}")
    return found
