"""From espeak-ng's phoneme events to one label per output frame of the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotline.speech.training.phones import PHONE_ID, SILENCE

if TYPE_CHECKING:
    from hotline.speech.training.espeak import Phoneme

OUTPUT_STEP = 0.03  # seconds; Vosk's own constant for the length of an output frame
FRAME_CENTRE = 0.0125  # seconds from the start of a 25 ms window to its middle
SHORTEST_PAUSE = 0.06  # seconds; a shorter gap is the closure of the next consonant


@dataclass(frozen=True, slots=True)
class Segment:
    """A sound from `start` to `end`, in seconds."""

    phone: str
    start: float
    end: float


def segments_of(
    phonemes: Sequence[Phoneme], syllables: Sequence[tuple[str, ...]], rate: int, total_samples: int
) -> list[Segment] | None:
    """Our sounds with their times; None when espeak-ng said another number of syllables than asked for."""
    spoken: dict[int, list[tuple[str, float, float]]] = {}
    for place, phoneme in enumerate(phonemes):
        following = phonemes[place + 1].sample if place + 1 < len(phonemes) else total_samples
        if not phoneme.name.startswith("_"):  # names of pauses begin with an underscore
            entry = (phoneme.name, phoneme.sample / rate, following / rate)
            spoken.setdefault(phoneme.position, []).append(entry)
    if len(spoken) != len(syllables):
        return None
    sounds: list[Segment] = []
    for parts, heard in zip(syllables, spoken.values(), strict=True):
        if len(heard) < len(parts):
            return None
        first_start, first_end, last_end = heard[0][1], heard[0][2], heard[-1][2]
        if len(parts) == 2:
            sounds.append(Segment(parts[0], first_start, first_end))
            sounds.append(Segment(parts[1], first_end, last_end))
        else:
            sounds.append(Segment(parts[0], first_start, last_end))
    return _with_pauses(sounds, total_samples / rate)


def _with_pauses(sounds: Sequence[Segment], total: float) -> list[Segment]:
    """Fill the gaps: long ones are silence, short ones belong to the sound that follows."""
    filled: list[Segment] = []
    last = 0.0
    for sound in sounds:
        start = sound.start
        if start - last > SHORTEST_PAUSE or (not filled and start > last):
            filled.append(Segment(SILENCE, last, start))
        else:
            start = last
        filled.append(Segment(sound.phone, start, sound.end))
        last = sound.end
    filled.append(Segment(SILENCE, last, total))
    return [segment for segment in filled if segment.end > segment.start]


def stretched(segments: Sequence[Segment], factor: float, offset: float) -> list[Segment]:
    """The same sounds played `factor` times slower, beginning `offset` seconds later, in endless silence."""
    moved = [Segment(s.phone, s.start * factor + offset, s.end * factor + offset) for s in segments]
    if offset > 0:
        moved.insert(0, Segment(SILENCE, 0.0, moved[0].start))
    return [*moved, Segment(SILENCE, moved[-1].end, float("inf"))]


def frame_labels(segments: Sequence[Segment], frames: int) -> np.ndarray:
    """One label per third feature frame; a shorter sound gets one where a neighbour can spare it."""
    count = (frames + 2) // 3
    ends = np.array([segment.end for segment in segments])
    times = np.arange(count) * OUTPUT_STEP + FRAME_CENTRE
    owner = np.minimum(np.searchsorted(ends, times, side="right"), len(segments) - 1)
    sizes = np.bincount(owner, minlength=len(segments))
    for index, segment in enumerate(segments):
        if sizes[index] == 0 and segment.phone != SILENCE:
            _claim(owner, sizes, index, (segment.start + segment.end) / 2)
    return np.array([PHONE_ID[segments[index].phone] for index in owner], np.int16)


def _claim(owner: np.ndarray, sizes: np.ndarray, index: int, middle: float) -> None:
    """Give segment `index` the nearest frame whose owner keeps another, without breaking the order."""
    count = len(owner)
    nearest = int(np.clip(round((middle - FRAME_CENTRE) / OUTPUT_STEP), 0, count - 1))
    for frame in (nearest, nearest - 1, nearest + 1):
        if not 0 <= frame < count or sizes[owner[frame]] < 2:
            continue
        before = owner[frame - 1] if frame else -1
        after = owner[frame + 1] if frame + 1 < count else len(sizes)
        if before <= index <= after:
            sizes[owner[frame]] -= 1
            owner[frame], sizes[index] = index, 1
            return
