"""What G.711, the code of every telephone line, leaves of a sample."""

from __future__ import annotations

import numpy as np


def _mulaw_levels() -> np.ndarray:
    """The 255 different values that G.711 mu-law can carry, at 16-bit scale."""
    codes = np.arange(128)
    magnitude = (((codes & 15) * 2 + 33) << (codes >> 4)) - 33
    return np.unique(np.concatenate([-magnitude, magnitude])) * 4.0


def _alaw_levels() -> np.ndarray:
    """The 256 values of G.711 A-law, at 16-bit scale."""
    codes = np.arange(128)
    segment, step = codes >> 4, codes & 15
    magnitude = np.where(segment == 0, step * 2 + 1, (step * 2 + 33) << np.maximum(segment - 1, 0))
    return np.unique(np.concatenate([-magnitude, magnitude])) * 8.0


MULAW_LEVELS = _mulaw_levels()
ALAW_LEVELS = _alaw_levels()


def companded(sound: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Each sample moved to the nearest level of the code."""
    middles = (levels[1:] + levels[:-1]) / 2
    return levels[np.searchsorted(middles, sound)]
