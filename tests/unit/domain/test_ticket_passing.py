"""A closed unit's matters at its successor: nothing of the citizen's time and of others' work is lost."""

from datetime import UTC, datetime, timedelta

import pytest

from hotline.domain.calendar import Calendar, Deadline
from hotline.domain.errors import Conflict, Invalid
from hotline.domain.ids import TicketId
from hotline.domain.ticket import TicketState
from hotline.domain.ticket_course import Course
from hotline.domain.ticket_passing import pass_on, pass_part

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CALENDAR = Calendar()


@pytest.fixture
def course() -> Course:
    """In hand at the water company, with a part at two others."""
    due = Deadline(at=T0 + timedelta(days=7), provisional=False)
    made = Course(ticket_id=TicketId("T-2026-000001"), accepted_at=T0, working_days=5, deadline=due)
    made.hand_over("水务集团", "desk", T0, CALENDAR)
    made.sign("water", T0)
    made.take_in_hand("water", T0)
    made.ask_unit("街道", 2, "water", T0, CALENDAR)
    made.ask_unit("供暖公司", 2, "water", T0, CALENDAR)
    return made


def test_the_successor_signs_anew_and_the_others_keep_their_parts(course: Course) -> None:
    before, later = course.deadline, T0 + timedelta(days=1)
    pass_on(course, "供暖公司", "admin", later, CALENDAR)
    assert (course.state, course.unit, course.deadline) == (TicketState.HANDED_OVER, "供暖公司", before)
    assert course.sign_due and course.sign_due > later
    assert (list(course.parts), course.returns) == (["街道"], 0)
    course.sign("heat", later)
    course.take_in_hand("heat", later)
    course.answer_part("街道", "已核实", "street", later)
    with pytest.raises(Conflict):
        pass_on(course, "供暖公司", "admin", later, CALENDAR)
    with pytest.raises(Invalid):
        pass_on(course, " ", "admin", later, CALENDAR)


def test_a_part_goes_on_once_and_not_to_who_has_the_ticket(course: Course) -> None:
    due = course.parts["街道"].due
    pass_part(course, "街道", "新街道", "admin", T0)
    assert course.parts["新街道"].due == due and "街道" not in course.parts
    pass_part(course, "新街道", "水务集团", "admin", T0)
    assert list(course.parts) == ["供暖公司"]
    for wrong in ("街道", "水务集团"):
        with pytest.raises(Conflict):
            pass_part(course, wrong, "x", "admin", T0)
    with pytest.raises(Invalid):
        pass_part(course, "供暖公司", "", "admin", T0)
