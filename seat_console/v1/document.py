"""The OpenAPI document, written from the table of doors and the shapes that requests are checked by."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from seat_console.v1.doors import DOORS, IDEMPOTENCY, Door
from seat_console.v1.shapes import Failure

REASONS = {
    400: "The request cannot be read.",
    401: "No key, or one that opens nothing.",
    403: "The key may not do this.",
    404: "There is no such thing for this key.",
    409: "Something else happened first; `code` and `stored` say what.",
    413: "The request is too large.",
    415: "The body is not application/json.",
    422: "Something in the request is wrong; `fields` says what.",
    429: "Too many requests; Retry-After says how many seconds to wait.",
    503: "A part that is needed does not answer; trying again later may work.",
}
REF = "#/components/schemas/{model}"


@cache
def document() -> dict[str, Any]:
    """The whole document, for OpenAPI 3.1; everybody gets the same one, to read only."""
    models: dict[str, type[BaseModel]] = {Failure.__name__: Failure}
    for door in DOORS:
        models |= {m.__name__: m for m in (door.body, door.answer) if m}
    _, found = models_json_schema([(m, "validation") for m in models.values()], ref_template=REF)
    paths: dict[str, Any] = {}
    for door in DOORS:
        paths.setdefault(door.path, {})[door.method.lower()] = _operation(door)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "12341 hotline",
            "version": "1",
            "description": "Tickets of a city's hotline for other programs. An administrator makes the keys. "
            "Numbers are masked; every look at a ticket is recorded.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": found["$defs"],
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "hl_…"}},
        },
    }


def _operation(door: Door) -> dict[str, Any]:
    needs_body = {400, 413, 415, 422} if door.body else set()
    failures = {400, 401, 429, 503, *door.failures} | needs_body | ({403} if door.writes else set())
    failures |= {422} if door.query else set()
    described: dict[str, Any] = {
        "operationId": door.view.__name__,
        "summary": door.summary,
        "parameters": [*_path(door.path), *_query(door.query), *_once(door)],
        "responses": {str(door.status): _content("Done.", door.answer.__name__)}
        | {str(status): _content(REASONS[status], "Failure") for status in sorted(failures)},
    }
    if door.body:
        schema = {"schema": {"$ref": REF.format(model=door.body.__name__)}}
        described["requestBody"] = {"required": True, "content": {"application/json": schema}}
    return described


def _content(description: str, model: str) -> dict[str, Any]:
    schema = {"schema": {"$ref": REF.format(model=model)}}
    return {"description": description, "content": {"application/json": schema}}


def _path(path: str) -> Iterable[dict[str, Any]]:
    for part in path.split("/"):
        if part.startswith("{"):
            schema = {"type": "string", "examples": ["T-2026-000123"]}
            yield {"name": part.strip("{}"), "in": "path", "required": True, "schema": schema}


def _query(shape: type[BaseModel] | None) -> Iterable[dict[str, Any]]:
    if shape is None:
        return
    schema = shape.model_json_schema()
    for name, values in schema["properties"].items():
        required = name in schema.get("required", [])
        yield {"name": name, "in": "query", "required": required, "schema": values}


def _once(door: Door) -> Iterable[dict[str, Any]]:
    if door.once:
        schema = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]+$"}
        text = "A name you choose for this request: sent again, it is answered the same and done once."
        yield {"name": IDEMPOTENCY, "in": "header", "required": False, "schema": schema, "description": text}
