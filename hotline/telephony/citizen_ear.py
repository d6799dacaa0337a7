"""What a citizen's telephone hears: the beep after the greeting, sound coming back, and all of it if kept."""

from __future__ import annotations

import math
from array import array

from hotline.telephony import g711

FRAME_S = 0.02
BEEP_HZ = 1000.0
_LOUD = 400  # mean magnitude of a frame (of 32768) that somebody would hear
_TONE_SHARE = 0.8  # of a frame's power at one frequency: no voice comes near it for long
_BEEP_FRAMES = 5
_BACK_FRAMES = 15  # 0.3 s of sound in a row: music or a voice, not a click


class Ear:
    """Listens to the packets of one call. Times are of the monotonic clock."""

    def __init__(self, keep: bool) -> None:
        self._keep = keep
        self._kept: list[tuple[float, bytes, int]] = []
        self._tone = 0
        self._loud = 0
        self.beep_ended_at: float | None = None
        self.sound_back_at: float | None = None  # the first lasting sound after the beep
        self.first_sound_at: float | None = None

    def frame(self, payload: bytes, codec: int, at: float) -> None:
        """One packet's sound."""
        if self._keep:
            self._kept.append((at, payload, codec))
        if self.beep_ended_at is not None and self.sound_back_at is not None:
            return
        samples = g711.decode(payload, codec)
        loud = bool(samples) and sum(map(abs, samples)) > _LOUD * len(samples)
        if loud and self.first_sound_at is None:
            self.first_sound_at = at
        if self.beep_ended_at is None:
            self._await_beep(samples, loud, at)
        else:
            self._loud = self._loud + 1 if loud else 0
            if self._loud >= _BACK_FRAMES:
                self.sound_back_at = at - _BACK_FRAMES * FRAME_S

    def _await_beep(self, samples: array[int], loud: bool, at: float) -> None:
        if loud and tone_share(samples, BEEP_HZ) > _TONE_SHARE:
            self._tone += 1
            return
        if self._tone >= _BEEP_FRAMES:
            self.beep_ended_at = at
        self._tone = 0

    def samples(self) -> array[int]:
        """All that was heard, each packet where it came in time; silence where none came."""
        out: array[int] = array("h")
        if not self._kept:
            return out
        start = self._kept[0][0]
        for at, payload, codec in self._kept:
            missing = round((at - start) * 8000) - len(out)
            if missing > 480:  # beyond jitter
                out.extend(array("h", bytes(2 * missing)))
            out.extend(g711.decode(payload, codec))
        return out


def tone_share(samples: array[int], hertz: float, rate: int = 8000) -> float:
    """How much of the power is at one frequency, 0–1 (Goertzel's filter)."""
    power = sum(sample * sample for sample in samples)
    if not power:
        return 0.0
    factor = 2 * math.cos(2 * math.pi * hertz / rate)
    one = two = 0.0
    for sample in samples:
        one, two = sample + factor * one - two, one
    return float(2 * (one * one + two * two - factor * one * two) / (len(samples) * power))
