"""Breaks Chinese text into lines: no closing mark begins one, no opening mark ends one, figures whole."""

import re
from collections.abc import Callable, Iterator

NEVER_FIRST = frozenset("，。、；：？！）》」』〕】”’％%…·")
NEVER_LAST = frozenset("（《「『〔【“‘")
_PIECES = re.compile(r"[0-9A-Za-z.\-]+|.", re.DOTALL)
Measure = Callable[[str], float]


def broken(text: str, width: float, measure: Measure) -> list[str]:
    """The lines of one paragraph; what is longer than a line without a place to break is cut."""
    lines: list[list[str]] = [[]]
    for piece in _pieces(text, width, measure):
        line = lines[-1]
        if not line or measure("".join([*line, piece])) <= width:
            line.append(piece)
            continue
        lines.append([*_taken_along(line, piece), piece])
    return ["".join(line) for line in lines]


def _taken_along(line: list[str], piece: str) -> list[str]:
    """What leaves the full line with `piece`, so that neither line has a mark where none may be."""
    cut = len(line)
    first = piece
    while cut > 1 and (first[0] in NEVER_FIRST or line[cut - 1][-1] in NEVER_LAST):
        cut -= 1
        first = line[cut]
    if cut <= 1 or len(line) - cut > 4:  # nothing but marks: break where the line is full
        return []
    taken = line[cut:]
    del line[cut:]
    return taken


def _pieces(text: str, width: float, measure: Measure) -> Iterator[str]:
    for piece in _PIECES.findall(text):
        if measure(piece) <= width:
            yield piece
        else:
            yield from piece
