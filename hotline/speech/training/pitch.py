"""The pitch of a voice, which carries the tones: computed by Vosk's own library, as it will be later."""

from __future__ import annotations

import ctypes as c
import functools
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import vosk

from hotline.speech.pcm import TELEPHONE_RATE
from hotline.speech.training.shape import FUTURE

PITCH_FEATURES = 3  # how voiced, how high beside the second before, how fast it rises
FED = TELEPHONE_RATE // 10  # samples at once, as a call brings them
BLOCK, AHEAD = 12, FUTURE  # frames that Vosk's decoder reads at once, and that it has first

# Steps of pitch are coarser than Kaldi's own half a percent: four times as fast, and no tone is lost.
_EXTRACTION = {
    "sample-frequency": (c.c_float, TELEPHONE_RATE),
    "frame-shift": (c.c_float, 10.0),
    "frame-length": (c.c_float, 25.0),
    "preemphasis-coefficient": (c.c_float, 0.0),
    "min-f0": (c.c_float, 60.0),
    "max-f0": (c.c_float, 400.0),
    "soft-min-f0": (c.c_float, 10.0),
    "penalty-factor": (c.c_float, 0.1),
    "lowpass-cutoff": (c.c_float, 1000.0),
    "resample-frequency": (c.c_float, 4000.0),
    "delta-pitch": (c.c_float, 0.02),
    "nccf-ballast": (c.c_float, 7000.0),
    "lowpass-filter-width": (c.c_int, 1),
    "upsample-filter-width": (c.c_int, 5),
    "max-frames-latency": (c.c_int, 0),
    "frames-per-chunk": (c.c_int, 0),
    "simulate-first-pass-online": (c.c_bool, False),
    "recompute-frame": (c.c_int, 500),
    "nccf-ballast-online": (c.c_bool, False),
    "snip-edges": (c.c_bool, True),
}
_PROCESSING = {
    "pitch-scale": (c.c_float, 2.0),
    "pov-scale": (c.c_float, 2.0),
    "pov-offset": (c.c_float, 0.0),
    "delta-pitch-scale": (c.c_float, 10.0),
    "delta-pitch-noise-stddev": (c.c_float, 0.0),
    "normalization-left-context": (c.c_int, 120),
    "normalization-right-context": (c.c_int, 4),
    "delta-window": (c.c_int, 2),
    "delay": (c.c_int, 0),
    "add-pov-feature": (c.c_bool, True),
    "add-normalized-log-pitch": (c.c_bool, True),
    "add-delta-pitch": (c.c_bool, True),
    "add-raw-log-pitch": (c.c_bool, False),
}


def _written(value: float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"


PITCH_CONF = "".join(
    f"--{name}={_written(value)}\n" for name, (_, value) in (_EXTRACTION | _PROCESSING).items()
)


def _structure(options: dict[str, tuple[type, float]]) -> c.Structure:
    """The options in the order in which Kaldi's own structure has them."""
    kind = type(
        "Options", (c.Structure,), {"_fields_": [(name, kind) for name, (kind, _) in options.items()]}
    )
    return kind(*(value for _, value in options.values()))


class _Vector(c.Structure):
    _fields_ = (("data", c.c_void_p), ("dimension", c.c_int))


def _vector(values: np.ndarray) -> _Vector:
    return _Vector(values.ctypes.data, len(values))


@dataclass(frozen=True, slots=True)
class _Kaldi:
    """Kaldi's online pitch, by the names that the C++ compiler gave its parts."""

    new_pitch: c._CFuncPtr
    accept: c._CFuncPtr
    finish: c._CFuncPtr
    drop_pitch: c._CFuncPtr
    new_process: c._CFuncPtr
    ready: c._CFuncPtr
    frame: c._CFuncPtr
    drop_process: c._CFuncPtr


_NAMES = (
    ("_ZN5kaldi18OnlinePitchFeatureC1ERKNS_22PitchExtractionOptionsE", 2),
    ("_ZN5kaldi18OnlinePitchFeature14AcceptWaveformEfRKNS_10VectorBaseIfEE", 3),
    ("_ZN5kaldi18OnlinePitchFeature13InputFinishedEv", 1),
    ("_ZN5kaldi18OnlinePitchFeatureD1Ev", 1),
    ("_ZN5kaldi18OnlineProcessPitchC1ERKNS_19ProcessPitchOptionsEPNS_22OnlineFeatureInterfaceE", 3),
    ("_ZNK5kaldi18OnlineProcessPitch14NumFramesReadyEv", 1),
    ("_ZN5kaldi18OnlineProcessPitch8GetFrameEiPNS_10VectorBaseIfEE", 3),
    ("_ZN5kaldi18OnlineProcessPitchD1Ev", 1),
)


@functools.cache
def _kaldi() -> _Kaldi:
    library = c.CDLL(str(Path(vosk.__file__).with_name("libvosk.so")))
    found = [getattr(library, name) for name, _ in _NAMES]
    for function, (_, count) in zip(found, _NAMES, strict=True):
        function.argtypes = [c.c_void_p] * count
        function.restype = None
    kaldi = _Kaldi(*found)
    kaldi.accept.argtypes = [c.c_void_p, c.c_float, c.c_void_p]
    kaldi.frame.argtypes = [c.c_void_p, c.c_int, c.c_void_p]
    kaldi.ready.restype = c.c_int
    assert len(fields(kaldi)) == len(_NAMES)
    return kaldi


def pitch(sound: np.ndarray) -> np.ndarray:
    """(frames, 3) of 8 kHz sound at 16-bit scale, each as it was known when the decoder asked for it."""
    kaldi = _kaldi()
    tracker, process = c.create_string_buffer(256), c.create_string_buffer(512)
    kaldi.new_pitch(tracker, c.byref(_structure(_EXTRACTION)))
    kaldi.new_process(process, c.byref(_structure(_PROCESSING)), tracker)
    frames: list[np.ndarray] = []
    row = np.zeros(PITCH_FEATURES, np.float32)
    for start in range(0, len(sound), FED):
        piece = np.ascontiguousarray(sound[start : start + FED], np.float32)
        kaldi.accept(tracker, TELEPHONE_RATE, c.byref(_vector(piece)))
        if start + FED >= len(sound):
            kaldi.finish(tracker)
        ready = kaldi.ready(process)
        until = ready if start + FED >= len(sound) else ready - (ready - AHEAD) % BLOCK
        for index in range(len(frames), until if ready >= AHEAD + BLOCK or until == ready else 0):
            kaldi.frame(process, index, c.byref(_vector(row)))
            frames.append(row.copy())
    kaldi.drop_process(process)
    kaldi.drop_pitch(tracker)
    return np.stack(frames) if frames else np.zeros((0, PITCH_FEATURES), np.float32)
