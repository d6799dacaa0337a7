"""After the reply: who calls the citizen back and how often, and what his word makes of the ticket."""

from copy import deepcopy

import pytest

from hotline.domain.errors import Invalid
from hotline.domain.ids import TicketId
from hotline.domain.ticket import TicketState
from hotline.domain.ticket_callback import Satisfaction
from hotline.domain.ticket_calling import (
    call_back,
    close,
    close_without_callback,
    do_again,
    give_up_calling,
    miss_citizen,
    record_interview,
)
from tests.support.course_states import CALENDAR, at, called_back, refused, replied, said

S = TicketState


def test_the_callback_is_by_somebody_else() -> None:
    course = replied()
    refused(course, lambda c: call_back(c, said(), "water", at(2)), "did not handle")
    refused(course, lambda c: miss_citizen(c, "water", at(2)), "did not handle")


def test_three_attempts_at_different_times_before_he_counts_as_not_reached() -> None:
    course = replied()
    miss_citizen(course, "seat07", at(2))
    refused(course, lambda c: miss_citizen(c, "seat07", at(3, 1)), "another part of the day")
    refused(course, lambda c: give_up_calling(c, "seat07", at(3)), "is tried 3 times")
    miss_citizen(course, "seat08", at(2, 5))
    miss_citizen(course, "seat07", at(2, 10))
    refused(course, lambda c: miss_citizen(c, "seat07", at(3)), "was tried 3 times")
    give_up_calling(course, "seat07", at(9))
    assert course.told_at == at(2, 10), "done with the third attempt, whenever somebody says so"
    close(course, "seat07", at(9))
    assert [e.action for e in course.log][-5:] == ["miss_citizen"] * 3 + ["give_up_calling", "close"]


def test_where_nobody_can_be_called_it_is_closed_with_a_reason_and_done_at_that_time() -> None:
    course = replied()
    refused(course, lambda c: close_without_callback(c, "  ", "boss", at(3)), "the reason", Invalid)
    close_without_callback(course, "来信未留号码", "boss", at(3))
    assert (course.state, course.told_at, course.answers, course.tried) == (S.CLOSED, at(3), None, [])
    assert dict(course.log[-1].detail) == {"reason": "来信未留号码"}


def test_who_is_not_satisfied_gets_it_done_again_shorter_and_the_second_time_an_interview() -> None:
    first = called_back(Satisfaction.NOT)
    refused(first, lambda c: close(c, "seat07", at(2)), "is not satisfied")
    refused(first, lambda c: record_interview(c, "x", "boss", at(2)), "the second time")
    second, _ = do_again(first, TicketId("T-2026-000002"), "seat07", at(2), CALENDAR)
    assert (first.state, first.again_as, second.again_of) == (S.CLOSED, second.ticket_id, first.ticket_id)
    assert (second.round, second.working_days, second.deadline) == (2, 2, CALENDAR.due(at(2), 2))
    second.hand_over("水务集团", "desk", at(2), CALENDAR)
    second.sign("water", at(2, 1))
    second.take_in_hand("water", at(2, 1))
    second.reply("又修了", "water", at(3), CALENDAR)
    call_back(second, said(Satisfaction.NOT), "seat07", at(3, 1))
    refused(second, lambda c: close(c, "seat07", at(4)), "is not satisfied")
    refused(
        second, lambda c: do_again(c, TicketId("x"), "seat07", at(4), CALENDAR), "interview is recorded first"
    )
    refused(second, lambda c: record_interview(c, " ", "boss", at(4)), "the record is missing", Invalid)
    record_interview(second, "上门说明", "boss", at(4))
    third = deepcopy(second)
    close(second, "boss", at(4))
    again, _ = do_again(third, TicketId("T-2026-000003"), "boss", at(4), CALENDAR)
    assert (second.state, again.round, again.working_days) == (S.CLOSED, 3, 1)


@pytest.mark.parametrize("satisfaction", [Satisfaction.SATISFIED, Satisfaction.BASICALLY])
def test_what_satisfied_is_not_done_again(satisfaction: Satisfaction) -> None:
    course = called_back(satisfaction)
    refused(course, lambda c: do_again(c, TicketId("x"), "seat07", at(3), CALENDAR), "not satisfied with")
    close(course, "seat07", at(3))
