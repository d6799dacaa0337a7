"""libespeak-ng through ctypes: sound together with the exact place of every phoneme."""

from __future__ import annotations

import ctypes as c
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hotline.speech.synth_voice import VOICE

_SYNCHRONOUS, _PHONEME_EVENTS, _CHARS_UTF8 = 2, 1, 1
_EVENT_LIST_END, _EVENT_PHONEME = 0, 7
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4

# These speak too brokenly to learn from, or crash the library.
UNUSABLE = frozenset({"rob", "whisper", "whisperf", "Demonic", "croak", "fast"})
# Never heard in training: what the model is measured with.
HELD_OUT = (
    *("f5", "m8", "steph2", "edward", "linda", "paul"),
    *("Jacky", "Denis", "benjamin", "klatt4", "grandma", "victor"),
)


class _Id(c.Union):
    _fields_ = (("number", c.c_int), ("name", c.c_char_p), ("string", c.c_char * 8))


class _Event(c.Structure):
    _fields_ = (
        ("type", c.c_int),
        ("unique_identifier", c.c_uint),
        ("text_position", c.c_int),
        ("length", c.c_int),
        ("audio_position", c.c_int),
        ("sample", c.c_int),
        ("user_data", c.c_void_p),
        ("id", _Id),
    )


_Callback = c.CFUNCTYPE(c.c_int, c.POINTER(c.c_short), c.c_int, c.POINTER(_Event))


@dataclass(frozen=True, slots=True)
class Phoneme:
    """A phoneme begins at `sample`; `position` is where in the text its syllable begins."""

    position: int
    name: str
    sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How something is said: a variant of the voice ("" is the plain one), its speed and pitch."""

    variant: str = ""
    rate: int = 175
    pitch: int = 50
    pitch_range: int = 50


class Espeak:
    """The library in this process; it can crash on some variants, so callers run it in a child."""

    def __init__(self) -> None:
        self._library = c.CDLL("libespeak-ng.so.1")
        self.rate: int = self._library.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONEME_EVENTS)
        if self.rate <= 0:
            raise OSError("libespeak-ng did not start")
        self._sound: list[np.ndarray] = []
        self._phonemes: list[Phoneme] = []
        self._callback = _Callback(self._receive)
        self._library.espeak_SetSynthCallback(self._callback)

    def _receive(self, sound: c._Pointer, count: int, events: c._Pointer) -> int:
        if count > 0 and sound:
            self._sound.append(np.ctypeslib.as_array(sound, shape=(count,)).copy())
        index = 0
        while events[index].type != _EVENT_LIST_END:
            event = events[index]
            if event.type == _EVENT_PHONEME:
                name = event.id.string.decode(errors="ignore")
                self._phonemes.append(Phoneme(event.text_position, name, event.sample))
            index += 1
        return 0

    def variants(self) -> list[str]:
        """Names of the installed variants of a voice."""
        folder = c.c_char_p()
        self._library.espeak_Info.restype = c.c_char_p
        self._library.espeak_Info(c.byref(folder))
        if folder.value is None:
            raise OSError("libespeak-ng does not say where its voices are")
        return sorted(path.name for path in (Path(folder.value.decode()) / "voices" / "!v").iterdir())

    def say(self, pinyin: str, style: Style) -> tuple[np.ndarray, list[Phoneme]]:
        """Speak tone-numbered pinyin; the sound is at `self.rate`."""
        voice = VOICE + (f"+{style.variant}" if style.variant else "")
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {voice}")
        settings = ((_RATE, style.rate), (_VOLUME, 100), (_PITCH, style.pitch), (_RANGE, style.pitch_range))
        for parameter, value in settings:
            self._library.espeak_SetParameter(parameter, value, 0)
        self._sound, self._phonemes = [], []
        text = pinyin.encode() + b"\0"
        self._library.espeak_Synth(text, c.c_size_t(len(text)), 0, 1, 0, _CHARS_UTF8, None, None)
        sound = np.concatenate(self._sound) if self._sound else np.zeros(0, np.int16)
        return sound, self._phonemes


def training_variants(installed: list[str]) -> list[str]:
    """The variants that training may use."""
    return [name for name in installed if name not in UNUSABLE and name not in HELD_OUT]
