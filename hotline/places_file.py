"""Reads the places file that the settings name, and makes the gazetteer of it."""

from pathlib import Path

from hotline.categoriser.reading import sounds
from hotline.domain.errors import Invalid
from hotline.domain.gazetteer import Gazetteer
from hotline.domain.places import MAX_FILE, Place, parse_places


def load_places(path: Path) -> tuple[Place, ...]:
    """Raises Invalid in one line, whether the file cannot be read or is wrong inside."""
    try:
        with path.open("rb") as file:
            raw = file.read(4 * MAX_FILE + 1)  # a character has four bytes at most
        return parse_places(raw.decode("utf-8"), path.name)
    except OSError as problem:
        raise Invalid(f"places file {path} cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise Invalid(f"places file {path} is not UTF-8 at byte {problem.start}") from problem


def gazetteer_of(places: tuple[Place, ...]) -> Gazetteer:
    """The index over every name of every place."""
    return Gazetteer((place, sounds(name)) for place in places for name in place.names())
