"""Sounds of Mandarin that many callers do not tell apart; a syllable is pinyin without its tone."""

import re

_FLAT = (
    (re.compile("^([zcs])h"), r"\1"),  # zh/z, ch/c, sh/s
    (re.compile("^l"), "n"),  # n/l
    (re.compile("ng$"), "n"),  # -ng/-n
)
# hu- before a vowel is f- there: hui/fei, huan/fan, hun/fen; hong is heard as feng.
_BREATH = (
    (re.compile("^hong$"), "feng"),
    (re.compile("^hui$"), "fei"),
    (re.compile("^hun$"), "fen"),
    (re.compile("^hu(?=[ao])"), "f"),
    (re.compile("^hu$"), "fu"),
)


def folded(syllable: str, *, breath: bool = False) -> str:
    """The syllable that stands for all that sound near it; `breath` also takes f and hu- for one."""
    for pattern, replacement in (*(_BREATH if breath else ()), *_FLAT):
        syllable = pattern.sub(replacement, syllable)
    return syllable
