"""Telling a citizen of the date that an extension moved: told, or not reached in three parts of the day."""

from datetime import datetime

from hotline.domain.errors import Conflict
from hotline.domain.ticket_callback import MOST_ATTEMPTS, add_attempt
from hotline.domain.ticket_course import Course, Moved
from hotline.domain.ticket_moves import Action
from hotline.domain.ticket_new_date import NewDate, Way


def tell_new_date(course: Course, how: Way, who: str, at: datetime) -> Moved:
    """He knows the new date."""
    course.check(Action.TELL_NEW_DATE)
    told = _waiting(course)
    course.new_date = None
    said = {"how": how, "from": told.before.day, "to": course.deadline.day}
    return course.move(Action.TELL_NEW_DATE, who, at, **said)


def miss_new_date(course: Course, who: str, at: datetime, rung: datetime | None = None) -> Moved:
    """Called, not reached, when he was `rung`; after the third time he hears of it at the callback."""
    course.check(Action.MISS_NEW_DATE)
    waiting = _waiting(course)
    said = add_attempt(waiting.tried, at, rung)
    if len(waiting.tried) == MOST_ATTEMPTS:
        course.new_date = None
    return course.move(Action.MISS_NEW_DATE, who, at, **said)


def _waiting(course: Course) -> NewDate:
    if course.new_date is None:
        raise Conflict("there is no new date to tell the citizen of", "no_new_date")
    return course.new_date
