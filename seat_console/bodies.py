"""Reads what a browser sent: JSON objects of a bounded size, with only the text that every part can keep."""

import json
from typing import Any, NoReturn

from flask import request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

LARGEST_BODY = 64 * 1024


def json_object() -> dict[str, Any]:
    """The body as a JSON object. Raises BadRequest or UnsupportedMediaType; too large is refused before."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("the body must be application/json")
    try:
        found = json.loads(request.get_data(), parse_constant=_not_json)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        raise BadRequest("the body is not JSON") from None
    if not isinstance(found, dict):
        raise BadRequest("the body must be a JSON object")
    return found


def text(body: dict[str, Any], name: str, longest: int, default: str | None = None) -> str:
    """A text field of the body. Raises BadRequest when it is missing, something else, or too long."""
    value = body.get(name, default)
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        raise BadRequest(f"{name} must be a text of at most {longest} characters")
    return value


def whole(body: dict[str, Any], name: str) -> int:
    """A whole number that is not negative."""
    value = body.get(name)
    if type(value) is not int or not 0 <= value < 2**31:
        raise BadRequest(f"{name} must be a whole number")
    return value


def _not_json(constant: str) -> NoReturn:
    raise ValueError(constant)
