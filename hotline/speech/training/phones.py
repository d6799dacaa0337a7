"""The sounds the model knows: initials of Mandarin syllables, finals each in five tones, and silence."""

from __future__ import annotations

import functools

from pypinyin import Style, lazy_pinyin
from pypinyin.contrib.tone_convert import to_finals, to_initials, to_normal

SILENCE = "SIL"
_INITIALS = "b p m f d t n l g k h j q x zh ch sh r z c s"
_FINALS = (
    "a o e ai ei ao ou an en ang eng er i ii iii ia ie iao iou ian in iang ing iong "
    "u ua uo uai uei uan uen uang ueng ong v ve van vn"
)
INITIALS, FINALS = tuple(_INITIALS.split()), tuple(_FINALS.split())
TONES = "12345"  # 5 is the neutral one
# The place in this tuple is the sound's number in the network's output.
PHONES = (SILENCE, *INITIALS, *(final + tone for final in FINALS for tone in TONES))
PHONE_ID = {phone: number for number, phone in enumerate(PHONES)}

# pypinyin writes these in two ways; ii is the vowel of zi, iii that of zhi.
_SAME_FINAL = {"io": "iou", "ê": "ie"}
_BUZZING = {"z": "ii", "c": "ii", "s": "ii", "zh": "iii", "ch": "iii", "sh": "iii", "r": "iii"}


@functools.cache
def phones_of_syllable(syllable: str) -> tuple[str, ...] | None:
    """[initial,] final with its tone (of `shui` the neutral one); None when it is not Mandarin."""
    tone = syllable[-1] if syllable and syllable[-1] in TONES else "5"
    plain = syllable.rstrip(TONES).replace("ü", "v").replace("u:", "v")
    initial = to_initials(plain, strict=True)
    final = to_finals(plain, strict=True, v_to_u=False)
    final = _SAME_FINAL.get(final, final)
    if final == "i":
        final = _BUZZING.get(initial, final)
    if final not in FINALS or (initial and initial not in INITIALS):
        return None
    return (initial, final + tone) if initial else (final + tone,)


def syllables_of(text: str) -> list[str]:
    """Tone-numbered pinyin of Chinese text; what is not Chinese is left out."""
    return list(lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore"))


def phones_of(word: str) -> tuple[str, ...] | None:
    """The sounds of a written word; None when a syllable is not in the model's inventory."""
    sounds: list[str] = []
    syllables = syllables_of(word)
    if len(syllables) != len(word):
        return None
    for syllable in syllables:
        parts = phones_of_syllable(syllable)
        if parts is None:
            return None
        sounds += parts
    return tuple(sounds) or None


@functools.cache
def all_syllables() -> tuple[str, ...]:
    """Every toneless syllable of the language that the inventory can write."""
    from pypinyin.constants import PINYIN_DICT

    readings = {reading for entry in PINYIN_DICT.values() for reading in entry.split(",")}
    plain = {to_normal(reading, v_to_u=False) for reading in readings}
    return tuple(sorted(syllable for syllable in plain if syllable and phones_of_syllable(syllable)))
