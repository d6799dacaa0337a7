"""How well and how fast a model hears: character errors and speed on any WAV files with their words."""

import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np

from hotline.domain.errors import Invalid
from hotline.speech.frames import SAMPLE_RATE
from hotline.telephony.citizen_wav import read_wav

MOST_LINES = 100_000
MOST_SECONDS = 3600
MOST_BYTES = 1_000_000_000
_NOT_SAID = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Clip:
    """A sound and what was said in it; `problem` says why nobody knows that."""

    path: Path
    words: str
    problem: str = ""


def clips_of(source: Path) -> list[Clip]:
    """WAV files with a .txt beside each, or a file of `path<TAB>words`. Raises Invalid, naming the line."""
    if source.is_dir():
        found = sorted(path for path in source.rglob("*") if path.suffix.lower() == ".wav")
        clips = [_with_text(path) for path in found if path.with_suffix(".txt").is_file()]
        if not clips:
            raise Invalid(f"{source} holds no WAV file with its words in a .txt beside it")
        return clips
    lines = _text(source).splitlines()
    if len(lines) > MOST_LINES:
        raise Invalid(f"{source.name}: more than {MOST_LINES} lines")
    clips = [_clip(source, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not clips:
        raise Invalid(f"{source.name} is empty")
    return clips


def _with_text(path: Path) -> Clip:
    try:
        return Clip(path, _text(path.with_suffix(".txt")))
    except Invalid as problem:
        return Clip(path, "", str(problem))


def _clip(source: Path, number: int, line: str) -> Clip:
    name, tab, words = line.partition("\t")
    if not tab:
        raise Invalid(f"{source.name}, line {number}: not a path, a tab and the words")
    path = source.parent / name
    for candidate in (path, path.with_name(path.name + ".wav")):
        if candidate.is_file():
            return Clip(candidate, words.split("\t")[0])
    raise Invalid(f"{source.name}, line {number}: there is no such file")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise Invalid(f"{path.name} cannot be read as UTF-8 text: {type(problem).__name__}") from None


def samples_of(path: Path) -> bytes:
    """8 kHz mono 16-bit samples of a WAV file of any kind and rate. Raises Invalid."""
    sound, rate = read_wav(path, longest_s=MOST_SECONDS, largest=MOST_BYTES)
    mono = np.array(sound, dtype=np.float64)
    if rate != SAMPLE_RATE:
        from scipy.signal import resample_poly

        common = gcd(SAMPLE_RATE, rate)
        mono = resample_poly(mono, SAMPLE_RATE // common, rate // common)
    return bytes(np.clip(np.round(mono), -32768, 32767).astype("<i2").tobytes())


def measure(model: Any, make: Callable[..., Any], clips: Sequence[Clip]) -> dict[str, Any]:
    """`cer` in per cent of all characters said; `speed` is seconds of sound heard in a second.

    `refused` says which clips could not be read, and why. Raises Invalid where none could.
    """
    said = wrong = 0
    sound_s = spent_s = 0.0
    refused: list[str] = []
    for clip in clips:
        try:
            pcm, words = _readable(clip), plain(clip.words)
        except Invalid as problem:
            refused.append(str(problem))
            continue
        began = time.process_time()
        heard = plain(_heard(make(model, SAMPLE_RATE), pcm))
        spent_s += time.process_time() - began
        sound_s += len(pcm) / 2 / SAMPLE_RATE
        said += len(words)
        wrong += distance(words, heard)
    if len(refused) == len(clips):
        raise Invalid(f"none of the clips can be read: {refused[0]}")
    if not said:
        raise Invalid("none of the texts holds a word")
    return {
        "clips": len(clips) - len(refused),
        "seconds": round(sound_s, 1),
        "characters": said,
        "cer": round(100 * wrong / said, 2),
        "speed": round(sound_s / max(spent_s, 1e-6), 1),
        "refused": refused,
    }


def _readable(clip: Clip) -> bytes:
    if clip.problem:
        raise Invalid(clip.problem)
    return samples_of(clip.path)


def _heard(recogniser: Any, pcm: bytes) -> str:
    texts = []
    for start in range(0, len(pcm), 3_200):
        if recogniser.AcceptWaveform(pcm[start : start + 3_200]):
            texts.append(json.loads(recogniser.Result())["text"])
    texts.append(json.loads(recogniser.FinalResult())["text"])
    words = " ".join(texts).split()
    return "".join(word for word in words if word[0] not in "[<")


def plain(text: str) -> str:
    """Only what is said: no blanks, no punctuation, Latin letters small."""
    return _NOT_SAID.sub("", text).lower()


def distance(said: str, heard: str) -> int:
    """The fewest characters to change, add or leave out."""
    row = list(range(len(heard) + 1))
    for i, one in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (one != other))
    return row[-1]
