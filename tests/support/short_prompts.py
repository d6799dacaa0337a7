"""Prompts that take no time: a test waits for the dialplan, not for a voice."""

import math
from array import array
from pathlib import Path

from hotline.speech.pcm import silence, write_wav
from tests.support.pbx import Pbx

GREETING_HZ = 600.0
GREETING_S = 0.8


def tone(hertz: float, seconds: float, level: int = 8000) -> "array[int]":
    """A plain tone at 8 kHz."""
    step = 2 * math.pi * hertz / 8000
    return array("h", [round(level * math.sin(step * n)) for n in range(round(seconds * 8000))])


def shorten(pbx: Pbx) -> None:
    """A greeting of 600 Hz for 0.8 s; the beep stays."""
    sounds: Path = pbx.settings.runtime_dir / "asterisk/var/sounds/hotline"
    write_wav(sounds / "greeting.wav", tone(GREETING_HZ, GREETING_S) + silence(0.1))
    write_wav(sounds / "not_in_service.wav", tone(500, 0.5))
