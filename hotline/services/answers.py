"""What citizens said at a month's callbacks: all together and by unit, and the tickets of each figure."""

from collections.abc import Callable
from datetime import datetime
from types import MappingProxyType
from typing import Any

from hotline.domain.callback_figures import Verdict, total
from hotline.domain.ids import TicketId
from hotline.domain.ticket_callback import Answers, Satisfaction
from hotline.services.ports import Transaction

View = dict[str, Any]
CONTENT = (Satisfaction.SATISFIED, Satisfaction.BASICALLY)
LISTS: MappingProxyType[str, Callable[[Answers], bool]] = MappingProxyType(
    {
        "said_valid": lambda said: True,
        "said_responded": lambda said: said.responded,
        "said_solved": lambda said: said.solved,
        "said_satisfied": lambda said: said.satisfaction in CONTENT,
    }
)


def figures(tx: Transaction, first: datetime, last: datetime, names: dict[str, str]) -> View:
    """All units together, and each, the least satisfied first."""
    found = tx.answers.by_unit(first, last)
    rows = [{"unit": unit, "unit_name": names.get(unit, unit), **view(each)} for unit, each in found.items()]
    return {
        "total": view(total(found.values())),
        "units": sorted(rows, key=lambda row: (row["satisfied_share"], -row["valid"])),
    }


def of_unit(tx: Transaction, first: datetime, last: datetime, unit: str) -> View:
    """What is said of one unit's work."""
    return view(tx.answers.by_unit(first, last).get(unit, Verdict()))


def tickets(tx: Transaction, what: str, first: datetime, last: datetime, unit: str | None) -> list[TicketId]:
    """Those that one of `LISTS` counts, the first called back first."""
    return [
        each.ticket_id
        for each in tx.answers.said_in(first, last)
        if (unit is None or each.unit == unit) and LISTS[what](each.answers)
    ]


def view(verdict: Verdict) -> View:
    """Counts and shares; a share is null when there was no valid callback."""
    names = ("valid", "responded", "solved", "satisfied", "basically")
    shares = ("responded_share", "solved_share", "satisfied_share")
    return {name: getattr(verdict, name) for name in (*names, *shares)}
