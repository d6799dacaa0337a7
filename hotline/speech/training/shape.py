"""The shape of the acoustic network, as both its trainer and its exporter need it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CEPSTRA = 40  # MFCC coefficients of a frame
FEATURES = CEPSTRA + 3  # and its pitch

# Which frames (each 10 ms) a layer sees of the one below. From the third layer on all offsets are multiples
# of three, so the second needs to be computed on every third frame only.
# Each frame to come makes every word 10 ms later on the screen: hence less of the future than of the past.
OFFSETS = ((-2, -1, 0, 1, 2), (-1, 0, 1), (-3, 0, 3), (-3, 0, 3), (-6, 0, 3), (-6, -3, 0))
PAST = -sum(min(offsets) for offsets in OFFSETS)  # frames
FUTURE = sum(max(offsets) for offsets in OFFSETS)  # frames
SUBSAMPLING = 3  # Vosk's own constant: it takes an output frame for 30 ms
SUBSAMPLED_LAYER = 1


@dataclass(frozen=True, slots=True)
class Affine:
    """A layer as Kaldi takes it: the frames it reads and one matrix with everything folded in."""

    offsets: tuple[int, ...]
    weights: np.ndarray
    bias: np.ndarray
