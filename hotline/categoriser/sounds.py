"""How characters sound, as one table of numbers."""

import functools
import sys

import numpy as np
from numpy.typing import NDArray
from pypinyin.pinyin_dict import pinyin_dict

from hotline.categoriser.reading import commonest
from hotline.domain.dialect import folded


@functools.cache
def sound_table() -> NDArray[np.int32]:
    """Code point → number of its folded syllable; what is no Chinese character keeps a number of its own.

    A character has the same number in every text: its commonest reading. Reading in context takes
    milliseconds a message, and the same character is learned and looked up in the same way.
    """
    table = np.arange(sys.maxunicode + 1, dtype=np.int32)
    numbers: dict[str, int] = {}
    for code in sorted(pinyin_dict):
        table[code] = sys.maxunicode + 1 + numbers.setdefault(folded(commonest(code)), len(numbers))
    return table
