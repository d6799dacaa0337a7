"""Which audio is worth recognising: a voice, a little before it, and enough after it for its sentence to end.

What a recogniser makes of a line on which nobody speaks is nothing at best, and costs as much as speech;
plain zeros, which a muted telephone sends, cost it twenty times as much.
"""

from collections import deque

import numpy as np

from hotline.speech.frames import FRAME_BYTES, SAMPLE_RATE
from hotline.speech.listening import VoiceDetector

BEFORE_FRAMES = 20  # 0.4 s: a soft consonant begins before the level tells of it
AFTER_S = 1.1  # the recogniser needs up to 1.0 s of quiet to be sure of the end
AFTER_SENTENCE_S = 0.3  # once it is
_OVER_FLOOR_DB = 4.0  # much less than what counts as a voice elsewhere: who is in doubt is heard
_LEAST_DBFS = -62.0
_FLOOR_START = -66.0
_MUTE_DBFS = -88.0  # less than one bit
_MISSING_S = 0.2  # nothing has come for so long: the telephone sends nothing in pauses, or the net lost it
_HISS = np.random.default_rng(12341).integers(-1, 2, FRAME_BYTES // 2).astype("<i2").tobytes()


class Gate:
    """Fed with all frames in their order; gives back those to recognise."""

    def __init__(self) -> None:
        self._detector = VoiceDetector(over_db=_OVER_FLOOR_DB, least=_LEAST_DBFS, floor=_FLOOR_START)
        self._before: deque[bytes] = deque(maxlen=BEFORE_FRAMES)
        self._voice_at: float | None = None
        self._at = 0.0

    def let_through(self, pcm: bytes, level: float, at: float, *, sentence_over: bool) -> bytes:
        """What to recognise now that a frame of this level (dBFS) has come at `at` (seconds)."""
        self._at = at
        if level < _MUTE_DBFS:
            pcm = _hiss(len(pcm))
        if self._detector.is_voice(level, at):
            self._voice_at = at
        after = AFTER_SENTENCE_S if sentence_over else AFTER_S
        if self._voice_at is None or at - self._voice_at > after:
            self._before.append(pcm)
            return b""
        if not self._before:
            return pcm
        held = b"".join(self._before)
        self._before.clear()
        return held + pcm

    def fill(self, at: float) -> bytes:
        """The quiet that a telephone does not send, so that the recogniser learns that a word is over."""
        if self._voice_at is None or at - self._at < _MISSING_S or self._at - self._voice_at > AFTER_S:
            return b""
        missing = round((at - self._at) * SAMPLE_RATE)
        self._at = at
        return _hiss(2 * missing)


def _hiss(count: int) -> bytes:
    return (_HISS * (count // FRAME_BYTES + 1))[:count]
