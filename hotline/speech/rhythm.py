"""When a model hears: Kaldi decodes in chunks of frames, and audio between two of them changes nothing.

A recogniser that is fed exactly when a chunk is complete answers as soon as one that is fed all the time,
for a fifth less work. How long a chunk is, and how far a model looks ahead, stands in its files.
"""

import math
import mmap
import re
import struct
from dataclasses import dataclass
from pathlib import Path

from hotline.speech.frames import SAMPLE_RATE

FRAME_MS = 10.0
_WINDOW_MS = 25.0
_SUBSAMPLING = 3  # Kaldi rounds a chunk up to it
_USUAL_CHUNK = 20  # frames, where the model does not say
_USUAL_AHEAD = 30
_RESAMPLED_MS = 10.0  # a model of another sampling rate has its audio a little later
_STEP_MS = 20.0  # audio comes in pieces of so much
_BYTES_MS = SAMPLE_RATE * 2 // 1000
_AHEAD = b"<RightContext> \x04"  # a number of four bytes follows
_OPTION = re.compile(r"^--([a-z0-9-]+)=(\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """In bytes of audio: the first chunk is complete with `first`, and another with each `every` after it."""

    first: int
    every: int

    def heard(self, count: int) -> int:
        """How much of `count` a recogniser can make something of."""
        return 0 if count < self.first else count - (count - self.first) % self.every

    def missing_s(self, count: int) -> float:
        """Seconds of audio until the next chunk is complete."""
        left = self.first - count if count < self.first else self.every - (count - self.first) % self.every
        return left / (_BYTES_MS * 1000)


def rhythm_of(model: Path) -> Rhythm:
    """From the files of a model; what they do not say is taken as usual. Never raises."""
    model_conf, mfcc, pitch = (_options(model, name) for name in ("model.conf", "mfcc.conf", "pitch.conf"))
    chunk = _number(model_conf, "frames-per-chunk", _USUAL_CHUNK)
    chunk = _SUBSAMPLING * math.ceil(max(1.0, chunk) / _SUBSAMPLING)
    first_ms = (chunk + _ahead(model) - 1) * FRAME_MS + _WINDOW_MS
    if pitch:
        first_ms += _number(pitch, "normalization-right-context", 75) * FRAME_MS + _lag_ms(pitch)
    if _number(mfcc, "sample-frequency", 16_000) != SAMPLE_RATE:
        first_ms += _RESAMPLED_MS
    first_ms = _STEP_MS * math.ceil(first_ms / _STEP_MS)
    return Rhythm(first=round(first_ms * _BYTES_MS), every=round(chunk * FRAME_MS * _BYTES_MS))


def _lag_ms(pitch: dict[str, str]) -> float:
    """What the pitch of a frame needs beyond the window: the longest period of a voice, and its filter."""
    rate = _number(pitch, "resample-frequency", 4000)
    period = 1 / max(1.0, _number(pitch, "min-f0", 50))
    taps = _number(pitch, "upsample-filter-width", 5) / (2 * max(1.0, rate))
    low = _number(pitch, "lowpass-filter-width", 1) / (2 * max(1.0, _number(pitch, "lowpass-cutoff", 1000)))
    return 1000 * (period + taps + low)


def _ahead(model: Path) -> int:
    """Frames that the network looks ahead."""
    for place in (model / "am" / "final.mdl", model / "final.mdl"):
        try:
            with place.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                at = data.find(_AHEAD)
                if at >= 0:
                    (frames,) = struct.unpack("<i", data[at + len(_AHEAD) : at + len(_AHEAD) + 4])
                    return min(max(int(frames), 0), 200)
        except (OSError, ValueError, struct.error):
            continue
    return _USUAL_AHEAD


def _options(model: Path, name: str) -> dict[str, str]:
    for place in (model / "conf" / name, model / name):
        try:
            return dict(_OPTION.findall(place.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue
    return {}


def _number(options: dict[str, str], name: str, usual: float) -> float:
    try:
        found = float(options[name])
    except (KeyError, ValueError):
        return usual
    return min(found, 100_000.0) if found > 0 else usual
