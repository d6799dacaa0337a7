"""The rule of when the listening ends: the caller has said his sentence, or will not say one."""

from dataclasses import dataclass
from math import inf, log10

import numpy as np

from hotline.domain.courtesy import is_only_opening
from hotline.domain.heard import Reason

QUIET_DBFS = -52.0  # below this no telephone voice is understood
_FLOOR_START = -45.0
_FLOOR_RISE_DB_S = 4.0
_VOICE_OVER_FLOOR_DB = 9.0
_LONGEST_STEP_S = 0.1
_RECOGNISED_AFTER_S = 0.35  # a word is known this long after it was said


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningRules:
    """Limits in seconds. `cap_s` is the promise to the caller (rules: 8 s); the others came from trials."""

    cap_s: float = 8.0
    silence_s: float = 4.0  # no voice at all
    wordless_s: float = 6.0  # a voice, but no word understood: humming, music
    trailing_s: float = 0.8  # quiet after words
    endpoint_s: float = 0.6  # the same when the sentence is over for the recogniser
    clear_s: float = 0.45  # the same when it is clear what the call is about
    opening_s: float = 2.0  # quiet after a mere greeting
    stale_s: float = 0.9  # more than that without a new word, in a steady noise that hides the quiet


def level_dbfs(pcm: bytes) -> float:
    """Loudness of 16-bit samples against full scale, in dB; -100 for silence."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    power = float(samples @ samples) / len(samples) if len(samples) else 0.0
    return max(-100.0, 10 * log10(power / 32768**2)) if power else -100.0


class VoiceDetector:
    """Tells voice from the line's noise by level: the floor falls at once and rises slowly."""

    def __init__(
        self, *, over_db: float = _VOICE_OVER_FLOOR_DB, least: float = QUIET_DBFS, floor: float = _FLOOR_START
    ) -> None:
        self._over = over_db
        self._least = least
        self._floor = floor
        self._at: float | None = None

    def is_voice(self, level: float, at: float) -> bool:
        """`level` in dBFS of the audio that ends at `at`."""
        step = 0.0 if self._at is None else min(at - self._at, _LONGEST_STEP_S)
        self._at = at
        self._floor = min(level, self._floor + _FLOOR_RISE_DB_S * step)
        return level > max(self._least, self._floor + self._over)


class Listening:
    """Fed with levels, words and the time (seconds since the caller was connected); says when to stop."""

    def __init__(self, rules: ListeningRules) -> None:
        self._rules = rules
        self._detector = VoiceDetector()
        self._first_audio_at: float | None = None
        self._words = ""
        self._words_changed_at = 0.0
        self._sentence_over = False
        self._clear = False
        self.last_voice_at: float | None = None

    def audio(self, level: float, at: float) -> None:
        """A frame of the caller's audio, its level in dBFS."""
        if self._first_audio_at is None:
            self._first_audio_at = at
        if self._detector.is_voice(level, at):
            self.last_voice_at = at

    def words(self, words: str, *, sentence_over: bool, clear: bool, at: float) -> None:
        """All words so far; is the sentence over for the recogniser, and is its matter clear?"""
        if words != self._words:
            self._words = words
            self._words_changed_at = at
        self._sentence_over = sentence_over
        self._clear = clear

    def verdict(self, at: float) -> Reason | None:
        """Why to stop now, or None to go on listening."""
        since = at - (self._first_audio_at or 0.0)
        if not self._words:
            return self._wordless(since, at)
        patience = self._patience()
        if self._quiet_for(at) >= patience:
            return Reason.ENDPOINT
        if at - self._words_changed_at >= patience + self._rules.stale_s:
            return Reason.ENDPOINT
        return Reason.CAP if since >= self._rules.cap_s else None

    def due_s(self, at: float) -> float:
        """Seconds from `at` until the sentence is over if it stays quiet; infinite before the first word."""
        if not self._words:
            return inf
        patience = self._patience()
        stale = patience + self._rules.stale_s - (at - self._words_changed_at)
        return max(0.0, min(patience - self._quiet_for(at), stale))

    def _patience(self) -> float:
        """A pause after something that makes no sense yet is a pause for thought."""
        if self._clear:
            return self._rules.clear_s
        if is_only_opening(self._words):
            return self._rules.opening_s
        return self._rules.endpoint_s if self._sentence_over else self._rules.trailing_s

    def _wordless(self, since: float, at: float) -> Reason | None:
        quiet = self.last_voice_at is None or at - self.last_voice_at >= self._rules.trailing_s
        limit = self._rules.silence_s if quiet else self._rules.wordless_s
        return Reason.SILENCE if since >= min(limit, self._rules.cap_s) else None

    def _quiet_for(self, at: float) -> float:
        """Seconds since the last voice; a word that has just come was said a moment ago, however softly."""
        if self.last_voice_at is None:
            return at - self._words_changed_at
        return at - max(self.last_voice_at, self._words_changed_at - _RECOGNISED_AFTER_S)
