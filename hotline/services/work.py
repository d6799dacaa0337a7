"""What a handling unit has to do: its figures of now and of the month, and for each the list it counts."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from hotline.domain import on_time
from hotline.domain.actors import Actor
from hotline.domain.calendar import SHANGHAI, Deadline
from hotline.domain.errors import NotFound
from hotline.domain.ids import TicketId, UnitId
from hotline.domain.ticket_moves import MOVES, Action
from hotline.services import answers, course_rights
from hotline.services.course_view import CourseView
from hotline.services.courses import perform_in, with_allowed_number
from hotline.services.ports import Transaction
from hotline.services.ports_work import WorkRow

View = dict[str, Any]
Topics = Callable[[str], Any]
MOST_ROWS = 300
MONTH_ROWS = 20_000
SHOW_REPLIED = timedelta(days=30)
LISTS = ("open", "due_today", "overdue", "replied", "month_due", "month_in_time", "month_late")
# Whoever replies or asks another unit works on it: that step needs no button of its own.
WORKS_ON_IT = frozenset({Action.REPLY, Action.ASK_UNIT})


def board(tx: Transaction, unit_id: UnitId, what: str, topic_name: Topics, now: datetime) -> View:
    """One of the lists, and all figures. Raises NotFound for a list there is not."""
    if what not in LISTS:
        raise NotFound("there is no such list")
    unit = tx.units.get(unit_id)
    month = _of_month(tx, unit_id, now)
    rows = month[what] if what in month else _listed(tx, unit_id, what, now)
    share = on_time.Share(due=len(month["month_due"]), in_time=len(month["month_in_time"]))
    return {
        "now": now.timestamp(),
        "seq": tx.outbox.newest(),
        "unit": {"id": unit_id, "name": unit.name if unit else unit_id},
        "figures": {
            "open": tx.work.count_open(unit_id, None, None),
            "due_today": tx.work.count_open(unit_id, *_period("due_today", now)),
            "overdue": tx.work.count_open(unit_id, *_period("overdue", now)),
            **{name: len(found) for name, found in month.items()},
            "share": share.share,
            "answers": answers.of_unit(tx, *_this_month(now), unit_id),
        },
        "list": what,
        "rows": [_row(row, topic_name) for row in rows[:MOST_ROWS]],
        "more": max(0, len(rows) - MOST_ROWS),
    }


def act(
    tx: Transaction,
    actor: Actor,
    ticket_id: TicketId,
    version: int,
    action: Action,
    args: Mapping[str, object],
    at: datetime,
) -> CourseView:
    """What a unit does, with the step before it where that goes without saying. Raises as `perform_in`."""
    tx.calendar.load()  # before the ticket is locked
    course = tx.courses.get(ticket_id)
    taken = False
    if course and action in WORKS_ON_IT and (course.state, action) not in MOVES:
        taken = (course.state, Action.TAKE_IN_HAND) in MOVES and course_rights.may_see(actor, course)
    if taken:
        version = perform_in(tx, actor, ticket_id, version, Action.TAKE_IN_HAND, {}, at)["version"]
    done = perform_in(tx, actor, ticket_id, version, action, args, at)
    return with_allowed_number(tx, actor, done, at)


def check_seen(tx: Transaction, actor: Actor, ticket_id: TicketId) -> None:
    """Raises NotFound for a matter that is not this unit's."""
    course = tx.courses.get(ticket_id)
    if course is None or not course_rights.may_see(actor, course):
        raise NotFound("there is no such ticket")


def possible(view: CourseView) -> list[str]:
    """The verbs a unit is offered for what it sees."""
    allowed = [each["action"] for each in view["allowed"]]
    if Action.TAKE_IN_HAND in allowed:
        allowed += [each for each in (Action.REPLY, Action.ASK_UNIT) if each not in allowed]
    return allowed


def _period(what: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    """After and until; what is due at 24:00 today is due today."""
    if what == "overdue":
        return None, now
    if what == "open":
        return None, None
    tomorrow = now.astimezone(SHANGHAI).date() + timedelta(days=1)
    return now, datetime.combine(tomorrow, time(), SHANGHAI).astimezone(UTC)


def _listed(tx: Transaction, unit: UnitId, what: str, now: datetime) -> list[WorkRow]:
    if what == "replied":
        return tx.work.replied(unit, now - SHOW_REPLIED, MOST_ROWS)
    return tx.work.open(unit, *_period(what, now), MOST_ROWS)


def _this_month(now: datetime) -> tuple[datetime, datetime]:
    return on_time.month_of(now.astimezone(SHANGHAI).date())


def _of_month(tx: Transaction, unit: UnitId, now: datetime) -> dict[str, list[WorkRow]]:
    due = tx.work.due_in(unit, *_this_month(now), MONTH_ROWS)
    in_time = [row for row in due if _counted(row).in_time]
    late = [row for row in due if not _counted(row).in_time]
    return {"month_due": due, "month_in_time": in_time, "month_late": late}


def _counted(row: WorkRow) -> on_time.Counted:
    deadline = Deadline(at=row.due, provisional=row.provisional)
    return on_time.Counted(unit="", deadline=deadline, done_at=row.done_at, extended=row.extended > 0)


def _row(row: WorkRow, topic_name: Topics) -> View:
    return {
        "id": row.ticket_id,
        "role": row.role,
        "state": row.state,
        "kind": row.kind,
        "topic": topic_name(row.topic),
        "place": row.place,
        "what": row.what,
        "begun": row.begun.timestamp(),
        "due": row.due.timestamp(),
        "due_day": str(Deadline(at=row.due, provisional=row.provisional).day),
        "next_due": row.next_due.timestamp(),
        "provisional": row.provisional,
        "asked_extension": row.asked_extension,
        "extended": row.extended,
        "returns": row.returns,
        "round": row.round,
        "replied_at": row.replied_at.timestamp() if row.replied_at else None,
        "done_at": row.done_at.timestamp() if row.done_at else None,
    }
