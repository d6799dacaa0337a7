"""Calling the citizen back after the reply, and what his word makes of it: the end, or doing it again."""

from datetime import datetime

from hotline.domain.calendar import Calendar
from hotline.domain.errors import Conflict
from hotline.domain.ids import TicketId
from hotline.domain.ticket_callback import MOST_ATTEMPTS, Answers, add_attempt
from hotline.domain.ticket_course import Course, Moved, stated
from hotline.domain.ticket_moves import Action


def miss_citizen(course: Course, who: str, at: datetime, rung: datetime | None = None) -> Moved:
    """Called, not reached; `rung` is when, where that was not `at`."""
    course.check(Action.MISS_CITIZEN)
    _check_caller(course, who)
    said = add_attempt(course.tried, at, rung)
    return course.move(Action.MISS_CITIZEN, who, at, **said)


def give_up_calling(course: Course, who: str, at: datetime) -> Moved:
    """He could not be reached, in three parts of the day; it was done with the last attempt."""
    course.check(Action.GIVE_UP_CALLING)
    if len(course.tried) < MOST_ATTEMPTS:
        raise Conflict(
            f"the citizen is tried {MOST_ATTEMPTS} times before he counts as not reached", "try_again"
        )
    course.told_at, course.new_date = max(course.tried), None
    return course.move(Action.GIVE_UP_CALLING, who, at)


def call_back(course: Course, answers: Answers, who: str, at: datetime) -> Moved:
    """Reached; by someone other than who handled it."""
    course.check(Action.CALL_BACK)
    _check_caller(course, who)
    course.answers, course.told_at, course.new_date = answers, at, None
    detail = {"responded": answers.responded, "solved": answers.solved, "words": answers.words}
    return course.move(Action.CALL_BACK, who, at, satisfaction=answers.satisfaction, **detail)


def close_without_callback(course: Course, reason: str, who: str, at: datetime) -> Moved:
    """Replied to, and there is no number at which anybody could be called; done when that is said."""
    course.check(Action.CLOSE_WITHOUT_CALLBACK)
    stated(reason, "the reason")
    course.told_at = at
    return course.move(Action.CLOSE_WITHOUT_CALLBACK, who, at, reason=reason)


def record_interview(course: Course, record: str, who: str, at: datetime) -> Moved:
    """Not satisfied the second time: somebody talks with him, and writes down what was said."""
    course.check(Action.INTERVIEW)
    stated(record, "the record")
    if not course.dissatisfied or course.round == 1:
        raise Conflict("an interview is for who is not satisfied the second time", "no_interview")
    course.interview = record
    return course.move(Action.INTERVIEW, who, at, record=record)


def close(course: Course, who: str, at: datetime) -> Moved:
    """The end; who is not satisfied gets it done again, or the second time an interview first."""
    course.check(Action.CLOSE)
    if course.dissatisfied and not course.interview:
        raise Conflict(
            "the citizen is not satisfied: it is done again, the second time after an interview",
            "not_satisfied",
        )
    return course.move(Action.CLOSE, who, at)


def do_again(
    course: Course, new_id: TicketId, who: str, at: datetime, calendar: Calendar
) -> tuple[Course, Moved]:
    """A new ticket linked to this one, in half the time; from the second round an interview first."""
    course.check(Action.DO_AGAIN)
    if not course.dissatisfied:
        raise Conflict("only what a citizen is not satisfied with is done again", "satisfied")
    if course.round > 1 and not course.interview:
        raise Conflict("the second time an interview is recorded first", "interview_first")
    days = max(1, (course.working_days - course.extended) // 2)
    again = Course(
        ticket_id=new_id,
        accepted_at=at,
        working_days=days,
        deadline=calendar.due(at, days),
        round=course.round + 1,
        again_of=course.ticket_id,
    )
    course.again_as = new_id
    return again, course.move(Action.DO_AGAIN, who, at, again=new_id)


def _check_caller(course: Course, who: str) -> None:
    if who in course.handlers:
        raise Conflict("the callback is made by someone who did not handle the ticket", "handler")
