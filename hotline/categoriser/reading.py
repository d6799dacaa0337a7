"""Reads Chinese characters aloud, as pinyin without tones."""

import functools
import re

from pypinyin import Style, lazy_pinyin
from pypinyin.contrib.tone_convert import to_normal
from pypinyin.pinyin_dict import pinyin_dict

from hotline.domain.gazetteer import Sound, sounds_of

_LEVEL_ONE = range(0xB0, 0xD8)  # GB 2312 keeps the 3,755 characters in everyday use in these rows
_CHINESE = re.compile(r"[\u3400-\u9fff]")


def syllables(text: str) -> list[str]:
    """One a character, as read in context; what is no Chinese character stands for itself."""
    return list(lazy_pinyin(text, style=Style.NORMAL, errors=_one_by_one, v_to_u=False))  # type: ignore[arg-type]


def _one_by_one(other: str) -> list[str]:
    return list(other)


def sounds(text: str) -> tuple[Sound, ...]:
    """The Chinese characters of a text with their sounds, for the gazetteer."""
    chinese = "".join(_CHINESE.findall(text))
    return sounds_of(chinese, syllables(chinese))


def commonest(char_code: int) -> str:
    """The syllable that a character has in most words."""
    return str(to_normal(pinyin_dict[char_code].split(",")[0]))


@functools.cache
def everyday_characters() -> dict[str, str]:
    """Syllable → the everyday characters that sound so."""
    by_sound: dict[str, str] = {}
    for row in _LEVEL_ONE:
        for cell in range(0xA1, 0xFF):
            char = bytes((row, cell)).decode("gb2312", errors="ignore")
            if char:
                sound = commonest(ord(char))
                by_sound[sound] = by_sound.get(sound, "") + char
    return by_sound
