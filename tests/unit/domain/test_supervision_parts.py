"""An assisting unit's part by its own clock: reminded once, overdue once, nothing once it has answered."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.domain.calendar import SHANGHAI
from hotline.domain.errors import HotlineError
from hotline.domain.supervision import FOR_ASSISTING, Act, Due, Watched, due_at, plan
from hotline.domain.ticket_course import Course
from hotline.domain.ticket_passing import pass_part
from hotline.domain.working_time import share_of_time
from tests.support.course_states import CALENDAR, at, in_hand, replied

HEAT, STREET = "供暖公司", "街道"
STEPS = st.tuples(
    st.sampled_from(["ask", "answer", "pass", "extend", "again"]),
    st.sampled_from([HEAT, STREET]),
    st.integers(1, 8),
    st.integers(0, 24 * 6),
)


def city(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def watched(course: Course) -> Watched:
    """As the clock sees it."""
    return Watched(
        state=course.state, unit=course.unit, accepted_at=course.accepted_at, deadline=course.deadline,
        extended=course.extended, hand_over=course.returns + course.passed_on,
        handed_over_at=course.handed_over_at, sign_due=course.sign_due,
        parts=tuple(part for part in course.parts.values() if not part.answered_at),
    )  # fmt: skip


def of_parts(course: Course, now: datetime, done: frozenset[tuple[Act, int]] = frozenset()) -> list[Due]:
    return [due for due in due_at(watched(course), done, CALENDAR, now) if due.act in FOR_ASSISTING]


def helped(days: int = 2, asked: datetime | None = None) -> Course:
    course = in_hand()
    course.ask_unit(HEAT, days, "water", asked or at(hours=3), CALENDAR)
    return course


def test_it_is_reminded_by_its_own_time_and_late_when_that_is_over() -> None:
    course = helped()  # Monday noon, for two working days: until Wednesday 24:00
    asked = at(hours=3)
    late = share_of_time(CALENDAR, asked, city("2026-03-05T00:00"), 80)
    found = of_parts(course, at(10))
    assert [(due.act, due.at, due.unit) for due in found] == [
        (Act.REMIND_PART, late, HEAT),
        (Act.PART_OVERDUE, city("2026-03-05T00:00"), HEAT),
    ]
    assert late == city("2026-03-04T12:48")  # 16.8 of its 21 hours


def test_what_is_answered_or_replied_to_is_asked_for_no_more() -> None:
    course = helped()
    course.answer_part(HEAT, "已查", "heat", at(1))
    assert of_parts(course, at(30)) == []
    course = helped()
    course.reply("已修复", "water", at(1), CALENDAR)
    assert of_parts(course, at(30)) == []
    assert of_parts(replied(), at(30)) == []


def test_who_is_asked_after_the_deadline_has_a_working_day_and_no_reminder_of_the_past() -> None:
    asked = city("2026-03-10T10:00")
    course = helped(asked=asked)
    assert course.parts[HEAT].due.at < asked
    [only] = of_parts(course, at(30))
    assert (only.act, only.at) == (Act.PART_OVERDUE, city("2026-03-12T00:00"))


def test_another_asking_unit_or_promise_is_reminded_anew_and_an_extension_that_moves_nothing_is_not() -> None:
    course = helped(days=5)  # as long as the citizen's own deadline
    course.ask_unit(STREET, 1, "water", at(hours=3), CALENDAR)
    done = frozenset((due.act, due.round) for due in of_parts(course, at(7.65)))
    assert len(done) == 4
    course.ask_extension(3, "等材料", "water", at(1))
    course.grant_extension("boss", at(1), CALENDAR)
    assert of_parts(course, at(40), done) == [], "neither part had more time than it was asked for"
    pass_part(course, HEAT, "暖气公司", "hotline", at(8))
    assert {due.unit for due in of_parts(course, at(40), done)} == {"暖气公司"}
    shorter = helped(days=9)  # cut off by the citizen's deadline, which then moves
    done = frozenset((due.act, due.round) for due in of_parts(shorter, at(7.65)))
    shorter.ask_extension(3, "等材料", "water", at(1))
    shorter.grant_extension("boss", at(7.7), CALENDAR)
    assert [due.act for due in of_parts(shorter, at(40), done)] == list(FOR_ASSISTING)
    assert of_parts(shorter, at(40), done)[1].at == shorter.deadline.at


def change(course: Course, what: str, unit: str, days: int, now: datetime) -> None:
    try:
        match what:
            case "ask":
                course.ask_unit(unit, days, "water", now, CALENDAR)
            case "answer":
                course.answer_part(unit, "已查", "heat", now)
            case "pass":
                pass_part(course, unit, STREET if unit == HEAT else HEAT, "hotline", now)
            case "extend":
                course.ask_extension(days, "等材料", "water", now)
                course.grant_extension("boss", now, CALENDAR)
            case "again":
                course.return_("不归我们管", "water", now)
                course.hand_over("水务集团", "boss", now, CALENDAR)
                course.sign("water", now)
                course.take_in_hand("water", now)
    except HotlineError:
        return  # not possible now


@settings(deadline=None)
@given(steps=st.lists(STEPS, max_size=14), every=st.sampled_from([3, 24, 24 * 7]))
def test_whatever_happens_each_part_is_reminded_and_overdue_once(
    steps: list[tuple[str, str, int, int]], every: int
) -> None:
    course = in_hand()
    now, done = at(hours=3), set[tuple[Act, int]]()
    for what, unit, days, hours in [*steps, ("wait", "", 0, 24 * 30)]:
        change(course, what, unit, days, now)
        end = now + timedelta(hours=hours)
        while now < end:
            now = min(end, now + timedelta(hours=every))
            while due := of_parts(course, now, frozenset(done)):
                first = due[0]
                part = course.parts[first.unit]
                assert part.answered_at is None and part.number == first.round
                assert first.at <= now and (first.act, first.round) not in done
                done.add((first.act, first.round))
    numbers = [part.number for part in course.parts.values()]
    assert len(set(numbers)) == len(numbers) and max(numbers, default=0) <= course.part_numbers
    if course.state == "in_hand":
        for part in course.parts.values():
            if part.answered_at is None:
                assert (Act.PART_OVERDUE, part.number) in done
                assert ((Act.REMIND_PART, part.number) in done) == (part.asked_at < part.due.at)
    assert all(due.act not in FOR_ASSISTING for due in plan(watched(course), done, CALENDAR))
