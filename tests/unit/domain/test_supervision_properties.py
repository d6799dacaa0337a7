"""Whoever has the ticket when: no unit is criticised but for its own notice and the time that one gave it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hotline.calendars import shipped, sources
from hotline.domain.calendar import Calendar, Deadline
from hotline.domain.errors import HotlineError
from hotline.domain.ids import TicketId
from hotline.domain.notices import KIND_OF, limit_of
from hotline.domain.supervision import Act, Watched, due_at
from hotline.domain.ticket import TicketState
from hotline.domain.ticket_course import Course
from hotline.domain.ticket_passing import pass_on

USUAL = Calendar([*shipped.load(), sources.statutory(2027)])
BEGIN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
UNITS = st.sampled_from(["水务集团", "供暖公司", "街道"])
STEPS = st.tuples(st.sampled_from(["return", "give", "pass on"]), UNITS, st.integers(1, 24 * 12))


def watched(course: Course, limits: dict[int, Deadline]) -> Watched:
    """As the clock sees it."""
    return Watched(
        state=course.state, unit=course.unit, accepted_at=course.accepted_at, deadline=course.deadline,
        returns=course.returns, hand_over=course.returns + course.passed_on,
        handed_over_at=course.handed_over_at, sign_due=course.sign_due, returned_at=course.returned_at,
        limits=limits,
    )  # fmt: skip


def change(course: Course, what: str, unit: str, at: datetime) -> None:
    try:
        if what == "return":
            course.return_("不归我们管", "water", at)
        elif what == "pass on":
            pass_on(course, unit, "hotline", at, USUAL)
        elif course.returns < 2:
            course.hand_over(unit, "boss", at, USUAL)
        else:
            course.force(unit, "按职责分工", "boss", at, USUAL)
    except HotlineError:
        return  # not possible now


@given(steps=st.lists(STEPS, max_size=12), every=st.sampled_from([6, 24, 240]))
def test_each_hand_over_has_its_own_reminder_notice_and_limit(
    steps: list[tuple[str, str, int]], every: int
) -> None:
    course = Course(
        ticket_id=TicketId("T-2026-000001"), accepted_at=BEGIN, working_days=3, deadline=USUAL.due(BEGIN, 3)
    )
    course.hand_over("水务集团", "desk", BEGIN, USUAL)
    now, limits, done = BEGIN, dict[int, Deadline](), set[tuple[Act, int]]()
    happened: list[tuple[Act, str, datetime | None, datetime]] = []
    for what, unit, hours in [*steps, ("wait", "", 24 * 40)]:
        end = now + timedelta(hours=hours)
        while now < end:
            now = min(end, now + timedelta(hours=every))
            while due := due_at(watched(course, limits), done, USUAL, now):
                first = due[0]
                done.add((first.act, first.round))
                happened.append((first.act, course.unit, course.handed_over_at, now))
                if first.act is Act.NOTICE:
                    limit = limit_of(KIND_OF[Act.NOTICE], USUAL, now)
                    assert limit
                    limits[first.round] = limit
        change(course, what, unit, now)
    for act in (Act.SIGN_OVERDUE, Act.NOTICE, Act.CRITICISM):
        hand_overs = [(unit, since) for each, unit, since, _ in happened if each is act]
        assert len(hand_overs) == len(set(hand_overs)), act
    noticed = {(unit, since): at for act, unit, since, at in happened if act is Act.NOTICE}
    for act, unit, since, at in happened:
        if act is Act.CRITICISM:
            own = limit_of(KIND_OF[Act.NOTICE], USUAL, noticed[unit, since])
            assert own and own.at < at
    if course.state is TicketState.HANDED_OVER:
        assert {Act.SIGN_OVERDUE, Act.NOTICE, Act.CRITICISM} <= {
            act for act, _, since, _ in happened if since == course.handed_over_at
        }
