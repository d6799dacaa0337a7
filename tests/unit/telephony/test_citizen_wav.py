"""WAV files people have, and files that only say they are."""

import math
import random
import struct
from array import array
from pathlib import Path

import pytest

from hotline.domain.errors import Invalid
from hotline.telephony.citizen_wav import read_wav


def wav(
    data: bytes, kind: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16, more: bytes = b""
) -> bytes:
    form = (
        struct.pack("<HHIIHH", kind, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
        + more
    )
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sound.wav"


SAMPLES = [0, 1000, -1000, 32767, -32768]


def test_sixteen_bits(file: Path) -> None:
    file.write_bytes(wav(array("h", SAMPLES).tobytes(), rate=16000))
    assert read_wav(file) == (array("h", SAMPLES), 16000)


@pytest.mark.parametrize("bits", [8, 24, 32])
def test_other_widths(file: Path, bits: int) -> None:
    if bits == 8:
        data = bytes((sample >> 8) + 128 for sample in SAMPLES)
    else:
        data = b"".join(
            (sample << (bits - 16)).to_bytes(bits // 8, "little", signed=True) for sample in SAMPLES
        )
    file.write_bytes(wav(data, bits=bits))
    tolerance = 255 if bits == 8 else 0
    for got, want in zip(read_wav(file)[0], SAMPLES, strict=True):
        assert abs(got - want) <= tolerance


def test_two_channels_become_one(file: Path) -> None:
    file.write_bytes(wav(array("h", [100, 300, -100, -300, 7]).tobytes(), channels=2))
    assert list(read_wav(file)[0]) == [200, -200]


def test_telephone_codecs_and_the_extensible_header(file: Path) -> None:
    file.write_bytes(wav(b"\xff\xff", kind=7, bits=8))
    assert list(read_wav(file)[0]) == [0, 0]
    more = struct.pack("<HHI", 22, 16, 4) + b"\x01\x00" + bytes(14)
    file.write_bytes(wav(array("h", [5, 6]).tobytes(), kind=0xFFFE, more=more))
    assert list(read_wav(file)[0]) == [5, 6]


def test_a_header_that_promises_more_than_comes(file: Path) -> None:
    """As programs write that do not know the length when they begin."""
    whole = bytearray(wav(array("h", SAMPLES).tobytes()))
    whole[40:44] = b"\xff\xff\xff\xff"
    file.write_bytes(whole + b"\x01")
    assert list(read_wav(file)[0]) == SAMPLES


def test_other_chunks_are_skipped(file: Path) -> None:
    plain = wav(array("h", SAMPLES).tobytes())
    file.write_bytes(plain[:12] + b"LIST" + struct.pack("<I", 3) + b"abc\0" + plain[12:])
    assert list(read_wav(file)[0]) == SAMPLES


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", "is not a WAV file"),
        (b"ID3\x04 an mp3", "is not a WAV file"),
        (b"RIFF\x04\0\0\0AVI ", "is not a WAV file"),
        (b"RIFF\x04\0\0\0WAVE", "without sound in it"),
        (wav(b""), "holds no sound"),
        (wav(b"\0\0")[:30], "is a broken WAV file"),
        (wav(bytes(8), kind=3, bits=32), "of a kind other than PCM"),
        (wav(bytes(8), kind=2, bits=4), "of a kind other than PCM"),
        (wav(bytes(8), bits=12), "of a kind other than PCM"),
        (wav(bytes(8), channels=0), "which no sound has"),
        (wav(bytes(8), rate=1), "which no sound has"),
        (wav(bytes(8), rate=10_000_000), "which no sound has"),
        (wav(bytes(16 * 8000 * 2 * 8)), "is longer than 120 seconds"),
    ],
)
def test_what_is_not_sound_is_one_sentence(file: Path, data: bytes, line: str) -> None:
    file.write_bytes(data)
    with pytest.raises(Invalid, match=f"^sound.wav .*{line}"):
        read_wav(file)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read: No such file"):
        read_wav(tmp_path / "none.wav")
    with pytest.raises(Invalid, match="cannot be read: Is a directory"):
        read_wav(tmp_path)


def test_noise_never_crashes(file: Path) -> None:
    dice = random.Random(7)
    whole = wav(array("h", [round(3000 * math.sin(n)) for n in range(200)]).tobytes())
    for _ in range(500):
        broken = bytearray(whole)
        for _ in range(dice.randint(1, 6)):
            broken[dice.randrange(44)] = dice.randrange(256)
        file.write_bytes(bytes(broken[: dice.randint(0, len(broken))]))
        try:
            samples, rate = read_wav(file)
        except Invalid:
            continue
        assert samples and rate
