"""The one table of what programs may call: requests are checked by it, the document is written from it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from pydantic import BaseModel, ValidationError

from hotline.domain.errors import Contended
from hotline.domain.ticket import FieldsInvalid
from hotline.services import api_keys
from hotline.services.ports import Transaction
from hotline.services.ports_api import Answered, ApiKey
from seat_console.bodies import json_object
from seat_console.context import now, services
from seat_console.v1.clients import ClientLimits, identify
from seat_console.v1.shapes import Method

IDEMPOTENCY = "Idempotency-Key"
View = Callable[..., BaseModel]
# pydantic's words for what is wrong, as the fields of every other form name it.
PROBLEMS = {
    "missing": "required",
    "extra_forbidden": "unknown",
    "string_too_long": "too_long",
    "string_too_short": "required",
    "enum": "unknown",
    "string_pattern_mismatch": "unreadable",
    "string_unicode": "unreadable",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "less_than": "out_of_range",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One path and method. `once`: None, "may" or "must" carry an Idempotency-Key."""

    method: Method
    path: str
    summary: str
    view: View
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    answer: type[BaseModel]
    status: int
    writes: bool
    once: bool
    failures: tuple[int, ...]


DOORS: list[Door] = []


def door(
    method: Method,
    path: str,
    *,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    status: int = 200,
    writes: bool = False,
    once: bool = False,
    failures: tuple[int, ...] = (),
) -> Callable[[View], View]:
    """Put a view into the table; its docstring is the summary, its return type the answer."""

    def add(view: View) -> View:
        answer = view.__annotations__["return"]
        summary = (view.__doc__ or "").split("\n")[0]
        DOORS.append(
            Door(
                method=method,
                path=path,
                summary=summary,
                view=view,
                query=query,
                body=body,
                answer=answer,
                status=status,
                writes=writes,
                once=once,
                failures=failures,
            )
        )
        return view

    return add


def open_doors(blueprint: Blueprint) -> None:
    """Make each door a rule of the blueprint."""
    for each in DOORS:
        rule = each.path.replace("{", "<").replace("}", ">")
        blueprint.add_url_rule(rule, each.view.__name__, _serve(each), methods=[each.method])


def _serve(door: Door) -> Callable[..., tuple[Response, int]]:
    def serve(**path: str) -> tuple[Response, int]:
        limits: ClientLimits = current_app.extensions["client_limits"]
        key = identify(limits, writes=door.writes)
        given: dict[str, Any] = dict(path)
        if door.query:
            given["query"] = _read(door.query, _query())
        if door.body:
            given["body"] = _read(door.body, json_object())
        if door.once and request.headers.get(IDEMPOTENCY):
            return _serve_once(door, key, given)
        return jsonify(door.view(key, **given).model_dump(mode="json")), door.status

    return serve


def _serve_once(door: Door, key: ApiKey, given: dict[str, Any]) -> tuple[Response, int]:
    """The effect and the memory of its answer are one transaction: repeating does nothing twice."""
    name = request.headers[IDEMPOTENCY].strip()
    if not name or len(name) > 64 or not name.isascii() or not name.isprintable():
        raise FieldsInvalid({IDEMPOTENCY: "unreadable"})
    digest = api_keys.digest_of(request.method, request.path, request.get_data(as_text=True))
    try:
        return _answer_once(door, key, given, name, digest)
    except Contended:
        return _answer_once(door, key, given, name, digest)


def _answer_once(
    door: Door, key: ApiKey, given: dict[str, Any], name: str, digest: str
) -> tuple[Response, int]:
    with services().storage.writing() as tx:
        before = api_keys.answer_again(tx, key, name, digest)
        if before is None:
            answer = door.view(key, **given, tx=tx).model_dump(mode="json")
            before = Answered(digest=digest, status=door.status, answer=answer)
            api_keys.remember(tx, key, name, now(), before)
    return jsonify(before.answer), before.status


def within(tx: Transaction | None) -> Any:
    """The transaction a view was given, or one of its own."""
    return _Given(tx) if tx else services().storage.writing()


@dataclass(frozen=True, slots=True)
class _Given:
    tx: Transaction

    def __enter__(self) -> Transaction:
        return self.tx

    def __exit__(self, *_: object) -> None:
        """Its owner commits."""


def _query() -> dict[str, object]:
    repeated = {name[:40]: "repeated" for name, values in request.args.lists() if len(values) > 1}
    if repeated:
        raise FieldsInvalid(repeated)
    return {name: int(value) if _is_whole(name, value) else value for name, value in request.args.items()}


def _is_whole(name: str, value: str) -> bool:
    """An address holds texts only; `limit` is the one number in it."""
    return name == "limit" and value.isascii() and value.isdigit() and len(value) < 9


def _read(shape: type[BaseModel], given: object) -> BaseModel:
    try:
        return shape.model_validate(given)
    except ValidationError as problem:
        wrong = problem.errors(include_url=False, include_context=False, include_input=False)
        names = (".".join(map(str, each["loc"]))[:60] or "body" for each in wrong)
        kinds = (PROBLEMS.get(each["type"], "wrong_type") for each in wrong)
        raise FieldsInvalid(dict(zip(names, kinds, strict=True))) from None
