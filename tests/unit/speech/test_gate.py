"""Which frames reach the recogniser: a voice with what is around it, no silence, no zeros."""

import math
import random
from array import array

from hotline.speech.gate import AFTER_S, BEFORE_FRAMES, Gate
from hotline.speech.listening import level_dbfs

FRAME_S = 0.02


def noise(amplitude: float, seed: int = 1) -> bytes:
    chooser = random.Random(seed)
    return array("h", (round(chooser.gauss(0, amplitude)) for _ in range(160))).tobytes()


def tone(amplitude: float) -> bytes:
    return array("h", (round(amplitude * math.sin(n / 3)) for n in range(160))).tobytes()


def through(frames: list[bytes], *, sentence_over: bool = False, gate: Gate | None = None) -> list[bytes]:
    """What comes out for each frame, one after the other in real time."""
    gate = gate or Gate()
    return [
        gate.let_through(frame, level_dbfs(frame), number * FRAME_S, sentence_over=sentence_over)
        for number, frame in enumerate(frames)
    ]


def test_a_line_on_which_nobody_speaks_costs_nothing() -> None:
    quiet = [noise(10, seed) for seed in range(400)]
    assert not any(through(quiet)[50:])
    assert not any(through([bytes(320)] * 400))


def test_a_voice_comes_with_what_was_before_it_and_nothing_is_out_of_order() -> None:
    quiet, voice = [noise(4, seed) for seed in range(100)], [tone(2_000)] * 50
    out = through(quiet + voice)
    assert b"".join(out[100:]) == b"".join(quiet[-BEFORE_FRAMES:] + voice)


def test_a_soft_voice_over_the_noise_is_let_through() -> None:
    quiet, voice = [noise(30, seed) for seed in range(100)], [tone(120)] * 20
    assert through(quiet + voice)[100].endswith(voice[0])


def test_after_a_voice_it_stays_open_long_enough_for_the_sentence_to_end() -> None:
    frames = [noise(4, seed) for seed in range(100)] + [tone(2_000)] * 50
    frames += [noise(4, seed) for seed in range(200)]
    open_for = sum(map(bool, through(frames)[150:])) * FRAME_S
    assert AFTER_S - 0.1 < open_for < AFTER_S + 0.1
    assert sum(map(bool, through(frames, sentence_over=True)[150:])) * FRAME_S < 0.5


def test_zeros_within_a_sentence_become_a_faint_hiss() -> None:
    frames = [noise(4, seed) for seed in range(50)] + [tone(2_000)] * 20 + [bytes(320)] * 20
    muted = through(frames)[70:]
    assert all(len(piece) == 320 and -95 < level_dbfs(piece) < -85 for piece in muted)


def test_what_the_telephone_does_not_send_in_a_pause_is_filled_in_once() -> None:
    gate = Gate()
    through([noise(4, seed) for seed in range(50)] + [tone(2_000)] * 20, gate=gate)
    last = 69 * FRAME_S
    assert gate.fill(last + 0.1) == b"", "a late packet is no pause"
    assert len(gate.fill(last + 0.5)) == round(0.5 * 8_000) * 2
    assert gate.fill(last + 0.6) == b""


def test_a_pause_is_not_filled_for_ever() -> None:
    gate, filled, at = Gate(), 0, 69 * FRAME_S
    through([noise(4, seed) for seed in range(50)] + [tone(2_000)] * 20, gate=gate)
    while at < 60:
        at += 0.08
        filled += len(gate.fill(at))
    assert filled / 16_000 < AFTER_S + 1


def test_frames_of_any_length() -> None:
    gate = Gate()
    for size in (0, 2, 318, 320, 322, 3_200):
        assert len(gate.let_through(bytes(size), -100.0, 1.0, sentence_over=False)) == 0
    assert gate.let_through(tone(3_000)[:2], -20.0, 1.1, sentence_over=False)
