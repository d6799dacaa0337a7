"""Which citizens are still to be told that their date has moved, for the seats' list of callbacks."""

from datetime import datetime
from typing import Any

from hotline.domain.errors import Conflict
from hotline.domain.ids import UnitId
from hotline.domain.ticket_callback import check_attempt, part_of_day
from hotline.domain.ticket_course import Course
from hotline.domain.ticket_moves import Action
from hotline.services.ports import Transaction
from hotline.services.ports_callbacks import UntoldDate

View = dict[str, Any]


def untold(tx: Transaction, limit: int, now: datetime) -> list[View]:
    """Who has waited longest first; why the unit asked for it, and no number."""
    found = tx.new_dates.untold(limit)
    asked = [each.ticket_id for each in found]
    reasons = tx.supervision.last_reason(asked, Action.ASK_EXTENSION) if asked else {}
    return [_view(tx, each, now) | {"why": reasons.get(each.ticket_id, "")} for each in found]


def check_call(course: Course, at: datetime) -> None:
    """Raises Conflict when the citizen is to be told of nothing, or was tried in this part of the day."""
    if course.new_date is None:
        raise Conflict("this ticket waits for no callback", "not_due")
    check_attempt(course.new_date.tried, at)


def _view(tx: Transaction, row: UntoldDate, now: datetime) -> View:
    unit = tx.units.get(UnitId(row.unit))
    tried = row.new_date.tried
    return {
        "id": row.ticket_id,
        "topic": row.topic,
        "place": row.place,
        "unit": unit.name if unit else row.unit,
        "since": row.new_date.since.timestamp(),
        "before_day": str(row.new_date.before.day),
        "due_day": str(row.deadline.day),
        "due_provisional": row.deadline.provisional,
        "tries": len(tried),
        "tried": [at.timestamp() for at in tried],
        "in_hand": row.in_hand,
        "wait": "part_of_day" if part_of_day(now) in {part_of_day(at) for at in tried} else "",
    }
