"""Kaldi's names and numbers for sounds: each sound once for each place in a word."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from hotline.speech.training.phones import PHONES, SILENCE

Sounds = tuple[str, ...]

_POSITIONS = (("_B", "begin"), ("_E", "end"), ("_I", "internal"), ("_S", "singleton"))


@dataclass(frozen=True, slots=True)
class PositionPhones:
    """Kaldi's phones: each sound once for each place in a word, all sharing the sound's network output."""

    names: tuple[str, ...]
    outputs: tuple[int, ...]
    kinds: tuple[str, ...]


@functools.cache
def position_phones() -> PositionPhones:
    """Silence first, as phone 1; then four of every sound."""
    entries = [(SILENCE, 0, "nonword")]
    for output, phone in enumerate(PHONES[1:], 1):
        entries += [(phone + suffix, output, kind) for suffix, kind in _POSITIONS]
    names, outputs, kinds = zip(*entries, strict=True)
    return PositionPhones(names, outputs, kinds)


def transition_ids(phone: int) -> tuple[int, int]:
    """(forward, self-loop) of a phone counted from 1, each phone being one state that may be stayed in."""
    return 2 * phone, 2 * phone - 1


def positioned(sounds: Sounds) -> Sounds:
    """Kaldi's names for sounds by their place in a word: _B begin, _I inside, _E end, _S alone."""
    if len(sounds) == 1:
        return (sounds[0] + "_S",)
    return (sounds[0] + "_B", *(sound + "_I" for sound in sounds[1:-1]), sounds[-1] + "_E")
