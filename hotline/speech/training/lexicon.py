"""The words the model can hear: where they come from, how sentences are cut into them, how each is said."""

from __future__ import annotations

import functools
import logging
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import jieba

from hotline.speech.training.city import place_names
from hotline.speech.training.phones import phones_of
from hotline.speech.training.sentences import everyday_words

jieba.setLogLevel(logging.WARNING)

DIGITS = tuple("零幺一二三四五六七八九十百千万两")
_CHINESE_WORD = re.compile(r"[\u4e00-\u9fff]{1,4}")
EVERYDAY_COUNT = 2_000  # counted like a word among the five thousand most frequent
_ACOUSTIC_WORDS = 25_000


@functools.cache
def _dictionary_counts() -> dict[str, int]:
    """Words of up to four characters of the jieba dictionary that the model can say, with their counts."""
    text = Path(jieba.__file__).with_name("dict.txt").read_text(encoding="utf-8")
    counts: dict[str, int] = {}
    for line in text.splitlines():
        word, count = line.split()[:2]
        if _CHINESE_WORD.fullmatch(word):
            counts[word] = int(count)
    ranked = sorted(counts, key=lambda word: (-counts[word], word))[:_ACOUSTIC_WORDS]
    return {word: counts[word] for word in ranked if phones_of(word)}


def common_words(count: int = _ACOUSTIC_WORDS) -> list[str]:
    """The most frequent words of the language, most frequent first."""
    return list(_dictionary_counts())[:count]


def common_count(word: str) -> int:
    """How often general Chinese has the word; written text has too few of the everyday ones."""
    return max(_dictionary_counts().get(word, 0), EVERYDAY_COUNT if word in _everyday() else 0)


@functools.cache
def _everyday() -> frozenset[str]:
    return frozenset(part for word in everyday_words() for part in cut(word))


@functools.cache
def _cutter() -> jieba.Tokenizer:
    """jieba with the city's names, so that a street is one word."""
    cutter = jieba.Tokenizer()
    for name in place_names():
        cutter.add_word(name, freq=20_000)
    return cutter


def cut(sentence: str) -> list[str]:
    """The words of a sentence; a word that the model cannot say as one is cut into characters."""
    words: list[str] = []
    for word in _cutter().cut(sentence, HMM=False):
        words += [word] if phones_of(word) else [part for part in word if phones_of(part)]
    return words


def vocabulary(sentences: Iterable[list[str]], size: int) -> dict[str, tuple[str, ...]]:
    """At least `size` words with their sounds: of the sentences, everyday ones, places, then common ones."""
    seen: Counter[str] = Counter(word for sentence in sentences for word in sentence)
    everyday = [part for word in everyday_words() for part in cut(word)]
    wanted = dict.fromkeys([*sorted(seen), *DIGITS, *place_names(), *everyday])
    for word in common_words():
        if len(wanted) >= size:
            break
        wanted[word] = None
    sounds = {word: phones_of(word) for word in wanted}
    return {word: phones for word, phones in sorted(sounds.items()) if phones}
