"""Reads the places file that the settings name, makes the gazetteer of it, and offers what was heard."""

from pathlib import Path

from hotline.categoriser.reading import sounds
from hotline.domain.errors import Invalid
from hotline.domain.gazetteer import Gazetteer
from hotline.domain.heard import PlaceHeard
from hotline.domain.places import MAX_FILE, Place, parse_places

_LOOKED_AT = 300  # characters; more than anyone says in a sentence
_OFFERED = 0.85  # likeness: less is more often another word than a place
_OFFERED_SHORT = 0.97  # of two characters: many words sound nearly like them
_SHORT = 2


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


def place_heard(gazetteer: Gazetteer, words: str) -> PlaceHeard | None:
    """The likeliest place in a sentence, and what was written for it; None where that is too unlike."""
    for find in gazetteer.find(sounds(words[:_LOOKED_AT])):
        if find.likeness >= (_OFFERED_SHORT if len(find.heard) <= _SHORT else _OFFERED):
            place = find.place
            return PlaceHeard(name=place.name, within=place.within, heard=find.heard, likeness=find.likeness)
    return None
