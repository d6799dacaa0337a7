"""What becomes of a closed unit's matters: its successor takes them over, and no return is counted for it."""

from dataclasses import replace
from datetime import datetime

from hotline.domain.calendar import Calendar
from hotline.domain.errors import Conflict
from hotline.domain.ticket_course import Course, Moved, stated
from hotline.domain.ticket_moves import Action


def pass_on(course: Course, unit: str, who: str, at: datetime, calendar: Calendar) -> Moved:
    """The lead's work begins again at its successor; the citizen's clock goes on, assisting units stay."""
    course.check(Action.PASS_ON)
    before = course.unit
    stated(unit, "the unit")
    if unit == before:
        raise Conflict(f"{unit[:40]!r} has this ticket already", "has_it_already")
    kept = {name: part for name, part in course.parts.items() if name != unit}
    course.start_at(unit, at, calendar)
    course.passed_on += 1
    course.parts.update(kept)
    return course.move(Action.PASS_ON, who, at, unit=unit, before=before)


def pass_part(course: Course, before: str, unit: str, who: str, at: datetime) -> Moved:
    """An assisting unit's part with its clock; it ends where the successor has the ticket already."""
    course.check(Action.PASS_PART)
    part = course.parts.get(before)
    stated(unit, "the unit")
    if part is None or part.answered_at:
        raise Conflict(f"{before[:40]!r} has no open part of this ticket", "no_part")
    del course.parts[before]
    if unit != course.unit and unit not in course.parts:
        course.parts[unit] = replace(part, unit=unit, number=course.next_part())
    return course.move(Action.PASS_PART, who, at, unit=unit, before=before)
