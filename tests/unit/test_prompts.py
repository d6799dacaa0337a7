"""The recorded prompts, by numbers: every named one is there, in the telephone's format, at one level."""

import math
import tomllib
import wave
from array import array
from pathlib import Path

import pytest

RECORDINGS = Path(__file__).resolve().parents[2] / "recordings"
ENTRIES = tomllib.loads((RECORDINGS / "prompts.toml").read_text(encoding="utf-8"))["prompt"]
NAMES = [entry["name"] for entry in ENTRIES]
EDGE = 800  # samples: 100 ms


def samples_of(path: Path) -> array:
    with wave.open(str(path), "rb") as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 8000)
        return array("h", sound.readframes(sound.getnframes()))


def dbfs(value: float) -> float:
    return 20 * math.log10(max(value, 1e-9) / 32768)


def rms(samples: array) -> float:
    return math.sqrt(sum(x * x for x in samples) / len(samples))


def test_the_prompts_the_dialplan_plays_are_listed_once() -> None:
    assert len(NAMES) == len(set(NAMES))
    assert {"greeting", "beep", "transferring", "queue_wait", "closed", "not_in_service"} <= set(NAMES)


def test_no_file_lacks_its_text() -> None:
    assert {path.stem for path in (RECORDINGS / "prompts").iterdir()} == set(NAMES)
    assert all(("text" in entry) != ("tone" in entry) for entry in ENTRIES)


@pytest.mark.parametrize("name", NAMES)
def test_prompt_has_level_and_quiet_edges(name: str) -> None:
    samples = samples_of(RECORDINGS / "prompts" / f"{name}.wav")
    assert max(map(abs, samples[:EDGE])) == 0
    assert max(map(abs, samples[-EDGE:])) == 0
    core = samples[EDGE:-EDGE]
    assert dbfs(rms(core)) == pytest.approx(-20.0, abs=0.5)
    assert dbfs(max(map(abs, core))) < -3.0
    # Trimmed: what comes after the edge is sound at once, not more silence.
    assert max(map(abs, core[:400])) > 200
    assert max(map(abs, core[-400:])) > 200


@pytest.mark.parametrize("name", NAMES)
def test_prompt_is_short(name: str) -> None:
    seconds = len(samples_of(RECORDINGS / "prompts" / f"{name}.wav")) / 8000
    assert 0.3 < seconds <= 6.0


def test_the_beep_is_a_fifth_of_a_second() -> None:
    samples = samples_of(RECORDINGS / "prompts" / "beep.wav")
    assert (len(samples) - 2 * EDGE) / 8000 == pytest.approx(0.2, abs=0.01)


def test_music_on_hold_is_soft_long_and_never_silent() -> None:
    samples = samples_of(RECORDINGS / "moh" / "gentle.wav")
    assert 20 <= len(samples) / 8000 <= 30
    assert dbfs(rms(samples)) == pytest.approx(-33.0, abs=1.0)
    assert dbfs(max(map(abs, samples))) < -15.0
    assert all(rms(samples[start : start + 8000]) > 50 for start in range(0, len(samples) - 8000, 8000))
    assert abs(samples[-1] - samples[0]) < 2000, "the loop would click"
