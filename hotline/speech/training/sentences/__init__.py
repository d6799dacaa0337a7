"""Sentences of the hotline's own: from a grammar to train with, and written apart from it to measure with."""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Sequence
from pathlib import Path

from hotline.speech.training.city import place_names, topics

FOLDER = Path(__file__).resolve().parent
ALIKE = 6  # characters in a row
TOLD_WEIGHT = 10  # times each told sentence counts beside those that the grammar makes
DRAWS = 400  # times each kind of sentence is drawn
_SLOT = re.compile(r"\[([A-Z_]+)\]")

Grammar = dict[str, list[str]]


def read_grammar(text: str) -> tuple[Grammar, list[str]]:
    """Slots and kinds of sentence; ValueError names the first line that is neither."""
    slots: Grammar = {}
    kinds: list[str] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        name, colon, rest = line.partition(":")
        if line.startswith("+"):
            kinds.append(line[1:].strip())
        elif colon and re.fullmatch("[A-Z_]+", name):
            slots.setdefault(name, []).extend(choice.strip() for choice in rest.split("|"))
        else:
            raise ValueError(f"line {number}: neither a slot nor a sentence: {line[:40]}")
    return slots, kinds


def city_slots() -> Grammar:
    """The slots that the city's own files fill."""
    listed = topics()["topic"]
    return {
        "PLACE": list(place_names()),
        "EXAMPLE": [example for topic in listed for example in topic["examples"]],
        "WORD": list(dict.fromkeys(word for topic in listed for word in topic["words"])),
        "TOPIC": [topic["name"] for topic in listed],
        "UNIT": list(dict.fromkeys(topic["unit"] for topic in listed)),
        "URGENT": [word for entry in topics()["urgency"] for word in entry["words"]],
    }


def expand(kind: str, slots: Grammar, chooser: random.Random) -> str:
    """One sentence of a kind, with every slot filled at random."""
    while found := _SLOT.search(kind):
        kind = kind[: found.start()] + chooser.choice(slots[found[1]]) + kind[found.end() :]
    return kind


@functools.cache
def training_sentences() -> tuple[str, ...]:
    """All sentences to learn from, each once, in a fixed order; none of the measured ones is among them."""
    slots, kinds = read_grammar((FOLDER / "grammar.txt").read_text(encoding="utf-8"))
    slots |= city_slots()
    chooser = random.Random(12341)
    drawn = [slots["WORD"], slots["EXAMPLE"], slots["PLACE"], slots["URGENT"]]
    drawn.append(list(told_sentences()))
    drawn += [[expand(kind, slots, chooser) for _ in range(DRAWS)] for kind in kinds]
    measured = {*tuning_sentences(), *development_sentences(), *held_out_sentences(), *free_sentences()}
    unique = dict.fromkeys(sentence for part in drawn for sentence in part)
    return tuple(sentence for sentence in unique if sentence not in measured)


def _lines(name: str) -> tuple[str, ...]:
    return tuple((FOLDER / name).read_text(encoding="utf-8").split())


@functools.cache
def told_sentences() -> tuple[str, ...]:
    """Sentences as people tell a matter, which no grammar made; without those too near to measured ones."""
    told, measured = (*spoken_sentences(), *_lines("told.txt")), (*free_sentences(), *development_sentences())
    return tuple(sentence for sentence in told if not _resembles(sentence, measured))


def _resembles(sentence: str, measured: Sequence[str]) -> bool:
    """Whether it has as many as six characters in a row with a measured sentence: too near to learn from."""
    pieces = [sentence[start : start + ALIKE] for start in range(len(sentence) - ALIKE + 1)]
    return any(piece in other for piece in pieces for other in measured)


def spoken_sentences() -> tuple[str, ...]:
    """Those of them that the network is trained with too: changing this list means training anew."""
    return _lines("spoken.txt")


def everyday_words() -> tuple[str, ...]:
    """Words that any matter may be told with; general text is written and lacks many of them."""
    text = (FOLDER / "everyday.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return tuple(dict.fromkeys(word for line in lines for word in line.split()))


def tuning_sentences() -> tuple[str, ...]:
    """Sentences by which settings may be chosen, so that the measured ones stay unseen."""
    return _lines("tuning.txt")


def development_sentences() -> tuple[str, ...]:
    """Free sentences by which settings may be chosen; about other things than the measured ones."""
    return _lines("development.txt")


def held_out_sentences() -> tuple[str, ...]:
    """Sentences about the hotline's own topics that training never sees."""
    return _lines("held_out.txt")


def free_sentences() -> tuple[str, ...]:
    """Sentences as citizens speak, without regard to the grammar or the vocabulary."""
    return _lines("free.txt")
