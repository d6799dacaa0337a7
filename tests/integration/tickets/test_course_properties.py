"""Through the one door and a real database: whatever is done in whatever order, nothing and nobody is lost."""

import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text

from hotline.domain.actors import HOTLINE, Actor
from hotline.domain.errors import HotlineError
from hotline.domain.ids import TicketId
from hotline.domain.ticket import OPEN_STATES, TicketState
from hotline.domain.ticket_callback import MOST_ATTEMPTS
from hotline.domain.ticket_course import MOST_EXTENSION
from hotline.domain.ticket_moves import Action
from hotline.services import audit, calendar, course_args, courses
from hotline.services.audit import Whole
from hotline.services.course_rights import RIGHTS, possible
from hotline.storage.sql import SqlStorage, migrate
from tests.support.matters import NAMES, T0, City

S = TicketState
PICK = st.integers(0, 1_000)
UNITS = st.sampled_from([*NAMES, "u999", ""])
TEXTS = st.sampled_from(["说明", " "])
MOST_TICKETS = 6
# Possible nearly always: those are tried by the other rule, or no sequence would reach the end.
BESIDE = frozenset({"merge", "remind", "notice", "criticise", "pass_on", "pass_part"})
_prepared: dict[str, Path] = {}


def prepared() -> Path:
    """A furnished database, made once: each example works on a copy."""
    if "file" not in _prepared:
        folder = Path(tempfile.mkdtemp(prefix="hl-props-"))
        url = f"sqlite:///{folder}/first.db"
        migrate(url)
        storage = SqlStorage.open(url)
        City(storage)
        with storage.engine.connect() as connection:
            connection.execute(text("pragma wal_checkpoint(truncate)"))
        storage.close()
        _prepared["file"] = folder / "first.db"
    return _prepared["file"]


class Desk(RuleBasedStateMachine):
    """Citizens call, people of every role and the clock act, the calendar changes, time passes."""

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hl-props-"))
        shutil.copy(prepared(), self.folder / "hotline.db")
        self.storage = SqlStorage.open(f"sqlite:///{self.folder}/hotline.db")
        self.city = City(self.storage, empty=False, known=True)
        self.people = [self.city.seat, self.city.other, self.city.boss, *self.city.users.values(), HOTLINE]
        self.now = T0
        self.citizens: list[TicketId] = []
        self.promised: dict[TicketId, int] = {}
        self.entries = 0
        for kind in ("complaint", "consultation"):
            self.a_citizen_calls(kind, "u001")

    def teardown(self) -> None:
        if hasattr(self, "storage"):
            self.storage.close()
            shutil.rmtree(self.folder)

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(kind=st.sampled_from(["complaint", "help"]), unit=st.sampled_from(["u002", "某单位"]))
    def a_citizen_calls(self, kind: str, unit: str) -> None:
        if len(self.citizens) < MOST_TICKETS:
            self.citizens.append(self.city.a_ticket(self.now, kind=kind, unit=unit))

    @rule(off=st.booleans())
    def the_calendar_changes(self, off: bool) -> None:
        with self.storage.writing() as tx:
            chosen = calendar.edited(tx, date(2026, 3, 5), off or None, "雪")
            calendar.apply(tx, chosen, tx.calendar.revision(), "root", self.now)

    @rule(
        pick=PICK,
        who=PICK,
        action=st.sampled_from(list(Action)),
        unit=UNITS,
        words=TEXTS,
        days=st.integers(-1, 12),
        late=st.booleans(),
    )
    def somebody_tries_something(
        self, pick: int, who: int, action: Action, unit: str, words: str, days: int, late: bool
    ) -> None:
        ticket = self._known()[pick % len(self._known())]
        self._try(self.people[who % len(self.people)], ticket, action, unit, words, days, int(late))

    @rule(steps=st.lists(st.tuples(PICK, PICK, PICK, st.integers(0, 2)), min_size=1, max_size=10))
    def the_work_goes_on(self, steps: list[tuple[int, int, int, int]]) -> None:
        """What is offered is done as it should be, so that sequences reach the end."""
        for pick, who, which, hours in steps:
            ticket = self._known()[pick % len(self._known())]
            offered = self._offered(ticket)
            if offered:
                actor, action = offered[(who + which) % len(offered)]
                self._try(actor, ticket, action, "u003", "说明", 1 + which % 4, 0)
            self.now += timedelta(hours=5 * hours)

    def _offered(self, ticket: TicketId) -> list[tuple[Actor, Action]]:
        with self.storage.reading() as tx:
            course = tx.courses.get(ticket)
        assert course
        return [
            (who, action)
            for who in self.people
            for action in possible(who, course, True)
            if action not in BESIDE
        ]

    def _known(self) -> list[TicketId]:
        with self.storage.engine.connect() as connection:
            rows = connection.execute(text("select id from tickets where id is not null order by key"))
            return [TicketId(id_) for id_ in rows.scalars()]

    def _try(
        self, who: Actor, ticket: TicketId, action: Action, unit: str, words: str, days: int, late: int
    ) -> None:
        others = [each for each in self._known() if each != ticket] or [ticket]
        said: dict[str, Any] = {
            "unit": unit, "decision": words, "reason": words, "text": words, "record": words, "days": days,
            "responded": True, "solved": days > 3, "satisfaction": ("satisfied", "basically", "not")[days % 3],
            "words": words, "leader": others[days % len(others)],
            "how": ("phone", "letter")[days % 2],
        }  # fmt: skip
        args = {name: said.get(name, unit) for name in course_args.FIELDS.get(action, {})}
        before, version = self._everything(), self.city.version(ticket) - late
        try:
            view = courses.perform(self.storage, who, ticket, version, action, args, self.now)
        except HotlineError:
            assert self._everything() == before, f"a refused {action} changed something"
            return
        assert not late and who.role in RIGHTS[action]
        assert view["version"] > version and view["log"][-1]["at"] == self.now.timestamp()
        event(f"done: {action}")

    def _everything(self) -> list[Any]:
        tables = (
            "tickets",
            "ticket_parts",
            "ticket_attempts",
            "ticket_new_dates",
            "log_head",
            "ticket_numbers",
            "outbox_head",
        )
        with self.storage.engine.connect() as connection:
            return [connection.execute(text(f"select * from {table}")).all() for table in tables]

    @invariant()
    def nobody_and_no_deadline_is_lost(self) -> None:
        if not hasattr(self, "storage"):
            return
        with self.storage.reading() as tx:
            table = tx.calendar.load()
            known = {id_: tx.courses.get(id_) for id_ in self._known()}
            for id_, course in known.items():
                assert course
                first = self.promised.setdefault(id_, course.working_days)
                assert first <= course.working_days <= first + MOST_EXTENSION
                if course.state in OPEN_STATES:
                    assert course.deadline == table.due(course.accepted_at, course.working_days)
                if course.callback_due:
                    assert course.callback_due <= course.deadline.at
                if course.state is S.CLOSED and not course.again_as:
                    answered = course.answers and (not course.dissatisfied or course.interview)
                    assert answered or len(course.tried) == MOST_ATTEMPTS
                while course.state is S.MERGED:
                    assert course.leader and known[course.leader]
                    course = known[course.leader]  # ends: a leader is never merged when it takes one in
            for citizen in self.citizens:
                assert citizen in known

    @invariant()
    def no_log_entry_is_lost(self) -> None:
        if not hasattr(self, "storage"):
            return
        with self.storage.reading() as tx:
            found = audit.verify(tx, [])
        assert isinstance(found, Whole), found
        assert found.head.seq >= self.entries
        self.entries = found.head.seq


# Neither shrinking nor explaining: a failure names its steps, and another run of it costs seconds.
quick = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.reuse, Phase.generate),
}
Desk.TestCase.settings = settings(max_examples=10, stateful_step_count=20, **quick)
TestDesk = Desk.TestCase
