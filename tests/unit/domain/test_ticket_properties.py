"""Whatever is done in whatever order: no citizen, no deadline and no log entry is lost."""

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta

from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hotline.calendars import shipped, sources
from hotline.domain.calendar import Calendar
from hotline.domain.errors import HotlineError
from hotline.domain.ids import TicketId
from hotline.domain.ticket import OPEN_STATES, TicketState
from hotline.domain.ticket_callback import MOST_ATTEMPTS, Answers, Satisfaction
from hotline.domain.ticket_calling import (
    call_back,
    close,
    close_without_callback,
    do_again,
    give_up_calling,
    miss_citizen,
    record_interview,
)
from hotline.domain.ticket_course import MOST_EXTENSION, Course
from hotline.domain.ticket_log import Entry, first_broken
from hotline.domain.ticket_moves import AT_THE_UNIT, MOVES, Action
from hotline.domain.ticket_new_date import Way
from hotline.domain.ticket_passing import pass_on, pass_part
from hotline.domain.ticket_telling import miss_new_date, tell_new_date

USUAL = Calendar([*shipped.load(), sources.statutory(2027)])
KNOWN = USUAL.of_year(2026)
assert KNOWN
SNOW = USUAL.with_arrangement(KNOWN.with_day(date(2026, 12, 30), True, "雪"))
S = TicketState
PEOPLE = st.sampled_from(["desk", "water", "heat", "seat07", "boss"])
UNITS = st.sampled_from(["水务集团", "供暖公司", "街道", " "])
TEXTS = st.sampled_from(["说明", "", " "])
PICK = st.integers(0, 1_000)
LIMITS = st.sampled_from([1, 3, 5])
MOST_TICKETS = 6
STEPS = st.tuples(PICK, PEOPLE, st.integers(1, 4), st.sampled_from(list(Satisfaction)))
NEW_DATE = (Action.GRANT_EXTENSION, Action.TELL_NEW_DATE, Action.MISS_NEW_DATE)
BESIDE = (Action.MERGE, Action.MOVE_DEADLINE)  # those are tried by the other rules


def told_at(course: Course) -> datetime | None:
    """When he was reached, or tried for the last time before he was given up."""
    log = course.log
    if any(entry.action == Action.GIVE_UP_CALLING for entry in log):
        return max(entry.at for entry in log if entry.action == Action.MISS_CITIZEN)
    done = (Action.CALL_BACK, Action.CLOSE_WITHOUT_CALLBACK)
    return next((entry.at for entry in log if entry.action in done), None)


class Desk(RuleBasedStateMachine):
    """Several citizens, several people who do things with their tickets, a calendar that changes."""

    @initialize()
    def open(self) -> None:
        self.now = datetime(2026, 12, 20, 1, 0, tzinfo=UTC)
        self.calendar = USUAL
        self.courses: dict[TicketId, Course] = {}
        self.citizens: list[TicketId] = []
        self.promised: dict[TicketId, int] = {}
        self.logs: dict[TicketId, list[Entry]] = {}
        for days in (3, 5, 5):
            self.a_citizen_comes_in(days)

    def _new_id(self) -> TicketId:
        return TicketId(f"T-2026-{len(self.courses) + 1:06d}")

    def _keep(self, course: Course) -> None:
        self.courses[course.ticket_id] = course
        self.promised[course.ticket_id] = course.working_days
        self.logs[course.ticket_id] = []

    def _course(self, pick: int) -> Course:
        known = list(self.courses.values())
        return known[pick % len(known)]

    @rule(follower=PICK, leader=PICK)
    def two_are_the_same_matter(self, follower: int, leader: int) -> None:
        self._do(
            self._course(follower), self._course(leader), Action.MERGE, "desk", "", "", 0, Satisfaction.NOT
        )

    @rule(hours=st.integers(0, 60))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(days=LIMITS)
    def a_citizen_comes(self, days: int) -> None:
        if len(self.courses) < MOST_TICKETS:
            self.a_citizen_comes_in(days)

    def a_citizen_comes_in(self, days: int) -> None:
        due = self.calendar.due(self.now, days)
        course = Course(ticket_id=self._new_id(), accepted_at=self.now, working_days=days, deadline=due)
        self._keep(course)
        self.citizens.append(course.ticket_id)

    @rule(snow=st.booleans())
    def the_calendar_changes(self, snow: bool) -> None:
        self.calendar = SNOW if snow else USUAL
        for course in self.courses.values():
            if course.state in OPEN_STATES:
                before = len(course.log)
                moved = course.move_deadline(self.calendar, "admin", self.now)
                assert len(course.log) - before == len(moved) <= 1
                self._remember(course)

    @rule(
        pick=PICK, other=PICK, action=st.sampled_from(list(Action)), who=PEOPLE, unit=UNITS, text=TEXTS,
        days=st.integers(-1, 12), satisfaction=st.sampled_from(list(Satisfaction)),
    )  # fmt: skip
    def somebody_tries_something(
        self, pick: int, other: int, action: Action, who: str, unit: str, text: str, days: int,
        satisfaction: Satisfaction,
    ) -> None:  # fmt: skip
        course, leader = self._course(pick), self._course(other)
        if action is not Action.MOVE_DEADLINE:
            self._do(course, leader, action, who, unit, text, days, satisfaction)

    @rule(pick=PICK, steps=st.lists(STEPS, min_size=1, max_size=12))
    def the_work_goes_on(self, pick: int, steps: list[tuple[int, str, int, Satisfaction]]) -> None:
        """What is possible next, done as it should be, so that sequences reach the end of the table."""
        for next_, who, days, satisfaction in steps:
            course = self._course(pick)
            possible = [a for state, a in MOVES if state is course.state and a not in BESIDE]
            if possible:
                leader = self.courses.get(course.leader or course.ticket_id, course)
                action = possible[next_ % len(possible)]
                unit = (
                    "街道"
                    if action in (Action.ASK_UNIT, Action.ANSWER_PART, Action.PASS_PART)
                    else "水务集团"
                )
                self._do(course, leader, action, who, unit, "说明", days, satisfaction)
            self.now += timedelta(hours=5)

    def _do(
        self, course: Course, leader: Course, action: Action, who: str, unit: str, text: str, days: int,
        satisfaction: Satisfaction,
    ) -> None:  # fmt: skip
        before, at, calendar = deepcopy(course), self.now, self.calendar
        answers = Answers(responded=True, solved=True, satisfaction=satisfaction)
        try:
            match action:
                case Action.HAND_OVER:
                    course.hand_over(unit, who, at, calendar)
                case Action.SIGN:
                    course.sign(who, at)
                case Action.TAKE_IN_HAND:
                    course.take_in_hand(who, at)
                case Action.RETURN:
                    course.return_(text, who, at)
                case Action.FORCE:
                    course.force(unit, text, who, at, calendar)
                case Action.PASS_ON:
                    pass_on(course, unit, who, at, calendar)
                case Action.PASS_PART:
                    pass_part(course, unit, "供暖公司", who, at)
                case Action.ASK_UNIT:
                    course.ask_unit(unit, days, who, at, calendar)
                case Action.ANSWER_PART:
                    course.answer_part(unit, text, who, at)
                case Action.ASK_EXTENSION:
                    course.ask_extension(days, text, who, at)
                case Action.GRANT_EXTENSION:
                    course.grant_extension(who, at, calendar)
                case Action.REFUSE_EXTENSION:
                    course.refuse_extension(text, who, at)
                case Action.TELL_NEW_DATE:
                    tell_new_date(course, Way.PHONE, who, at)
                case Action.MISS_NEW_DATE:
                    miss_new_date(course, who, at)
                case Action.REPLY:
                    course.reply(text, who, at, calendar)
                case Action.MISS_CITIZEN:
                    miss_citizen(course, who, at)
                case Action.GIVE_UP_CALLING:
                    give_up_calling(course, who, at)
                case Action.CALL_BACK:
                    call_back(course, answers, who, at)
                case Action.CLOSE_WITHOUT_CALLBACK:
                    close_without_callback(course, text, who, at)
                case Action.INTERVIEW:
                    record_interview(course, text, who, at)
                case Action.CLOSE:
                    close(course, who, at)
                case Action.DO_AGAIN:
                    again, _ = do_again(course, self._new_id(), who, at, calendar)
                    self._keep(again)
                case Action.MERGE:
                    course.merge_into(leader, who, at)
                case Action.SHARE_REPLY:
                    course.share_reply(leader, who, at, calendar)
                case Action.REMIND | Action.NOTICE | Action.CRITICISE | Action.WITHDRAW:
                    course.supervise(action, {"text": text}, who, at)
        except HotlineError:
            assert course == before, f"a refused {action} changed something"
            return
        assert course.log[-1].action == action
        event(f"done: {action}")
        self._remember(course)

    def _remember(self, course: Course) -> None:
        known = self.logs[course.ticket_id]
        assert course.log[: len(known)] == known, "an entry is gone or another one"
        assert len(course.log) - len(known) <= 1
        self.logs[course.ticket_id] = list(course.log)

    @invariant()
    def no_citizen_is_lost(self) -> None:
        for first in getattr(self, "citizens", []):
            course = self.courses[first]
            while course.again_as:
                assert course.state is S.CLOSED
                course = self.courses[course.again_as]
            if course.state is S.CLOSED:
                answered = course.answers is not None and (not course.dissatisfied or course.interview)
                without = course.log[-1].action == Action.CLOSE_WITHOUT_CALLBACK
                assert answered or without or len(course.tried) == MOST_ATTEMPTS
            while course.state is S.MERGED:
                assert course.leader
                course = self.courses[course.leader]  # ends: a leader is never merged when it takes one in
            assert course.state is S.CLOSED or course.state in OPEN_STATES

    @invariant()
    def no_deadline_is_lost(self) -> None:
        for id_, course in getattr(self, "courses", {}).items():
            assert self.promised[id_] <= course.working_days <= self.promised[id_] + MOST_EXTENSION
            if course.state in OPEN_STATES:
                assert course.deadline == self.calendar.due(course.accepted_at, course.working_days)
                self._follows_the_calendar(course)
            if course.callback_due:
                assert course.callback_due <= course.deadline.at
            assert course.told_at == told_at(course)
            waits = [e.action for e in course.log if e.action in NEW_DATE]
            if waits and waits[-1] == Action.GRANT_EXTENSION and course.told_at is None:
                assert course.new_date, "nobody tells the citizen of the new date"
            elif course.new_date:
                assert waits[-1] == Action.MISS_NEW_DATE and 0 < len(course.new_date.tried) < MOST_ATTEMPTS
            for part in course.parts.values():
                assert part.unit != course.unit

    def _follows_the_calendar(self, course: Course) -> None:
        """Every clock that runs is as the calendar of now says."""
        due, deadline = self.calendar.due, course.deadline
        if course.state in AT_THE_UNIT:
            assert course.handed_over_at
            times = (due(course.handed_over_at, 1).at, due(course.handed_over_at, 2).at)
            assert (course.sign_due, course.return_due) == times
        if course.replied_at:
            assert course.callback_due == min(due(course.replied_at, 1).at, deadline.at)
        for part in course.parts.values():
            if part.answered_at is None and part.working_days:
                own = due(part.asked_at, part.working_days)
                assert part.due == min(own, deadline, key=lambda each: each.at)

    @invariant()
    def no_log_entry_is_lost(self) -> None:
        for id_, course in getattr(self, "courses", {}).items():
            assert course.log == self.logs[id_]
            assert first_broken(course.log) is None
            assert course.state == (course.log[-1].target if course.log else S.ACCEPTED)
            assert course.returns == sum(entry.action == Action.RETURN for entry in course.log)
            called = {e.who for e in course.log if e.action in (Action.CALL_BACK, Action.MISS_CITIZEN)}
            assert not called & course.handlers


Desk.TestCase.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
TestDesk = Desk.TestCase
