"""The city's places as its file names them: towns, streets, communities, villages, sites."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hotline.domain.errors import Invalid

MAX_FILE = 10_000_000
MAX_PLACES = 100_000
KINDS = ("district", "town", "street", "community", "village", "site")
_MAX_NAME = 30
_MAX_ALSO = 10
_MAX_ERRORS = 20
_FIELDS = {"name", "kind", "within", "also"}
_HEADING = re.compile(r"\s*\[\[\s*place\s*\]\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`within` is the district or town it lies in, empty where several or unknown."""

    name: str
    kind: str
    within: str = ""
    also: tuple[str, ...] = ()

    def names(self) -> tuple[str, ...]:
        """Every way people say it."""
        return (self.name, *self.also)


def parse_places(text: str, source: str = "places") -> tuple[Place, ...]:
    """Read a places file. Invalid names each wrong entry with its line, all at once in one line of text."""
    if len(text) > MAX_FILE:
        raise Invalid(f"{source}: longer than {MAX_FILE} characters")
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Invalid(f"{source}: {' '.join(str(error).split())[:200] or 'nested too deeply'}") from None
    entries = data.pop("place", [])
    wrong = [f"unknown entry {key[:40]!a}" for key in sorted(data)]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Invalid(f"{source}: 'place' must be written as [[place]]")
    if len(entries) > MAX_PLACES:
        raise Invalid(f"{source}: {len(entries)} places; {MAX_PLACES} at most")
    places = []
    for spot, entry in zip(_spots(text, len(entries)), entries, strict=True):
        problems = list(_problems(entry))
        wrong += [f"{spot}: {problem}" for problem in problems]
        if not problems:
            places.append(Place(**entry | {"also": tuple(entry.get("also", ()))}))
    wrong += _contradictions(places)
    if not wrong and not places:
        wrong.append("no places")
    if wrong:
        more = len(wrong) - _MAX_ERRORS
        raise Invalid(
            f"{source}: {'; '.join(wrong[:_MAX_ERRORS])}" + (f"; and {more} more" if more > 0 else "")
        )
    return tuple(places)


def _spots(text: str, count: int) -> Iterator[str]:
    """Where each entry begins; only its number where a text in the file looks like a heading."""
    lines = [number for number, line in enumerate(text.splitlines(), start=1) if _HEADING.match(line)]
    for number in range(count):
        yield f"line {lines[number]}" if len(lines) == count else f"place {number + 1}"


def _problems(entry: dict[str, Any]) -> Iterator[str]:
    for key in sorted(entry.keys() - _FIELDS):
        yield f"unknown field {key[:40]!a}"
    if not _is_name(entry.get("name")):
        yield f"'name' must be one short name ({_MAX_NAME} characters)"
    if entry.get("kind") not in KINDS:
        yield f"'kind' must be one of {', '.join(KINDS)}"
    if entry.get("within", "") != "" and not _is_name(entry["within"]):
        yield "'within' must be the name of a district or town, or empty"
    also = entry.get("also", [])
    if not isinstance(also, list) or len(also) > _MAX_ALSO or not all(_is_name(name) for name in also):
        yield f"'also' must be a list of short names ({_MAX_ALSO} at most)"


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= _MAX_NAME and value.isprintable()


def _contradictions(places: list[Place]) -> Iterator[str]:
    """Two villages may have one name in two towns; the same one twice in one is a mistake."""
    seen: set[tuple[str, str]] = set()
    for place in places:
        if (place.name, place.within) in seen:
            yield f"'{place.name}' is there twice" + (f" in '{place.within}'" if place.within else "")
        seen.add((place.name, place.within))
