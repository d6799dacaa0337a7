"""Makes the recorded prompts and the music on hold: `python recordings/make_prompts.py`."""

from __future__ import annotations

import math
import sys
import tomllib
from array import array
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from hotline.speech.pcm import (  # noqa: E402
    TELEPHONE_RATE,
    clip,
    peak_dbfs,
    rms_dbfs,
    silence,
    write_wav,
)
from hotline.speech.synth_voice import say  # noqa: E402

LEVEL_DBFS = -20.0
PEAK_DBFS = -3.5
EDGE_SECONDS = 0.1
WORDS_PER_MINUTE = 205
MUSIC_LEVEL_DBFS = -33.0
_SILENT_BELOW = 200  # amplitude: espeak-ng's own silence is far under it, its softest consonants over it


def trim(samples: array[int]) -> array[int]:
    """Without the near-silence at both ends."""
    loud = [n for n, value in enumerate(samples) if abs(value) > _SILENT_BELOW]
    return samples[loud[0] : loud[-1] + 1] if loud else array("h")


def scale(samples: array[int], gain_db: float, ceiling_dbfs: float = PEAK_DBFS) -> array[int]:
    """Amplify; what would pass half the ceiling is bent towards it, so that nothing clips."""
    gain = 10 ** (gain_db / 20)
    ceiling = 32767 * 10 ** (ceiling_dbfs / 20)
    knee = ceiling / 2
    out = array("h")
    for value in samples:
        x = value * gain
        if abs(x) > knee:
            x = math.copysign(knee + (ceiling - knee) * math.tanh((abs(x) - knee) / (ceiling - knee)), x)
        out.append(clip(x))
    return out


def level(samples: array[int], target_dbfs: float) -> array[int]:
    """Bring the mean level to the target; the bending of peaks takes a little off, so it is done in turns."""
    for _ in range(8):
        gap = target_dbfs - rms_dbfs(samples)
        if abs(gap) < 0.05:
            break
        samples = scale(samples, gap)
    return samples


def tone(hertz: float, milliseconds: float) -> array[int]:
    """A sine with 10 ms ramps."""
    count = round(milliseconds / 1000 * TELEPHONE_RATE)
    ramp = TELEPHONE_RATE // 100
    return array(
        "h",
        (
            clip(
                8000
                * math.sin(2 * math.pi * hertz * n / TELEPHONE_RATE)
                * min(1.0, n / ramp, (count - 1 - n) / ramp)
            )
            for n in range(count)
        ),
    )


def prompt(entry: dict[str, object]) -> array[int]:
    """One prompt, trimmed, levelled, with silent edges."""
    if "tone" in entry:
        hertz, milliseconds = entry["tone"]  # type: ignore[misc]
        core = tone(hertz, milliseconds)
    else:
        core = trim(say(str(entry["text"]), words_per_minute=WORDS_PER_MINUTE))
    return silence(EDGE_SECONDS) + level(core, LEVEL_DBFS) + silence(EDGE_SECONDS)


def music() -> array[int]:
    """Twenty-four seconds of soft plucked notes on a five-note scale; the end runs into the beginning."""
    beat, notes = 0.75, (0, 2, 4, 7, 9, 7, 4, 2)
    bars = (0, 0, -3, 5)  # each pattern moved by so many semitones
    total = round(beat * len(notes) * len(bars) * TELEPHONE_RATE)
    mix = [0.0] * total
    for bar, shift in enumerate(bars):
        for place, step in enumerate(notes):
            start = round((bar * len(notes) + place) * beat * TELEPHONE_RATE)
            hertz = 392.0 * 2 ** ((step + shift) / 12)
            for n in range(2 * TELEPHONE_RATE):
                t = n / TELEPHONE_RATE
                attack = min(1.0, t / 0.02)
                value = math.sin(2 * math.pi * hertz * t) + 0.3 * math.sin(4 * math.pi * hertz * t)
                mix[(start + n) % total] += attack * math.exp(-2.2 * t) * min(1.0, (2 - t) / 0.2) * value
    return level(array("h", (clip(2000 * value) for value in mix)), MUSIC_LEVEL_DBFS)


def main() -> None:
    """Make every file anew."""
    entries = tomllib.loads((HERE / "prompts.toml").read_text(encoding="utf-8"))["prompt"]
    for folder in ("prompts", "moh"):
        (HERE / folder).mkdir(exist_ok=True)
    made = {HERE / "prompts" / f"{entry['name']}.wav": prompt(entry) for entry in entries}
    made[HERE / "moh" / "gentle.wav"] = music()
    for path, samples in made.items():
        write_wav(path, samples)
        print(
            f"{path.relative_to(HERE)}: {len(samples) / TELEPHONE_RATE:.2f} s, "
            f"{rms_dbfs(samples):.1f} dBFS, peak {peak_dbfs(samples):.1f} dBFS"
        )


if __name__ == "__main__":
    main()
