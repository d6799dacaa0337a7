"""What kind of word follows what kind in general Chinese, as the tagger of jieba has learnt it."""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from pathlib import Path

import jieba

from hotline.speech.training.language_model import END_KIND, START_KIND

# Particles that each stand in a place of their own; of all other tags only the first letter counts.
_PARTICLES = frozenset({"uj", "ul", "uz", "ug", "ud", "uv"})
# The tagger was not taught where sentences end; and often nothing is said at all.
_END_SHARE, _NOTHING_SAID = 0.1, 0.3


@functools.cache
def _tags() -> dict[str, str]:
    text = Path(jieba.__file__).with_name("dict.txt").read_text(encoding="utf-8")
    return {word: tag for word, _, tag in (line.split() for line in text.splitlines())}


def _coarse(tag: str) -> str:
    return tag if tag in _PARTICLES else tag[0]


def kind_of(word: str) -> str:
    """Noun, verb, …, by the dictionary's letter; a name that the dictionary lacks is a place."""
    tag = _tags().get(word)
    return _coarse(tag) if tag else "n" if len(word) < 2 else "s"


@functools.cache
def general_following() -> dict[str, dict[str, float]]:
    """p(kind of the next word | kind): what the tagger, which goes by characters, does between words."""
    from jieba.posseg.prob_start import P as first
    from jieba.posseg.prob_trans import P as steps

    counts: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for (place, tag), targets in steps.items():
        if place in "ES":
            for (_, following), score in targets.items():
                counts[_coarse(tag)][_coarse(following)] += math.exp(score)
    for (_, tag), score in first.items():
        counts[START_KIND][_coarse(tag)] += math.exp(score)
    shares: dict[str, dict[str, float]] = {}
    for kind, row in sorted(counts.items()):
        end = _NOTHING_SAID if kind == START_KIND else _END_SHARE
        total = sum(row.values())
        shares[kind] = {END_KIND: end} | {
            other: (1 - end) * value / total for other, value in sorted(row.items())
        }
    return shares
