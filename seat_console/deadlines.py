"""The supervisors' page of deadlines: figures and their lists, notices to issue and print, joint meetings."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import BadRequest

from hotline.domain.errors import Invalid
from hotline.domain.ids import TicketId, UnitId
from hotline.domain.notices import NoticeKind
from hotline.services import courses, deadlines, meetings, notices
from seat_console.bodies import json_object, text, whole
from seat_console.context import now, services
from seat_console.security import form_token
from seat_console.sessions import me, requires

blueprint = Blueprint("deadlines", __name__)
LONGEST_ID, LONGEST_REASON, LONGEST_TEXT = 16, 500, 4000
MOST_TICKETS = 50
KEY = "<int(max=2147483647):key>"


@blueprint.get("/deadlines")
@requires("supervisor")
def page() -> str:
    """What is late, what waits for a decision, what is next."""
    return render_template("deadlines.html", me=me(), form_token=form_token())


@blueprint.get("/api/deadlines")
@requires("supervisor")
def board() -> Response:
    """Every figure, and the on-time share of a month by unit."""
    month = request.args.get("month", "")[:16]
    with services().storage.reading() as tx:
        found = deadlines.board(tx, now(), month)
        return jsonify(**found, open_units=deadlines.open_units(tx))


@blueprint.get("/api/deadlines/list/<what>")
@requires("supervisor")
def listing(what: str) -> Response:
    """The tickets that a figure counts."""
    unit, month = request.args.get("unit"), request.args.get("month", "")[:16]
    with services().storage.reading() as tx:
        return jsonify(deadlines.listing(tx, what, now(), _topic_names(), unit, month))


@blueprint.get("/api/deadlines/notices")
@requires("supervisor")
def register() -> Response:
    """The papers, the newest first."""
    with services().storage.reading() as tx:
        return jsonify(notices=deadlines.newest_notices(tx))


@blueprint.post("/api/deadlines/notices")
@requires("supervisor")
def issue() -> tuple[Response, int]:
    """Do not wait for the clock."""
    body = json_object()
    ticket, kind = TicketId(text(body, "ticket", LONGEST_ID)), text(body, "kind", 16)
    if kind not in set(NoticeKind):
        raise Invalid("there is no such kind of notice")
    reason = text(body, "reason", LONGEST_REASON)
    with services().storage.writing() as tx:
        actor = courses.actor_of(me())
        notice = notices.issue_by_hand(tx, actor, ticket, NoticeKind(kind), reason, now(), **_paper())
    return jsonify(notice=deadlines.notice_view(notice)), 201


@blueprint.post(f"/api/deadlines/notices/{KEY}/reissue")
@requires("supervisor")
def reissue(key: int) -> tuple[Response, int]:
    """A new number in its place."""
    reason = text(json_object(), "reason", LONGEST_REASON)
    with services().storage.writing() as tx:
        notice = notices.reissue(tx, courses.actor_of(me()), key, reason, now(), **_paper())
    return jsonify(notice=deadlines.notice_view(notice)), 201


@blueprint.get(f"/deadlines/notices/{KEY}.pdf")
@requires()
def printed(key: int) -> Response:
    """The paper, to be printed and sealed."""
    with services().storage.reading() as tx:
        notice = deadlines.notice_to_print(tx, courses.actor_of(me()), key)
    answer = make_response(services().papers.notice(notice))
    number = notice.number
    answer.headers["Content-Type"] = "application/pdf"
    name = f"{number.kind}-{number.year}-{number.number}.pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


@blueprint.get("/api/deadlines/meetings")
@requires("supervisor")
def all_meetings() -> Response:
    """Joint meetings, the newest first."""
    with services().storage.reading() as tx:
        return jsonify(meetings=deadlines.meetings(tx))


@blueprint.post("/api/deadlines/meetings")
@requires("supervisor")
def convene() -> tuple[Response, int]:
    """Call one about several tickets."""
    body = json_object()
    agenda = body.get("agenda")
    if not isinstance(agenda, list) or len(agenda) > MOST_TICKETS:
        raise BadRequest(f"agenda must be a list of at most {MOST_TICKETS} tickets")
    found = [text({"ticket": each}, "ticket", LONGEST_ID) for each in agenda]
    with services().storage.writing() as tx:
        meeting = meetings.convene(
            tx,
            courses.actor_of(me()),
            title=text(body, "title", 200),
            place=text(body, "place", 200),
            starts_at=_moment(text(body, "starts_at", 32)),
            agenda=tuple(TicketId(each) for each in found),
            at=now(),
        )
        return jsonify(meeting=deadlines.meeting_view(tx, meeting)), 201


@blueprint.put(f"/api/deadlines/meetings/{KEY}/minutes")
@requires("supervisor")
def write_minutes(key: int) -> Response:
    """What was said."""
    body = json_object()
    version, minutes = whole(body, "version"), text(body, "minutes", LONGEST_TEXT)
    with services().storage.writing() as tx:
        meeting = meetings.write_minutes(tx, courses.actor_of(me()), key, version, minutes)
        return jsonify(meeting=deadlines.meeting_view(tx, meeting))


@blueprint.post(f"/api/deadlines/meetings/{KEY}/duties")
@requires("supervisor")
def assign(key: int) -> tuple[Response, int]:
    """A duty, which is a ticket again."""
    body = json_object()
    with services().storage.writing() as tx:
        meeting, duty = meetings.assign(
            tx,
            courses.actor_of(me()),
            key,
            whole(body, "version"),
            of_ticket=TicketId(text(body, "of_ticket", LONGEST_ID)),
            unit=UnitId(text(body, "unit", LONGEST_ID)),
            owner=text(body, "owner", 64),
            day=_day(text(body, "day", 10)),
            what=text(body, "what", LONGEST_TEXT),
            at=now(),
        )
        return jsonify(meeting=deadlines.meeting_view(tx, meeting), ticket=duty.ticket_id), 201


@blueprint.post(f"/api/deadlines/meetings/{KEY}/close")
@requires("supervisor")
def close(key: int) -> Response:
    """Minutes and duties stay as they are."""
    version = whole(json_object(), "version")
    with services().storage.writing() as tx:
        meeting = meetings.close(tx, courses.actor_of(me()), key, version, now())
        return jsonify(meeting=deadlines.meeting_view(tx, meeting))


def _paper() -> dict[str, Any]:
    return {"issuer": services().settings.issuer, "topic_name": notices.topic_namer(services().topics)}


def _topic_names() -> Callable[[str], object]:
    names = {topic["id"]: topic["name"] for topic in services().topics.as_view()}
    return lambda topic: names.get(topic, topic)


def _moment(raw: str) -> datetime:
    try:
        found = datetime.fromisoformat(raw)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise BadRequest("a time is written as 2026-11-25T09:00+08:00")
    if not 2000 <= found.year <= 2100:
        raise Invalid("this time is out of all calendars")
    return found.astimezone(UTC)


def _day(raw: str) -> date:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise BadRequest("a day is written as 2026-11-25") from None
