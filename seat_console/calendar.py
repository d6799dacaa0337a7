"""The administrator's calendar page, and its API: a year, what a change would move, and making the change."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, jsonify, render_template
from werkzeug.exceptions import BadRequest

from hotline.calendars import published
from hotline.domain.calendar import FIRST_YEAR, LAST_YEAR, SHANGHAI, Arrangement, Calendar, Deadline
from hotline.domain.errors import Invalid, NotFound
from hotline.domain.ids import TicketId
from hotline.services import calendar
from hotline.services.calendar import Preview
from hotline.services.ports import Transaction
from seat_console.bodies import LARGEST_BODY, json_object, text, whole
from seat_console.context import now, services
from seat_console.security import form_token
from seat_console.sessions import me, requires

blueprint = Blueprint("calendar", __name__)
MOST_EDITS = 60
MOST_GROUPS, FIRST_OF_GROUP = 40, 5
View = dict[str, Any]
Pair = tuple[Deadline | None, Deadline]


@blueprint.get("/calendar")
@requires("admin")
def page() -> str:
    """A year of working days."""
    return render_template("calendar.html", me=me(), form_token=form_token())


@blueprint.get("/api/calendar/<int(max=9999):year>")
@requires("admin")
def show(year: int) -> Response:
    """The days of a year that are not what their weekday says, and the years there are."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotFound(f"there is no calendar of {year}")
    with services().storage.reading() as tx:
        revision, table = tx.calendar.revision(), tx.calendar.load()
    return jsonify(
        revision=revision,
        today=str(now().astimezone(SHANGHAI).date()),
        years=[{"year": a.year, "provisional": a.provisional} for a in table.arrangements],
        **_year_view(table, year),
    )


@blueprint.post("/api/calendar/preview")
@requires("admin")
def preview() -> Response:
    """Which days and open deadlines the wanted arrangement changes; nothing is changed."""
    body = json_object()
    with services().storage.reading() as tx:
        shown = calendar.preview(tx, _wanted(tx, body), services().settings.time_limits)
    return jsonify(_preview_view(shown))


@blueprint.post("/api/calendar/apply")
@requires("admin")
def apply() -> Response:
    """Make the change, if the table is still the one of the preview (`revision`)."""
    body = json_object()
    revision, limits = whole(body, "revision"), services().settings.time_limits
    with services().storage.writing() as tx:
        done = calendar.apply(tx, _wanted(tx, body), revision, me().login, now(), limits)
    return jsonify(_preview_view(done))


def _wanted(tx: Transaction, body: View) -> Arrangement:
    """A whole published year (`file`: its JSON as text), or single days of one year (`days`)."""
    if "file" in body:
        return published.parse(text(body, "file", LARGEST_BODY).encode())
    edits = body.get("days")
    if not isinstance(edits, list) or not 1 <= len(edits) <= MOST_EDITS:
        raise BadRequest(f"days must be a list of 1 to {MOST_EDITS}")
    wanted: Arrangement | None = None
    for edit in map(_edit, edits):
        if wanted is None:
            wanted = calendar.edited(tx, *edit)
        elif edit[0].year != wanted.year:
            raise Invalid("all days must be of one year: change one year after the other")
        else:
            wanted = wanted.with_day(*edit)
    assert wanted is not None  # there is at least one
    return wanted


def _edit(raw: object) -> tuple[date, bool | None, str]:
    if not isinstance(raw, dict) or not isinstance(raw.get("off"), bool | None):
        raise BadRequest("each day has day, off and name")
    written = text(raw, "day", 10)
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise BadRequest("day must be a day as 2026-02-14") from None
    return day, raw.get("off"), text(raw, "name", 200, "").strip()


def _year_view(table: Calendar, year: int) -> View:
    own = table.of_year(year)
    named = {
        special.day: special
        for arrangement in sorted(table.arrangements, key=lambda a: not a.provisional)
        for special in arrangement.days
        if special.day.year == year
    }
    return {
        "year": year,
        "known": own is not None,
        "provisional": own is None or own.provisional,
        "papers": list(own.papers) if own else [],
        "days": [{"day": str(s.day), "name": s.name, "off": s.off} for s in sorted(named.values())],
    }


def _preview_view(shown: Preview) -> View:
    groups: dict[Pair, list[TicketId]] = {}
    for move in shown.promises:
        groups.setdefault((move.clock.deadline, move.after), []).append(move.clock.ticket_id)
    largest = sorted(groups.items(), key=lambda group: -len(group[1]))[:MOST_GROUPS]
    return {
        "year": shown.after.year,
        "revision": shown.revision,
        "provisional": shown.after.provisional,
        "was_provisional": shown.before.provisional if shown.before else None,
        "changes_nothing": shown.changes_nothing,
        "days": [_day_view(day, shown) for day in shown.changed_days],
        "open": shown.open_tickets,
        "moved": len(shown.promises),
        "inner": shown.inner,
        "groups": [_group_view(pair, ids) for pair, ids in largest],
        "more_groups": max(0, len(groups) - MOST_GROUPS),
    }


def _day_view(day: date, shown: Preview) -> View:
    def said(arrangement: Arrangement | None) -> View | None:
        found = next((s for s in arrangement.days if s.day == day), None) if arrangement else None
        return {"off": found.off, "name": found.name} if found else None

    return {"day": str(day), "from": said(shown.before), "to": said(shown.after)}


def _group_view(pair: Pair, ids: list[TicketId]) -> View:
    before, after = pair
    was = _deadline_view(before) if before else None
    return {"from": was, "to": _deadline_view(after), "count": len(ids), "first": ids[:FIRST_OF_GROUP]}


def _deadline_view(deadline: Deadline) -> View:
    return {"day": str(deadline.day), "provisional": deadline.provisional}
