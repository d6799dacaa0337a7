"""What happens to a voice on its way to the hotline: room, handset, noise, band, code, lost packets."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from hotline.speech.pcm import TELEPHONE_RATE
from hotline.speech.training.g711 import ALAW_LEVELS, MULAW_LEVELS, companded

FULL_SCALE = 32768.0
NOISES = ("white", "pink", "brown", "hum", "babble")


def power(sound: np.ndarray) -> float:
    """Root mean square, never quite zero."""
    return float(np.sqrt(np.mean(sound**2))) + 1e-9


def speech_power(sound: np.ndarray) -> float:
    """Power of the parts in which somebody speaks: 20 ms pieces within 30 dB of the loudest."""
    piece = TELEPHONE_RATE // 50
    pieces = sound[: len(sound) // piece * piece].reshape(-1, piece)
    powers = np.sqrt(np.mean(pieces**2, axis=1))
    return (
        power(pieces[powers > powers.max() * 10 ** (-30 / 20)])
        if len(pieces) and powers.max()
        else power(sound)
    )


def noise(count: int, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Noise of unit power."""
    white = rng.standard_normal(count)
    if kind == "pink":
        white = lfilter(
            [0.049922, -0.095993, 0.050612, -0.004408], [1, -2.494956, 2.017265, -0.522189], white
        )
    elif kind == "brown":
        white = lfilter([1], [1, -0.98], white)
    elif kind == "hum":
        time = np.arange(count) / TELEPHONE_RATE
        white = 0.1 * white
        for harmonic in range(1, 8):
            white += np.sin(2 * np.pi * 50 * harmonic * time + rng.uniform(0, 6)) / harmonic
    return white / power(white)


def babble(count: int, voices: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Several other voices at once, of unit power."""
    mixed = np.zeros(count)
    for _ in range(rng.integers(2, 6)):
        voice = voices[rng.integers(len(voices))]
        mixed += np.resize(np.roll(voice, rng.integers(len(voice))), count)
    return mixed / power(mixed)


def room(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A short decaying echo."""
    length = int(TELEPHONE_RATE * rng.uniform(0.05, 0.25))
    tail = rng.standard_normal(length) * np.exp(-np.arange(length) / (length / 6.9))
    tail *= rng.uniform(0.05, 0.35) / np.sqrt((tail**2).sum())
    tail[0] = 1.0
    return fftconvolve(sound, tail)[: len(sound)]


def handset(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A tilt of the spectrum and one resonance, each in some calls."""
    if rng.random() < 0.6:
        sound = lfilter([1, -rng.uniform(-0.6, 0.6)], [1], sound)
    if rng.random() < 0.5:
        gain = 10 ** (rng.uniform(-8, 8) / 40)
        omega = 2 * np.pi * rng.uniform(300, 3200) / TELEPHONE_RATE
        alpha, cosine = np.sin(omega) / 2 / rng.uniform(0.7, 3), np.cos(omega)
        above = [1 + alpha * gain, -2 * cosine, 1 - alpha * gain]
        below = [1 + alpha / gain, -2 * cosine, 1 - alpha / gain]
        sound = lfilter(above, below, sound)
    return sound


def line(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The telephone's band, its code, and now and then a lost packet."""
    if rng.random() < 0.85:
        band = [rng.uniform(150, 350), rng.uniform(3000, 3800)]
        sound = sosfilt(butter(int(rng.integers(2, 5)), band, "band", fs=TELEPHONE_RATE, output="sos"), sound)
    sound = np.clip(sound, -FULL_SCALE, FULL_SCALE - 1)
    code = rng.random()
    if code < 0.35:
        sound = companded(sound, MULAW_LEVELS)
    elif code < 0.8:
        sound = companded(sound, ALAW_LEVELS)
    if rng.random() < 0.08:
        sound = np.array(sound)
        for _ in range(rng.integers(1, 4)):
            start = rng.integers(0, max(1, len(sound) - 160))
            sound[start : start + 160] = 0
    return np.round(sound)


def call(
    sound: np.ndarray, rng: np.random.Generator, voices: list[np.ndarray], snr_db: float | None = None
) -> np.ndarray:
    """A voice as the hotline receives it; `snr_db` fixes the noise instead of drawing it."""
    if rng.random() < 0.35:
        sound = room(sound, rng)
    sound = handset(sound, rng)
    target = 10 ** (rng.uniform(-38, -14) / 20) * FULL_SCALE
    sound = sound * (target / speech_power(sound))
    if snr_db is not None or rng.random() < 0.85:
        kind = str(rng.choice(NOISES))
        ratio = rng.triangular(3, 12, 30) if snr_db is None else snr_db
        if kind == "babble" and voices:
            ratio = max(ratio, 10)
            sound = sound + babble(len(sound), voices, rng) * target * 10 ** (-ratio / 20)
        else:
            kind = "white" if kind == "babble" else kind
            sound = sound + noise(len(sound), kind, rng) * target * 10 ** (-ratio / 20)
    return line(sound, rng)


def no_speech(rng: np.random.Generator) -> np.ndarray:
    """A line on which nobody speaks: noise, tones, keys, clicks, or nothing at all."""
    count = int(TELEPHONE_RATE * rng.uniform(1.0, 4.0))
    time = np.arange(count) / TELEPHONE_RATE
    kind = rng.integers(0, 6)
    if kind == 0:
        sound = np.zeros(count)
    elif kind == 1:  # one or two steady tones, as of a key or a ringing line
        sound = sum(np.sin(2 * np.pi * hertz * time) for hertz in rng.uniform(300, 1700, rng.integers(1, 3)))
        sound = sound * (np.sin(2 * np.pi * rng.uniform(0.2, 4) * time) > rng.uniform(-1, 0.5))
    elif kind == 2:  # clicks
        sound = (rng.random(count) < 0.0005) * rng.standard_normal(count) * 8
    else:
        sound = noise(count, NOISES[rng.integers(0, 4)], rng)
        sound = sound * (1 + 0.8 * np.sin(2 * np.pi * rng.uniform(0.1, 2) * time))
    return line(sound * 10 ** (rng.uniform(-60, -16) / 20) * FULL_SCALE, rng)
