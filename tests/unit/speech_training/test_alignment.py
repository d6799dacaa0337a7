"""espeak-ng's phoneme times become one label for each output frame."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from hotline.speech.training.alignment import Segment, frame_labels, segments_of, stretched
from hotline.speech.training.phones import PHONE_ID, PHONES

RATE = 1000


class Spoken(NamedTuple):
    position: int
    name: str
    sample: int


def labels(segments: list[Segment], frames: int) -> list[str]:
    return [PHONES[number] for number in frame_labels(segments, frames)]


def test_a_syllable_is_its_initial_and_all_that_follows() -> None:
    events = [Spoken(1, "sh", 100), Spoken(1, "u", 200), Spoken(1, "ei", 260), Spoken(1, "_:", 400)]
    segments = segments_of(events, [("sh", "uei3")], RATE, 600)
    assert segments == [
        Segment("SIL", 0.0, 0.1),
        Segment("sh", 0.1, 0.2),
        Segment("uei3", 0.2, 0.4),
        Segment("SIL", 0.4, 0.6),
    ]


def test_a_short_gap_belongs_to_the_next_sound_and_a_long_one_is_silence() -> None:
    short = [Spoken(1, "a", 0), Spoken(1, "_", 200), Spoken(3, "t", 240), Spoken(3, "a", 300)]
    segments = segments_of(short, [("a1",), ("t", "a1")], RATE, 400)
    assert segments is not None
    assert [(s.phone, s.start) for s in segments] == [("a1", 0.0), ("t", 0.2), ("a1", 0.3)]
    long = [Spoken(1, "a", 0), Spoken(1, "_", 200), Spoken(3, "t", 300), Spoken(3, "a", 350)]
    segments = segments_of(long, [("a1",), ("t", "a1")], RATE, 400)
    assert segments is not None
    assert [s.phone for s in segments] == ["a1", "SIL", "t", "a1"]


def test_another_number_of_syllables_than_asked_for_is_refused() -> None:
    events = [Spoken(1, "a", 0), Spoken(3, "o", 200)]
    assert segments_of(events, [("a1",)], RATE, 400) is None
    assert segments_of(events, [("a1",), ("b", "o1")], RATE, 400) is None
    assert segments_of([], [("a1",)], RATE, 400) is None


def test_segments_touch_each_other_and_last_for_ever_once_stretched() -> None:
    moved = stretched([Segment("a1", 0.0, 0.1), Segment("o1", 0.1, 0.3)], factor=2.0, offset=0.5)
    assert [s.phone for s in moved] == ["SIL", "a1", "o1", "SIL"]
    assert moved[0].start == 0.0
    assert moved[-1].end == float("inf")
    assert all(a.end == b.start for a, b in pairwise(moved))
    assert moved[2].end == 1.1


def test_one_label_for_each_third_frame() -> None:
    for frames in (1, 2, 3, 4, 97, 98, 99):
        assert len(frame_labels([Segment("SIL", 0.0, float("inf"))], frames)) == (frames + 2) // 3
    assert labels([Segment("a1", 0.0, 0.06), Segment("SIL", 0.06, float("inf"))], 12) == [
        "a1",
        "a1",
        "SIL",
        "SIL",
    ]


def test_a_sound_shorter_than_a_step_takes_a_frame_from_a_longer_neighbour() -> None:
    segments = [Segment("a1", 0.0, 0.12), Segment("t", 0.12, 0.125), Segment("o1", 0.125, 0.3)]
    heard = labels(segments, 30)
    assert heard.count("t") == 1
    assert [x for x, before in zip(heard, [None, *heard], strict=False) if x != before] == ["a1", "t", "o1"]


def test_order_of_sounds_is_kept_whatever_their_lengths() -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        names = [PHONES[n] for n in rng.integers(1, len(PHONES), 12)]
        ends = np.cumsum(rng.uniform(0.004, 0.12, 12))
        starts = [0.0, *ends[:-1]]
        segments = [Segment(p, float(s), float(e)) for p, s, e in zip(names, starts, ends, strict=True)]
        order = iter(names)
        heard = frame_labels(segments, int(ends[-1] * 100))
        runs = [PHONES[x] for i, x in enumerate(heard) if i == 0 or heard[i - 1] != x]
        assert all(name in order for name in runs), "a subsequence of what was said"
        assert set(heard) <= set(PHONE_ID.values())
