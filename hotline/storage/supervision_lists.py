"""Which tickets each figure of the supervisors' page counts: one rule for the number and for its list."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, case, exists, null

from hotline.domain.calendar import SHANGHAI
from hotline.domain.errors import NotFound
from hotline.domain.notices import NoticeKind
from hotline.domain.ticket import TicketState
from hotline.domain.ticket_course import RETURNS_BEFORE_ARBITRATION
from hotline.domain.ticket_moves import AT_THE_UNIT
from hotline.storage.tables_supervision import notices
from hotline.storage.tables_tickets import ticket_parts, tickets

Rule = Callable[[datetime], ColumnElement[bool]]
_T, _P, _S = tickets.c, ticket_parts.c, TicketState
_BY_STATE = ("unsigned", "returned", "arbitration", "unassigned", "dissatisfied")
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


def is_open() -> ColumnElement[bool]:
    """By its index alone: a few thousand of a million are open, and "not null" would read them all."""
    return _T.open_due > _EVER


def _end_of_day(now: datetime) -> datetime:
    day = now.astimezone(SHANGHAI).date() + timedelta(days=1)
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def _due_today(now: datetime) -> ColumnElement[bool]:
    return (_T.open_due > now) & (_T.open_due <= _end_of_day(now)) & (_T.state != _S.CALLED_BACK)


def _overdue(now: datetime) -> ColumnElement[bool]:
    return (_T.open_due <= now) & (_T.state != _S.CALLED_BACK)


def _unsigned(now: datetime) -> ColumnElement[bool]:
    return (_T.state == _S.HANDED_OVER) & (_T.sign_due <= now)


def _returned(now: datetime) -> ColumnElement[bool]:
    return _T.state == _S.RETURNED


def _arbitration(now: datetime) -> ColumnElement[bool]:
    return (_T.state == _S.RETURNED) & (_T.returns >= RETURNS_BEFORE_ARBITRATION)


def _unassigned(now: datetime) -> ColumnElement[bool]:
    return _T.state == _S.ACCEPTED


def _dissatisfied(now: datetime) -> ColumnElement[bool]:
    """Who is satisfied is closed with the callback: these wait for the interview, or to be done again."""
    return _T.state == _S.CALLED_BACK


def _parts_late(now: datetime) -> ColumnElement[bool]:
    late = (_P.ticket == _T.key) & _P.answered_at.is_(None) & (_P.due_at <= now)
    return is_open() & _T.state.in_(AT_THE_UNIT) & exists().where(late)


def _extensions(now: datetime) -> ColumnElement[bool]:
    return is_open() & _T.state.in_(AT_THE_UNIT) & (_T.asked_extension > 0)


def _callbacks(now: datetime) -> ColumnElement[bool]:
    return (_T.state == _S.REPLIED) & (_T.callback_due <= _end_of_day(now))


def _noticed(now: datetime) -> ColumnElement[bool]:
    return is_open() & exists().where(_in_force())


def _criticised(now: datetime) -> ColumnElement[bool]:
    return is_open() & exists().where(_in_force() & (notices.c.kind == NoticeKind.CRITICISM))


def _in_force() -> ColumnElement[bool]:
    """In force: not withdrawn, and the newest of its kind and promise."""
    later = notices.alias("later")
    newest = ~exists().where(later.c.replaces == notices.c.key)
    return (notices.c.ticket == _T.key) & notices.c.withdrawn_at.is_(None) & newest


RULES: MappingProxyType[str, Rule] = MappingProxyType(
    {
        "due_today": _due_today,
        "overdue": _overdue,
        "unsigned": _unsigned,
        "parts_late": _parts_late,
        "returned": _returned,
        "arbitration": _arbitration,
        "extensions": _extensions,
        "dissatisfied": _dissatisfied,
        "unassigned": _unassigned,
        "callbacks": _callbacks,
        "noticed": _noticed,
        "criticised": _criticised,
    }
)


def chosen(what: str, now: datetime) -> ColumnElement[bool]:
    """The rule of a figure. Raises NotFound."""
    if what not in RULES:
        raise NotFound("there is no such list")
    return RULES[what](now)


def ordered(what: str) -> tuple[ColumnElement[Any], ...]:
    """What is next due comes first, in the order of the index that the rule is read from.

    Any other order SQLite takes for a hint to read all that was ever due.
    """
    first = {"callbacks": _T.callback_due, **dict.fromkeys(_BY_STATE, _T.due_at)}.get(what, _T.open_due)
    return (first, _T.key)


def due_within(first: datetime, last: datetime) -> ColumnElement[bool]:
    """Drafts have no deadline; said like this, the choice is left to the index of the month."""
    return (_T.state != _S.DRAFT) & (_T.due_at > first) & (_T.due_at <= last)


def waits_since() -> ColumnElement[Any]:
    """Since when somebody waits for a decision of ours."""
    asked = (_T.state.in_(AT_THE_UNIT) & (_T.asked_extension > 0), _T.asked_at)
    return case(
        asked,
        (_T.state == _S.RETURNED, _T.returned_at),
        (_T.state == _S.ACCEPTED, _T.accepted_at),
        (_T.state == _S.CALLED_BACK, _T.told_at),
        else_=null(),
    )


def done_at() -> ColumnElement[Any]:
    """When the citizen had his answer: at the callback, or in the call itself."""
    return case((_T.answered, _T.accepted_at), else_=_T.told_at)
