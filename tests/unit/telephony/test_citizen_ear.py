"""What a citizen's telephone makes of what it hears."""

from array import array

from hotline.speech.pcm import silence
from hotline.telephony import g711
from hotline.telephony.citizen_ear import Ear, tone_share
from tests.support.short_prompts import tone


def hear(ear: Ear, samples: "array[int]", start: float = 0.0) -> float:
    """Play samples to the ear, packet by packet; returns the time after them."""
    for offset in range(0, len(samples) - 159, 160):
        ear.frame(g711.encode(samples[offset : offset + 160], g711.PCMA), g711.PCMA, start)
        start += 0.02
    return start


def test_the_beep_after_the_greeting_is_found() -> None:
    ear = Ear(keep=False)
    before = hear(ear, tone(300, 2) + silence(0.5))
    assert ear.beep_ended_at is None and ear.first_sound_at == 0.0
    after = hear(ear, tone(1000, 0.2), before)
    hear(ear, silence(0.2), after)
    assert ear.beep_ended_at is not None and abs(ear.beep_ended_at - after) < 0.05


def test_a_voice_is_no_beep() -> None:
    ear = Ear(keep=False)
    mixed = array("h", [(a + b) // 2 for a, b in zip(tone(1000, 1), tone(400, 1), strict=True)])
    hear(ear, mixed + tone(1000, 0.06) + silence(0.1))
    assert ear.beep_ended_at is None


def test_sound_after_the_beep_is_the_queue_but_a_click_is_not() -> None:
    ear = Ear(keep=False)
    at = hear(ear, tone(1000, 0.2) + silence(0.3))
    at = hear(ear, tone(500, 0.1) + silence(1), at)
    assert ear.sound_back_at is None
    hear(ear, tone(500, 0.5), at)
    assert ear.sound_back_at is not None and abs(ear.sound_back_at - at) < 0.05


def test_what_is_kept_has_its_gaps() -> None:
    ear = Ear(keep=True)
    hear(ear, tone(500, 0.2), 10.0)
    hear(ear, tone(500, 0.2), 11.0)
    kept = ear.samples()
    assert abs(len(kept) - 1.2 * 8000) <= 320
    assert max(map(abs, kept[2400:7200])) <= 8
    assert Ear(keep=True).samples() == array("h")


def test_strange_packets_do_no_harm() -> None:
    ear = Ear(keep=True)
    for payload in (b"", b"\0", bytes(2000), b"\xff" * 160):
        ear.frame(payload, g711.PCMU, 1.0)
    assert ear.beep_ended_at is None


def test_the_share_of_a_tone() -> None:
    assert tone_share(tone(1000, 0.02), 1000) > 0.99
    assert tone_share(tone(600, 0.02), 1000) < 0.05
    assert tone_share(silence(0.02), 1000) == 0.0
