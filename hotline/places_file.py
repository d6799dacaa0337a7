"""Reads the places file, and again when it changes; makes the gazetteer of it, and offers what was heard."""

from pathlib import Path

from hotline.categoriser.reading import sounds
from hotline.domain.categorise import MAX_SENTENCE
from hotline.domain.gazetteer import Gazetteer
from hotline.domain.heard import PlaceHeard
from hotline.domain.places import MAX_FILE, Place, parse_places
from hotline.watched_file import WatchedFile, text_of

_OFFERED = 0.85  # likeness: less is more often another word than a place
_OFFERED_SHORT = 0.97  # of two characters: many words sound nearly like them
_SHORT = 2


def load_places(path: Path) -> tuple[Place, ...]:
    """Raises Invalid in one line, whether the file cannot be read or is wrong inside."""
    return parse_places(text_of(path, "places", MAX_FILE), path.name)


class WatchedPlaces(WatchedFile[tuple[Place, ...]]):
    """The newest places file that was right; no places where there never was one."""

    what, most = "places", MAX_FILE

    def __init__(self, path: Path, kept: Path) -> None:
        super().__init__(path, kept, empty=())

    def parse(self, text: str, name: str) -> tuple[Place, ...]:
        return parse_places(text, name)

    def count(self, found: tuple[Place, ...]) -> int:
        return len(found)


def gazetteer_of(places: tuple[Place, ...]) -> Gazetteer:
    """The index over every name of every place."""
    return Gazetteer((place, sounds(name)) for place in places for name in place.names())


def place_heard(gazetteer: Gazetteer, words: str) -> PlaceHeard | None:
    """The likeliest place in a sentence, and what was written for it; None where that is too unlike."""
    for find in gazetteer.find(sounds(words[:MAX_SENTENCE])):
        if find.likeness >= (_OFFERED_SHORT if len(find.heard) <= _SHORT else _OFFERED):
            place = find.place
            return PlaceHeard(name=place.name, within=place.within, heard=find.heard, likeness=find.likeness)
    return None
