"""The one table from what went wrong to an HTTP answer, as JSON for the API and as a page for people."""

import logging
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from hotline.domain.errors import Conflict, HotlineError, Invalid, NotFound, Unavailable
from hotline.domain.ticket import FieldsInvalid
from hotline.domain.units import UnitBusy
from hotline.log_lines import kind_and_place
from hotline.services.course_rights import NotAllowed
from hotline.services.courses import StaleTicket
from hotline.services.screens import ticket_view
from hotline.services.tickets import DraftConflict

log = logging.getLogger("seat_console")

# The most special kind first.
TABLE: tuple[tuple[type[HotlineError], int, str], ...] = (
    (FieldsInvalid, 422, "incomplete"),
    (DraftConflict, 409, "draft_conflict"),
    (UnitBusy, 409, "unit_busy"),
    (StaleTicket, 409, "stale"),
    (NotAllowed, 403, "forbidden"),
    (NotFound, 404, "not_found"),
    (Conflict, 409, "conflict"),
    (Invalid, 422, "invalid"),
    (Unavailable, 503, "unavailable"),
    (HotlineError, 500, "internal"),
)
HTTP_CODES = {
    400: "malformed",
    401: "signed_out",
    403: "forbidden",
    404: "not_found",
    405: "malformed",
    413: "too_large",
    415: "malformed",
    429: "too_many",
}


class MustChangePassword(HTTPException):
    """The one-time password opens nothing but the page that replaces it."""

    code = 403
    description = "change the one-time password first"


def register(app: Flask) -> None:
    """Answer every failure by the table; what nobody expected is logged without the request's content."""
    app.register_error_handler(HotlineError, _expected)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _expected(problem: HotlineError) -> tuple[Response | str, int]:
    status, code = next((status, code) for kind, status, code in TABLE if isinstance(problem, kind))
    details: dict[str, Any] = {"reason": problem.reason} if problem.reason else {}
    if isinstance(problem, StaleTicket):
        details["stored"] = problem.view
    if isinstance(problem, FieldsInvalid):
        details["fields"] = problem.problems
    if isinstance(problem, DraftConflict):
        details["stored"] = ticket_view(problem.ticket)
    if isinstance(problem, UnitBusy):
        details["busy"] = {n: getattr(problem, n) for n in ("tickets", "first", "accounts", "below")}
    if status >= 500:
        log.warning("%s %s: %s", request.method, request.url_rule, problem)
    return _answer(status, code, str(problem), details)


def _http(problem: HTTPException) -> tuple[Response | str, int] | Response:
    status = problem.code or 500
    if status < 400 or problem.response is not None:
        return problem.get_response()  # type: ignore[return-value]
    code = "must_change" if isinstance(problem, MustChangePassword) else HTTP_CODES.get(status, "internal")
    return _answer(status, code, problem.description or "", {})


def _unexpected(problem: Exception) -> tuple[Response | str, int]:
    log.error("%s %s failed: %s", request.method, request.url_rule, kind_and_place(problem))
    return _answer(500, "internal", "the hotline's web server failed", {})


def _answer(status: int, code: str, message: str, details: dict[str, Any]) -> tuple[Response | str, int]:
    if request.path.startswith("/api/") or request.path == "/healthz":
        return jsonify(error={"code": code, "message": message, **details}), status
    return render_template("error.html", code=code, status=status), status
