"""What a message is made of: groups of characters, of sounds, and of what it begins with, as numbers.

A group of up to three characters is one 64-bit number, so that a message's groups are found with a few array
operations instead of a loop over strings.
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hotline.categoriser.sounds import sound_table

MAX_CHARACTERS = 500  # what comes later adds time and no accuracy
HEAD = 40  # people say first what it is about
_BITS = 21  # a code point

Keys = NDArray[np.int64]

# Where it is tells little about what it is; one village's matter must not be learned as its name's.
_NUMBERED_PLACE = re.compile(r"[a-z]{1,2}0*(?=[省市区县镇乡村])")
_DIGITS = re.compile(r"\d+")
_SPACES = re.compile(r"[\s\0]+")


@dataclass(frozen=True, slots=True)
class Block:
    """One kind of group: which part of the message, of what, how many together, and how much it counts."""

    name: str
    by_sound: bool
    lengths: tuple[int, ...]
    share: float
    head: int | None = None


BLOCKS = (
    Block("characters", False, (1, 2, 3), 1.0),
    Block("sounds", True, (2, 3), 0.5),
    Block("beginning", False, (1, 2, 3), 0.5, HEAD),
)
WORDS = 0  # the block whose groups can be shown to people
SOUNDS = 1


def normalised(text: str) -> str:
    """Small letters, every number alike, no spaces; no longer than counts."""
    text = _SPACES.sub("", text[: 4 * MAX_CHARACTERS].lower())
    return _NUMBERED_PLACE.sub("", _DIGITS.sub("0", text))[:MAX_CHARACTERS]


def keys_of(text: str) -> list[Keys]:
    """The groups of a normalised text for each block, with repetitions."""
    points = np.frombuffer(text.encode("utf-32-le", errors="replace"), dtype=np.uint32).astype(np.int64)
    sounds = sound_table()[points].astype(np.int64)
    return [
        np.concatenate(
            [_groups((sounds if block.by_sound else points)[: block.head], n) for n in block.lengths]
        )
        for block in BLOCKS
    ]


def _groups(points: Keys, length: int) -> Keys:
    """The first of a group is never 0, so groups of different lengths never share a number."""
    count = max(0, len(points) - length + 1)
    keys = points[:count].copy()
    for offset in range(1, length):
        keys <<= _BITS
        keys |= points[offset : offset + count]
    return keys


def text_of(key: int) -> str:
    """The characters of a group that is not of sounds."""
    chars = ""
    while key:
        chars = chr(key & ((1 << _BITS) - 1)) + chars
        key >>= _BITS
    return chars
