"""The Chinese fonts of this machine for official papers: the norm's own where they are, else the nearest."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatch
from pathlib import Path

from hotline.domain.errors import Unavailable

FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("~/.local/share/fonts"),
    Path("~/.fonts"),
)


class Face(StrEnum):
    """What GB/T 9704 sets in which type: the text in Fangsong, issuer's mark and titles in Xiaobiaosong."""

    TEXT = "text"
    TITLE = "title"


# File names in lower case, the best first. Noto and Arphic are free; the others come with office machines.
_SONG = (
    "notoserifcjk-regular.ttc",
    "notoserifcjksc-regular.otf",
    "sourcehanserifsc-regular.otf",
    "simsun.ttc",
    "uming.ttc",
    "gbsn00lp.ttf",
)
_SANS = (
    "notosanscjk-regular.ttc",
    "notosanscjksc-regular.otf",
    "wqy-zenhei.ttc",
    "wqy-microhei.ttc",
    "droidsansfallback*.ttf",
)
_BOLD_SONG = (
    "notoserifcjk-bold.ttc",
    "notoserifcjksc-bold.otf",
    "sourcehanserifsc-bold.otf",
    "stzhongs.ttf",
)
_BOLD_SANS = ("notosanscjk-bold.ttc", "notosanscjksc-bold.otf")
WANTED: dict[Face, tuple[str, ...]] = {
    Face.TEXT: ("simfang.ttf", "stfangso.ttf", "fzfs*.ttf", "fangsong*.ttf", *_SONG, *_SANS),
    Face.TITLE: ("fzxbs*.ttf", *_BOLD_SONG, *_SONG, *_BOLD_SANS, *_SANS),
}
_SUFFIXES = frozenset({".ttf", ".ttc", ".otf"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FontFile:
    """A font, and which one of a collection."""

    path: Path
    number: int = 0


Fonts = dict[Face, FontFile]


def find_fonts(own: Path | None = None, folders: Sequence[Path] = FOLDERS) -> Fonts:
    """A font for each face; `own` for all of them. Raises Unavailable when there is no Chinese font here."""
    if own:
        if not own.is_file():
            raise Unavailable(f"the font {own} is not there: see HOTLINE_PAPER_FONT")
        return dict.fromkeys(Face, FontFile(path=own, number=simplified_in(own)))
    there = _files(folders)
    found = {face: _best(there, patterns) for face, patterns in WANTED.items()}
    if None in found.values():
        raise Unavailable("there is no Chinese font on this machine: install one, or set HOTLINE_PAPER_FONT")
    return {face: FontFile(path=path, number=simplified_in(path)) for face, path in found.items() if path}


def _files(folders: Iterable[Path]) -> dict[str, Path]:
    there: dict[str, Path] = {}
    for folder in folders:
        for place, below, names in os.walk(folder.expanduser()):
            below.sort()
            for name in sorted(names):
                if Path(name).suffix.lower() in _SUFFIXES:
                    there.setdefault(name.lower(), Path(place) / name)
    return there


def _best(there: dict[str, Path], patterns: Iterable[str]) -> Path | None:
    matches = (path for pattern in patterns for name, path in there.items() if fnmatch(name, pattern))
    return next(matches, None)


def simplified_in(path: Path) -> int:
    """Which font of a collection draws the characters as on the mainland. Raises Unavailable."""
    from fontTools.ttLib import TTCollection, TTLibError  # large: only a process that prints needs it

    if path.suffix.lower() != ".ttc":
        return 0
    try:
        with TTCollection(path, lazy=True) as collection:
            families = [str(font["name"].getDebugName(1) or "") for font in collection.fonts]
    except (TTLibError, OSError) as problem:
        raise Unavailable(f"the font {path} cannot be read") from problem
    ranks = [family.endswith((" SC", " CN")) for family in families]
    return ranks.index(True) if True in ranks else 0
