"""The voice codecs of telephone networks, A-law and µ-law (ITU-T G.711): samples to bytes and back."""

from __future__ import annotations

from array import array
from functools import cache

PCMU, PCMA = 0, 8
NAMES = {"PCMU": PCMU, "PCMA": PCMA}
_BIAS = 132
_LOUDEST = 32635


def silence(codec: int, frames: int = 160) -> bytes:
    """That many samples of nothing."""
    return bytes([_encoder(codec)[0]]) * frames


def encode(samples: array[int], codec: int) -> bytes:
    """One byte a sample."""
    table = _encoder(codec)
    return bytes([table[sample] for sample in samples])


def decode(payload: bytes, codec: int) -> array[int]:
    """One sample a byte."""
    table = _decoder(codec)
    return array("h", [table[byte] for byte in payload])


@cache
def _decoder(codec: int) -> list[int]:
    return [(_from_mu if codec == PCMU else _from_a)(byte) for byte in range(256)]


@cache
def _encoder(codec: int) -> list[int]:
    """65,536 bytes with a sample as their index: the negative ones at the end, as Python counts."""
    encode_one = _to_mu if codec == PCMU else _to_a
    return [encode_one(sample) for sample in (*range(0, 32768), *range(-32768, 0))]


def _to_mu(sample: int) -> int:
    sign, size = (0x80, -sample) if sample < 0 else (0, sample)
    size = min(size, _LOUDEST) + _BIAS
    exponent = size.bit_length() - 8
    return ~(sign | (exponent << 4) | ((size >> (exponent + 3)) & 0x0F)) & 0xFF


def _from_mu(byte: int) -> int:
    byte = ~byte & 0xFF
    size = ((((byte & 0x0F) << 3) + _BIAS) << ((byte >> 4) & 0x07)) - _BIAS
    return -size if byte & 0x80 else size


def _to_a(sample: int) -> int:
    sign, size = (0x00, -sample - 1) if sample < 0 else (0x80, sample)
    size >>= 4
    exponent = max(0, size.bit_length() - 4)
    mantissa = (size >> max(0, exponent - 1)) & 0x0F
    return (sign | (exponent << 4) | mantissa) ^ 0x55


def _from_a(byte: int) -> int:
    byte ^= 0x55
    exponent, size = (byte >> 4) & 0x07, ((byte & 0x0F) << 4) + 8
    if exponent:
        size = (size + 0x100) << (exponent - 1)
    return size if byte & 0x80 else -size
