"""The supervisors' page of deadlines: its figures, and for each the list of the tickets it counts."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from hotline.domain import on_time
from hotline.domain.actors import Actor, Role
from hotline.domain.calendar import Deadline
from hotline.domain.errors import Conflict, Invalid, NotFound
from hotline.domain.ids import TicketId, TicketKey
from hotline.domain.meetings import Meeting
from hotline.domain.notices import Notice, check_issue
from hotline.domain.ticket import TicketState
from hotline.domain.ticket_moves import Action
from hotline.domain.working_time import city_day
from hotline.services import answers
from hotline.services.ports import Transaction
from hotline.services.ports_supervision import Listed

View = dict[str, Any]
TopicName = Callable[[str], object]  # in both languages, for the page
# In the order of the page: what needs a decision, what is late, what is next.
FIGURES = (
    "arbitration", "extensions", "dissatisfied", "unassigned", "overdue", "criticised", "noticed", "unsigned",
    "parts_late", "returned", "due_today", "callbacks",
)  # fmt: skip
ON_TIME = ("month_due", "month_in_time", "month_late")
MOST_ROWS = 500
NEWEST_NOTICES, NEWEST_MEETINGS = 50, 20


def board(tx: Transaction, now: datetime, month: str = "") -> View:
    """All figures of the page, and the on-time share and the citizens' verdict of the month by unit."""
    first, last = _month(month, now)
    names = _unit_names(tx)
    by_unit = tx.supervision.shares(first, last)
    whole = on_time.total(by_unit.values())
    rows = [{"unit": unit, "unit_name": names.get(unit, unit), **_share(s)} for unit, s in by_unit.items()]
    return {
        "now": now.timestamp(),
        "seq": tx.outbox.newest_of("floor"),
        "figures": [{"what": what, "count": tx.supervision.count(what, now)} for what in FIGURES],
        "mails": tx.mails.count_given_up(),
        "month": f"{first.year}-{first.month:02d}",
        "total": _share(whole),
        "answers": answers.figures(tx, first, last, names),
        "units": sorted(rows, key=lambda row: (row["share"] if row["share"] is not None else 2, -row["due"])),
    }


def listing(
    tx: Transaction, what: str, now: datetime, topic_name: TopicName, unit: str | None = None, month: str = ""
) -> View:
    """The tickets that a figure counts, the most urgent first. Raises NotFound for a figure there is not."""
    if _is_of_a_month(what):
        ids = _of_month(tx, what, now, unit, month)
        rows, counted = tx.supervision.of_ids(ids[:MOST_ROWS]), len(ids)
    else:
        rows = tx.supervision.listed(what, now, MOST_ROWS, unit)
        counted = len(rows) if unit is not None else tx.supervision.count(what, now)
    ids = [row.ticket_id for row in rows]
    issued = tx.notices.of_tickets(ids)
    asking = [row.ticket_id for row in rows if row.asked_extension]
    back = [row.ticket_id for row in rows if row.state == TicketState.RETURNED]
    reasons = tx.supervision.last_reason(asking, Action.ASK_EXTENSION) if asking else {}
    returned = tx.supervision.last_reason(back, Action.RETURN) if back else {}
    names = _unit_names(tx)
    return {
        "what": what,
        "count": counted,
        "rows": [
            _row(row, names, topic_name, now)
            | {
                "asked_because": reasons.get(row.ticket_id, ""),
                "returned_because": returned.get(row.ticket_id, ""),
                "notices": [notice_view(notice) for notice in issued.get(row.ticket_id, [])],
            }
            for row in rows
        ],
    }


def keys(
    tx: Transaction, what: str, now: datetime, unit: str | None = None, month: str = ""
) -> Iterable[TicketKey]:
    """All that a figure counts, in the order of its list, however many the page shows."""
    if _is_of_a_month(what):
        return tx.supervision.keys_of(_of_month(tx, what, now, unit, month))
    return tx.supervision.keys(what, now, unit)


def check(what: str, month: str, now: datetime) -> None:
    """Raises NotFound for a figure there is not, Invalid for what is no month."""
    if what not in FIGURES and not _is_of_a_month(what):
        raise NotFound("there is no such list")
    _month(month, now)


def _is_of_a_month(what: str) -> bool:
    return what in ON_TIME or what in answers.LISTS


def _of_month(tx: Transaction, what: str, now: datetime, unit: str | None, month: str) -> list[TicketId]:
    first, last = _month(month, now)
    if what in answers.LISTS:
        return answers.tickets(tx, what, first, last, unit)
    wanted = {"month_due": (True, False), "month_in_time": (True,), "month_late": (False,)}[what]
    return [
        ticket_id
        for ticket_id, counted in tx.supervision.due_in(first, last)
        if (unit is None or counted.unit == unit) and counted.in_time in wanted
    ]


def _month(month: str, now: datetime) -> tuple[datetime, datetime]:
    """`2026-11`, or the month of now. Raises Invalid."""
    if not month:
        return on_time.month_of(city_day(now))
    year, _, number = month.partition("-")
    if not (month.isascii() and len(year) == 4 and year.isdigit() and number.isdigit() and len(number) == 2):
        raise Invalid("a month is written as 2026-11")
    if not 2000 <= int(year) <= 2100 or not 1 <= int(number) <= 12:
        raise Invalid("a month is written as 2026-11")
    return on_time.month(int(year), int(number))


def _unit_names(tx: Transaction) -> dict[str, str]:
    return {unit.id: unit.name for unit in tx.units.all()}


def _share(share: on_time.Share) -> View:
    return {"due": share.due, "in_time": share.in_time, "extended": share.extended, "share": share.share}


def _row(row: Listed, names: dict[str, str], topic_name: TopicName, now: datetime) -> View:
    deadline = Deadline(at=row.due, provisional=row.provisional)
    return {
        "id": row.ticket_id,
        "version": row.version,
        "state": row.state,
        "kind": row.kind,
        "topic": topic_name(row.topic),
        "unit": row.unit,
        "unit_name": names.get(row.unit, row.unit),
        "due_at": row.due.timestamp(),
        "due_day": str(deadline.day),
        "due_provisional": row.provisional,
        "accepted_at": row.accepted_at.timestamp(),
        "working_days": row.working_days,
        "returns": row.returns,
        "asked_extension": row.asked_extension,
        "extended": row.extended,
        "waits_since": row.waits_since.timestamp() if row.waits_since else None,
        "callback_due": row.callback_due.timestamp() if row.callback_due else None,
        "done_at": row.done_at.timestamp() if row.done_at else None,
        "may_notice": _may_notice(row, deadline, now),
    }


def _may_notice(row: Listed, deadline: Deadline, now: datetime) -> bool:
    try:
        check_issue(TicketState(row.state), row.unit, deadline, now)
    except Conflict:
        return False
    return True


def notice_view(notice: Notice) -> View:
    """A paper as the page lists it."""
    return {
        "key": notice.key,
        "kind": notice.number.kind,
        "number": str(notice.number),
        "ticket": notice.ticket_id,
        "unit_name": notice.content.unit,
        "issued_at": notice.issued_at.timestamp(),
        "by_clock": notice.issued_by is None,
        "limit_day": str(notice.limit.day) if notice.limit else None,
        "replaced": notice.replaced_by is not None,
        "withdrawn_at": notice.withdrawn.at.timestamp() if notice.withdrawn else None,
        "withdrawn_by": notice.withdrawn.by if notice.withdrawn else "",
        "replaces": notice.content.replaces,
        "reason": notice.content.reason,
    }


def newest_notices(tx: Transaction) -> list[View]:
    """The register of papers, the newest first."""
    return [notice_view(notice) for notice in tx.notices.newest(NEWEST_NOTICES)]


def notice_to_print(tx: Transaction, actor: Actor, key: int) -> Notice:
    """The paper itself, for everybody at the hotline and for the unit it is sent to. Raises NotFound."""
    notice = tx.notices.get(key)
    if notice is None or (actor.role is Role.UNIT and actor.unit != notice.unit):
        raise NotFound("there is no such notice")
    return notice


def meetings(tx: Transaction) -> list[View]:
    """The newest meetings first."""
    return [meeting_view(tx, meeting) for meeting in tx.meetings.newest(NEWEST_MEETINGS)]


def meeting_view(tx: Transaction, meeting: Meeting) -> View:
    """A meeting with its agenda and duties."""
    known = _unit_names(tx)
    return {
        "key": meeting.key,
        "title": meeting.title,
        "place": meeting.place,
        "starts_at": meeting.starts_at.timestamp(),
        "agenda": list(meeting.agenda),
        "minutes": meeting.minutes,
        "closed": meeting.closed_at is not None,
        "version": meeting.version,
        "duties": [
            {
                "ticket": duty.ticket_id,
                "of_ticket": duty.of_ticket,
                "unit_name": known.get(duty.unit, duty.unit),
                "owner": duty.owner,
                "day": str(duty.day),
            }
            for duty in meeting.duties
        ],
    }


def open_units(tx: Transaction) -> list[View]:
    """Where work may be sent."""
    return [{"id": unit.id, "name": unit.name} for unit in tx.units.all() if unit.is_open]
