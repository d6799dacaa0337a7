"""The files of a recording: the mix that people listen to, and each voice apart until it is written down."""

import struct
from dataclasses import dataclass
from pathlib import Path

from hotline.domain.errors import Invalid
from hotline.services.ports_transcripts import Voice
from hotline.speech.frames import SAMPLE_RATE

SECOND = SAMPLE_RATE * 2
A_MINUTE = 60 * SECOND
_HEADER = 44  # of the WAV files that MixMonitor writes
_APART = (Voice.CALLER, Voice.SEAT)  # the dialplan names their files so


@dataclass(frozen=True, slots=True)
class Track:
    """One file to be heard. The progress of a recording counts through its tracks, one after the other."""

    voice: Voice
    path: Path
    offset_ms: int
    ends_ms: int


def tracks_of(mix: Path) -> list[Track]:
    """Each voice by itself, or the mix where they are not both there. Raises Invalid for no recording."""
    try:
        caller, seat = ((voice, voice_file(mix, voice)) for voice in _APART)
        middle = _length_ms(caller[1])
        end = middle + _length_ms(seat[1])
        return [Track(*caller, 0, middle), Track(*seat, middle, end)]
    except Invalid:
        return [Track(Voice.BOTH, mix, 0, _length_ms(mix))]


def voice_file(mix: Path, voice: Voice) -> Path:
    """Where one voice is beside the mix."""
    return mix.with_name(f"{mix.stem}.{voice}.wav")


def forget_voices(mix: Path) -> None:
    """They were for the writing down only; the mix is the recording."""
    for voice in _APART:
        voice_file(mix, voice).unlink(missing_ok=True)


def sound_of(path: Path, from_ms: int) -> bytes:
    """A minute of a recording from there on, less at its end. Raises Invalid for what is not one."""
    try:
        with path.open("rb") as file:
            _check(file.read(_HEADER))
            file.seek(_HEADER + from_ms * SECOND // 1000 // 2 * 2)
            pcm = file.read(A_MINUTE)
    except OSError as problem:
        raise Invalid(f"the file cannot be read: {problem.strerror}") from None
    return pcm[: len(pcm) // 2 * 2]


def _length_ms(path: Path) -> int:
    try:
        with path.open("rb") as file:
            _check(file.read(_HEADER))
        return (path.stat().st_size - _HEADER) * 1000 // SECOND
    except OSError as problem:
        raise Invalid(f"the file cannot be read: {problem.strerror}") from None


def _check(header: bytes) -> None:
    if len(header) < _HEADER or (header[:4], header[8:16]) != (b"RIFF", b"WAVEfmt "):
        raise Invalid("the file is not a WAV file")
    channels, rate = struct.unpack("<HI", header[22:28])
    if (channels, rate, struct.unpack("<H", header[34:36])[0]) != (1, SAMPLE_RATE, 16):
        raise Invalid("the file is not mono, 8 kHz, 16 bit")
