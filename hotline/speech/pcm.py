"""Plain 16-bit mono sound: WAV files in and out, resampling and levels, with the standard library only."""

from __future__ import annotations

import functools
import math
import sys
import wave
from array import array
from operator import mul
from pathlib import Path

TELEPHONE_RATE = 8000
_HALF_WIDTH = 16  # zero crossings of the low-pass kept on each side: 60 dB down is enough for a telephone


def read_wav(path: Path) -> tuple[array[int], int]:
    """Samples and rate of a mono 16-bit WAV file; ValueError for any other kind."""
    with wave.open(str(path), "rb") as source:
        if source.getnchannels() != 1 or source.getsampwidth() != 2:
            raise ValueError(f"{path.name}: not mono 16-bit")
        # A program that writes to a pipe does not know the length it promises in the header.
        frames = source.readframes(source.getnframes())
        samples = array("h", frames[: len(frames) // 2 * 2])
        if sys.byteorder == "big":
            samples.byteswap()
        return samples, source.getframerate()


def write_wav(path: Path, samples: array[int], rate: int = TELEPHONE_RATE) -> None:
    """Write mono 16-bit samples."""
    data = array("h", samples)
    if sys.byteorder == "big":
        data.byteswap()
    with wave.open(str(path), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(rate)
        target.writeframes(data.tobytes())


def silence(seconds: float, rate: int = TELEPHONE_RATE) -> array[int]:
    """That many seconds of zeros."""
    return array("h", bytes(2 * round(seconds * rate)))


def clip(value: float) -> int:
    """The nearest 16-bit sample."""
    return max(-32768, min(32767, round(value)))


def decibels(ratio: float) -> float:
    """20 log10, with a floor for zero."""
    return 20 * math.log10(max(ratio, 1e-9))


def rms_dbfs(samples: array[int]) -> float:
    """Root mean square against full scale, in dB."""
    if not samples:
        return decibels(0.0)
    return decibels(math.sqrt(sum(x * x for x in samples) / len(samples)) / 32768)


def peak_dbfs(samples: array[int]) -> float:
    """Largest magnitude against full scale, in dB."""
    return decibels(max((abs(x) for x in samples), default=0) / 32768)


@functools.lru_cache(maxsize=4)
def _phases(up: int, down: int) -> tuple[int, list[list[float]]]:
    """Taps before the centre, and one row of low-pass taps for each of the `up` positions between samples."""
    cutoff = min(1.0, up / down) * 0.95
    reach = math.ceil(_HALF_WIDTH / cutoff)
    rows: list[list[float]] = []
    for phase in range(up):
        row = []
        for tap in range(-reach, reach + 1):
            t = tap - phase / up
            sinc = 1.0 if t == 0 else math.sin(math.pi * cutoff * t) / (math.pi * cutoff * t)
            window = 0.5 + 0.5 * math.cos(math.pi * max(-1.0, min(1.0, t / (reach + 1))))
            row.append(cutoff * sinc * window)
        total = sum(row)
        rows.append([value / total for value in row])
    return reach, rows


def resample(samples: array[int], source_rate: int, target_rate: int = TELEPHONE_RATE) -> array[int]:
    """Windowed-sinc resampling between any two whole rates."""
    if source_rate == target_rate or not samples:
        return array("h", samples)
    common = math.gcd(source_rate, target_rate)
    up, down = target_rate // common, source_rate // common
    reach, rows = _phases(up, down)
    padded = [0] * reach + samples.tolist() + [0] * (reach + 1)
    out = array("h")
    width = 2 * reach + 1
    for n in range(len(samples) * up // down):
        centre, phase = divmod(n * down, up)
        out.append(clip(sum(map(mul, padded[centre : centre + width], rows[phase]))))
    return out
