"""An extension was granted: the citizen is told of the new date, or tried in three parts of the day."""

from copy import deepcopy

import pytest

from hotline.domain.errors import Conflict
from hotline.domain.ticket_callback import Satisfaction
from hotline.domain.ticket_calling import call_back
from hotline.domain.ticket_course import Course
from hotline.domain.ticket_new_date import Way
from hotline.domain.ticket_telling import miss_new_date, tell_new_date
from tests.support.course_states import CALENDAR, T0, at, handed_over, in_hand, replied, said

FIRST = CALENDAR.due(T0, 5)


def granted(course: Course, days: int = 3) -> Course:
    course.ask_extension(days, "需要开挖", "water", at(1))
    course.grant_extension("boss", at(1, 1), CALENDAR)
    return course


def test_the_log_says_who_told_him_when_how_and_of_which_dates() -> None:
    course = granted(in_hand())
    assert course.new_date and course.new_date.before == FIRST
    tell_new_date(course, Way.MESSAGE, "seat07", at(1, 2))
    entry = course.log[-1]
    assert (entry.who, entry.at, entry.action) == ("seat07", at(1, 2), "tell_new_date")
    expected = {"how": "message", "from": str(FIRST.day), "to": str(CALENDAR.due(T0, 8).day)}
    assert dict(entry.detail) == expected
    assert course.new_date is None
    with pytest.raises(Conflict, match="no new date"):
        tell_new_date(course, Way.PHONE, "seat07", at(1, 3))


def test_nothing_is_told_without_an_extension() -> None:
    course = handed_over()
    before = deepcopy(course)
    for act in (
        lambda: tell_new_date(course, Way.PHONE, "seat07", at(1)),
        lambda: miss_new_date(course, "seat07", at(1)),
    ):
        with pytest.raises(Conflict, match="no new date"):
            act()
    assert course == before


def test_he_is_tried_in_three_parts_of_the_day_and_then_hears_of_it_at_the_callback() -> None:
    course = granted(in_hand())
    miss_new_date(course, "seat07", at(1, 2))
    with pytest.raises(Conflict, match="another part of the day"):
        miss_new_date(course, "seat08", at(2, 2))
    miss_new_date(course, "seat07", at(1, 5))
    assert course.new_date and course.new_date.tried == [at(1, 2), at(1, 5)]
    miss_new_date(course, "seat07", at(1, 10))
    assert course.new_date is None
    assert [dict(entry.detail) for entry in course.log[-3:]] == [{"attempt": str(n)} for n in (1, 2, 3)]


def test_a_second_extension_before_he_was_told_is_told_from_the_date_he_knows() -> None:
    course = granted(granted(in_hand(), 2), 4)
    assert course.new_date and course.new_date.before == FIRST
    tell_new_date(course, Way.PHONE, "seat07", at(2))
    second = course.deadline
    granted(course, 1)
    assert course.new_date.before == second


def test_who_was_called_back_is_told_of_no_date_any_more() -> None:
    course = granted(in_hand())
    course.reply("已修复", "water", at(2), CALENDAR)
    assert course.new_date, "until then he waits for a date that is not his any more"
    call_back(course, said(Satisfaction.SATISFIED), "seat07", at(2, 1))
    assert course.new_date is None
    assert replied().new_date is None
