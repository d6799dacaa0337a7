"""Pitch comes out of Vosk's own library: rising, falling, absent, and for any length of sound."""

from __future__ import annotations

import numpy as np
import pytest

from hotline.speech.training.pitch import PITCH_CONF, pitch

RATE = 8000


def voice(start_hertz: float, end_hertz: float, seconds: float = 1.0) -> np.ndarray:
    """A buzz whose pitch moves evenly."""
    hertz = np.linspace(start_hertz, end_hertz, int(RATE * seconds))
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    return sum(np.sin(harmonic * phase) / harmonic for harmonic in range(1, 12)) * 3000


@pytest.mark.parametrize("middle", [100.0, 160.0, 250.0])
def test_a_rising_voice_rises_and_a_falling_one_falls(middle: float) -> None:
    rising = pitch(voice(0.8 * middle, 1.25 * middle))[20:80, 2]
    falling = pitch(voice(1.25 * middle, 0.8 * middle))[20:80, 2]
    level = pitch(voice(middle, middle))[20:80, 2]
    assert rising.mean() > 0.02 > abs(level.mean())
    assert falling.mean() < -0.02


def test_a_voice_is_more_voiced_than_noise() -> None:
    noise = np.random.default_rng(1).standard_normal(RATE) * 1000
    assert abs(pitch(voice(150, 150))[20:80, 0].mean() - pitch(noise)[20:80, 0].mean()) > 0.3


@pytest.mark.parametrize(
    ("samples", "frames"), [(0, 0), (1, 0), (200, 1), (800, 8), (801, 8), (8000, 98), (12345, 152)]
)
def test_one_frame_each_ten_milliseconds(samples: int, frames: int) -> None:
    assert pitch(np.zeros(samples)).shape == (frames, 3)


def test_the_same_sound_has_the_same_pitch_again() -> None:
    sound = voice(120, 180) + np.random.default_rng(2).standard_normal(RATE) * 300
    assert np.array_equal(pitch(sound), pitch(sound))
    assert np.isfinite(pitch(sound)).all()


def test_the_settings_are_written_as_kaldi_reads_them() -> None:
    lines = PITCH_CONF.splitlines()
    assert all(line.startswith("--") and line.count("=") == 1 and " " not in line for line in lines)
    assert {"--sample-frequency=8000", "--snip-edges=true", "--delta-pitch-noise-stddev=0"} <= set(lines)
