"""Reads the WAV files people have: 8 to 32 bit PCM or telephone codecs, any channels, any rate."""

from __future__ import annotations

import struct
import sys
from array import array
from dataclasses import dataclass
from pathlib import Path

from hotline.domain.errors import Invalid
from hotline.telephony import g711

LARGEST = 64 * 1024 * 1024
LONGEST_S = 120
_PCM, _A_LAW, _MU_LAW, _EXTENSIBLE = 1, 6, 7, 0xFFFE
_FORMAT = struct.Struct("<HHIIHH")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Format:
    kind: int
    channels: int
    rate: int
    bits: int


def read_wav(path: Path, longest_s: int = LONGEST_S, largest: int = LARGEST) -> tuple[array[int], int]:
    """The sound as one channel of 16-bit samples, and its rate; Invalid says what is wrong with the file."""
    try:
        if path.stat().st_size > largest:
            raise Invalid(f"{path.name} is larger than {largest // 1024 // 1024} MB")
        data = path.read_bytes()
    except OSError as problem:
        raise Invalid(f"{path.name} cannot be read: {problem.strerror}") from None
    form, sound = _chunks(path.name, data)
    samples = _samples(path.name, form, sound)
    mono = _mix(samples, form.channels)
    if not mono:
        raise Invalid(f"{path.name} holds no sound")
    if len(mono) > longest_s * form.rate:
        raise Invalid(f"{path.name} is longer than {longest_s} seconds")
    return mono, form.rate


def _chunks(name: str, data: bytes) -> tuple[_Format, bytes]:
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise Invalid(f"{name} is not a WAV file")
    form, at = None, 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        chunk = data[at + 8 : at + 8 + size]  # a program that writes to a pipe promises more than comes
        if data[at : at + 4] == b"fmt ":
            form = _format(name, chunk)
        elif data[at : at + 4] == b"data":
            if form is None:
                break
            return form, chunk
        at += 8 + size + size % 2
    raise Invalid(f"{name} is a WAV file without sound in it")


def _format(name: str, chunk: bytes) -> _Format:
    if len(chunk) < _FORMAT.size:
        raise Invalid(f"{name} is a broken WAV file")
    kind, channels, rate, _, _, bits = _FORMAT.unpack_from(chunk)
    if kind == _EXTENSIBLE and len(chunk) >= 26:
        kind = int.from_bytes(chunk[24:26], "little")
    widths = {_PCM: (8, 16, 24, 32), _A_LAW: (8,), _MU_LAW: (8,)}.get(kind, ())
    if bits not in widths:
        raise Invalid(f"{name} is a WAV file of a kind other than PCM")
    if not 1 <= channels <= 16 or not 1000 <= rate <= 384_000:
        raise Invalid(f"{name} says {channels} channels at {rate} Hz, which no sound has")
    return _Format(kind=kind, channels=channels, rate=rate, bits=bits)


def _samples(name: str, form: _Format, sound: bytes) -> array[int]:
    width = form.bits // 8
    sound = sound[: len(sound) // width * width]
    if form.kind != _PCM:
        return g711.decode(sound, g711.PCMA if form.kind == _A_LAW else g711.PCMU)
    if form.bits == 8:
        return array("h", [(byte - 128) << 8 for byte in sound])
    top = b"".join((sound[width - 2 :: width], sound[width - 1 :: width]))  # the two highest bytes of each
    half = len(top) // 2
    out = bytearray(len(top))
    out[0::2], out[1::2] = top[:half], top[half:]
    samples = array("h", bytes(out))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _mix(samples: array[int], channels: int) -> array[int]:
    if channels == 1:
        return samples
    whole = len(samples) // channels
    parts = [samples[channel : whole * channels : channels] for channel in range(channels)]
    return array("h", [sum(frame) // channels for frame in zip(*parts, strict=True)])
