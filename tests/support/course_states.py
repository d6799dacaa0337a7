"""Courses in every state, made by the actions that lead there."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hotline.calendars import shipped, sources
from hotline.domain.calendar import Calendar
from hotline.domain.errors import Conflict
from hotline.domain.ids import TicketId
from hotline.domain.ticket_callback import Answers, Satisfaction
from hotline.domain.ticket_calling import call_back, close
from hotline.domain.ticket_course import Course
from hotline.domain.ticket_new_date import NewDate

CALENDAR = Calendar([*shipped.load(), sources.statutory(2027)])
T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # Monday, nine o'clock in the city


def at(days: float = 0, hours: float = 0) -> datetime:
    return T0 + timedelta(days=days, hours=hours)


def accepted(number: int = 1, **more: Any) -> Course:
    id_ = TicketId(f"T-2026-{number:06d}")
    due = CALENDAR.due(T0, 5)
    return Course(ticket_id=id_, accepted_at=T0, working_days=5, deadline=due, **more)


def said(satisfaction: Satisfaction = Satisfaction.SATISFIED) -> Answers:
    return Answers(responded=True, solved=True, satisfaction=satisfaction, words="挺好")


def handed_over(**more: Any) -> Course:
    course = accepted(**more)
    course.hand_over("水务集团", "desk", at(), CALENDAR)
    return course


def extended(course: Course) -> Course:
    """An extension was granted while it was at its unit, and the citizen has not heard of it."""
    course.new_date = NewDate(since=at(1), before=CALENDAR.due(T0, 2))
    return course


def signed(**more: Any) -> Course:
    course = handed_over(**more)
    course.sign("water", at(hours=1))
    return course


def in_hand(**more: Any) -> Course:
    course = signed(**more)
    course.take_in_hand("water", at(hours=2))
    return course


def returned(**more: Any) -> Course:
    course = handed_over(**more)
    course.return_("不属于本单位", "water", at(hours=1))
    return course


def merged(**more: Any) -> Course:
    course = accepted(2, **more)
    course.merge_into(in_hand(), "desk", at(hours=3))
    return course


def replied(**more: Any) -> Course:
    course = in_hand(**more)
    course.reply("已修复", "water", at(1), CALENDAR)
    return course


def called_back(satisfaction: Satisfaction = Satisfaction.SATISFIED, **more: Any) -> Course:
    course = replied(**more)
    call_back(course, said(satisfaction), "seat07", at(2))
    return course


def closed() -> Course:
    course = called_back()
    close(course, "seat07", at(2))
    return course


def answering() -> Course:
    """A leader that has its reply."""
    return replied()


def snowed_in() -> Calendar:
    """Another calendar: Thursday of the week is off."""
    known = CALENDAR.of_year(2026)
    assert known
    return CALENDAR.with_arrangement(known.with_day(date(2026, 3, 5), True, "雪"))


def refused(
    course: Course, todo: Callable[[Course], object], why: str, kind: type[Exception] = Conflict
) -> None:
    """The rules refuse it, and nothing is changed."""
    before = deepcopy(course)
    with pytest.raises(kind, match=why):
        todo(course)
    assert course == before
