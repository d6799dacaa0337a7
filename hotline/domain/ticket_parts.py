"""An assisting unit's share of the work, with a clock of its own inside the citizen's."""

from dataclasses import dataclass, replace
from datetime import datetime

from hotline.domain.calendar import Deadline, Due


@dataclass(slots=True, kw_only=True)
class Part:
    """`working_days` as the lead asked for them; None for one that was asked before they were kept.

    `number` is its own among all that the ticket ever gave: another asking, another unit and another promise
    have another one, so that the clock's acts on it happen again.
    """

    unit: str
    asked_at: datetime
    due: Deadline
    number: int
    working_days: int | None = None
    answered_at: datetime | None = None


def inside(due: Due, asked_at: datetime, working_days: int, deadline: Deadline) -> Deadline:
    """Whichever comes first, its own time or the citizen's deadline."""
    return min(due(asked_at, working_days), deadline, key=lambda each: each.at)


def reckoned(part: Part, due: Due, before: Deadline | None, after: Deadline) -> Deadline:
    """Its time when the citizen's deadline was `before` and is `after`; what is answered stays."""
    if part.answered_at:
        return part.due
    if part.working_days:
        return inside(due, part.asked_at, part.working_days, after)
    if before and part.due.at == before.at:
        return after
    kept = replace(part.due, provisional=part.due.provisional and after.provisional)
    return min(kept, after, key=lambda each: each.at)
