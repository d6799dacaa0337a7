"""The synthetic Mandarin voice of demo, tests and prompts: text to telephone sound through espeak-ng."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from array import array
from pathlib import Path

from pypinyin import Style, lazy_pinyin

from hotline.domain.errors import Invalid, Unavailable
from hotline.setup import parts
from hotline.speech.pcm import TELEPHONE_RATE, read_wav, resample, silence, write_wav

VOICE = "cmn-latn-pinyin"  # the plain Mandarin voice of Debian reads some syllables as English
LEAD_SECONDS = 0.3
TAIL_SECONDS = 0.8
MAX_CHARACTERS = 500
_TIMEOUT_SECONDS = 20.0
# A telephone number is read digit by digit, with yao for one, as every Chinese operator does.
_SPOKEN_DIGITS = dict(zip("0123456789", "零幺二三四五六七八九", strict=True))
_RUNS = re.compile(r"[\u3400-\u9fff]+|[,，、。.！!？?；;：:]")


def speakable(text: str) -> str:
    """The text with its digits written as the characters they are read as."""
    return "".join(_SPOKEN_DIGITS.get(character, character) for character in text)


def pinyin_for_voice(text: str) -> str:
    """Tone-numbered pinyin with commas for pauses: what the voice is fed; the rest is left out."""
    spoken: list[str] = []
    for run in _RUNS.findall(speakable(text)):
        if "\u3400" <= run[0] <= "\u9fff":
            spoken += lazy_pinyin(run, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore")
        elif spoken and not spoken[-1].endswith(","):
            spoken[-1] += ","
    return " ".join(spoken)


def say(text: str, words_per_minute: int = 165, pitch: int = 45) -> array[int]:
    """The spoken text at 8 kHz, without silence around it; Unavailable where there is no espeak-ng."""
    if len(text) > MAX_CHARACTERS:
        raise Invalid(f"at most {MAX_CHARACTERS} characters can be said at once")
    spoken = pinyin_for_voice(text)
    if not spoken:
        raise Invalid("nothing to say: the text holds no Chinese characters or digits")
    program = _program()
    with tempfile.TemporaryDirectory(prefix="hotline-say-") as folder:
        target = Path(folder) / "said.wav"
        command = [program, "-v", VOICE, "-s", str(words_per_minute), "-p", str(pitch), "-w", str(target)]
        try:
            subprocess.run(
                command, input=spoken.encode(), check=True, capture_output=True, timeout=_TIMEOUT_SECONDS
            )
            samples, rate = read_wav(target)
        except (OSError, subprocess.SubprocessError, ValueError, EOFError) as error:
            raise Unavailable(f"espeak-ng could not speak: {type(error).__name__}") from error
    return resample(samples, rate, TELEPHONE_RATE)


def _program() -> str:
    """What set-up found or unpacked, else what is on PATH."""
    part = parts.load().get("espeak")
    program = part.executable if part and part.is_there() else shutil.which("espeak-ng")
    if program is None:
        raise Unavailable("espeak-ng is not installed: install the package espeak-ng or give a WAV file")
    return program


def say_to_wav(text: str, path: Path) -> None:
    """Speak the text into an 8 kHz mono 16-bit WAV with 0.3 s of silence before it and 0.8 s after it."""
    samples = silence(LEAD_SECONDS) + say(text) + silence(TAIL_SECONDS)
    write_wav(path, samples)
