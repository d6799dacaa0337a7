"""Measures a model: character errors on sentences and voices that training never met."""

from __future__ import annotations

import json
import multiprocessing
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hotline.speech.pcm import TELEPHONE_RATE, read_wav
from hotline.speech.training.sentences import (
    development_sentences,
    free_sentences,
    held_out_sentences,
    tuning_sentences,
)

VOICES_EACH = 4  # held-out voices a sentence is said by
NOISY_DB = 15.0
SETS = {
    "held_out": held_out_sentences,
    "free": free_sentences,
    "tuning": tuning_sentences,
    "development": development_sentences,
}
RATES = (110, 130, 150, 165, 175, 200, 225)
_model: object = None  # of a process that measures


@dataclass(slots=True)
class Score:
    """Character errors over a set of utterances."""

    characters: int = 0
    errors: int = 0
    utterances: int = 0
    right: int = 0

    def add(self, said: str, heard: str) -> int:
        """Count one utterance; its errors."""
        errors = edit_distance(said, heard)
        self.characters += len(said)
        self.errors += errors
        self.utterances += 1
        self.right += errors == 0
        return errors

    @property
    def cer(self) -> float:
        """Character error rate in percent."""
        return 100 * self.errors / max(1, self.characters)


def edit_distance(said: Sequence[str], heard: Sequence[str]) -> int:
    """Fewest insertions, deletions and substitutions."""
    row = list(range(len(heard) + 1))
    for i, character in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (character != other))
    return row[-1]


def transcribe(model: object, path: Path) -> str:
    """What the model hears in a file, fed in 100 ms pieces as a call brings them."""
    from vosk import KaldiRecognizer

    samples, rate = read_wav(path)
    recogniser = KaldiRecognizer(model, rate)
    heard: list[str] = []
    data = samples.tobytes()
    for start in range(0, len(data), 1600):
        if recogniser.AcceptWaveform(data[start : start + 1600]):
            heard.append(json.loads(recogniser.Result())["text"])
    heard.append(json.loads(recogniser.FinalResult())["text"])
    return "".join(heard).replace(" ", "")


def make_test_sounds(folder: Path) -> None:
    """Speak every measured sentence, in a child process of its own."""
    command = [sys.executable, "-m", __name__, str(folder)]
    subprocess.run(command, check=True)


def _speak_all(folder: Path) -> None:
    from scipy.signal import resample_poly

    from hotline.speech.training import telephone
    from hotline.speech.training.espeak import HELD_OUT, Espeak, Style
    from hotline.speech.training.phones import syllables_of

    espeak, chooser, rng = Espeak(), random.Random(77), np.random.default_rng(77)
    folder.mkdir(parents=True, exist_ok=True)
    voices: list[np.ndarray] = []
    listed: list[str] = []
    for name, sentences in SETS.items():
        for index, sentence in enumerate(sentences()):
            for turn in range(VOICES_EACH):
                style = Style(
                    variant=HELD_OUT[(index * 5 + turn * 7) % len(HELD_OUT)],
                    rate=chooser.choice(RATES),
                    pitch=chooser.randint(10, 90),
                    pitch_range=chooser.randint(20, 90),
                )
                sound, _ = espeak.say(" ".join(syllables_of(sentence)), style)
                narrow = resample_poly(sound.astype(float), 160, 441) * 0.5
                narrow = np.concatenate([np.zeros(2400), narrow, np.zeros(6400)])
                voices = [*voices[-20:], narrow]
                noisy = telephone.call(narrow, rng, voices, snr_db=NOISY_DB)
                for condition, samples in (("clean", narrow), ("noisy", noisy)):
                    file = f"{name}_{condition}_{index:03d}_{turn}.wav"
                    _write(folder / file, samples)
                    listed.append(f"{file}\t{name}\t{condition}\t{sentence}")
    (folder / "list.tsv").write_text("\n".join(listed) + "\n", encoding="utf-8")


def _write(path: Path, samples: np.ndarray) -> None:
    import wave

    with wave.open(str(path), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(TELEPHONE_RATE)
        target.writeframes(np.clip(np.round(samples), -32768, 32767).astype("<i2").tobytes())


def evaluate(model_folder: Path, sounds: Path, processes: int = 1, show: int = 15) -> dict[str, float]:
    """Character error rates in percent by set and condition, and times faster than speech on a core."""
    listed = [line.split("\t") for line in (sounds / "list.tsv").read_text(encoding="utf-8").splitlines()]
    files = [sounds / row[0] for row in listed]
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, spawning, _load, (model_folder,)) as pool:
        results = list(pool.map(_hear, files, chunksize=20))
    scores: dict[str, Score] = {}
    wrong: list[str] = []
    for (_, name, condition, said), (heard, _) in zip(listed, results, strict=True):
        if scores.setdefault(f"{name}_{condition}", Score()).add(said, heard):
            wrong.append(f"{condition}  {said}  heard as  {heard}")
    for line in random.Random(1).sample(wrong, min(show, len(wrong))):
        print(line)
    figures = {f"cer_{name}": round(score.cer, 2) for name, score in sorted(scores.items())}
    figures["utterances"] = sum(score.utterances for score in scores.values())
    seconds = sum(path.stat().st_size for path in files) / 2 / TELEPHONE_RATE
    figures["times_real_time"] = round(seconds / sum(spent for _, spent in results))
    return figures


def _load(folder: Path) -> None:
    """The model of this process."""
    global _model
    from vosk import Model, SetLogLevel

    SetLogLevel(-1)
    _model = Model(str(folder))


def _hear(path: Path) -> tuple[str, float]:
    """What is heard in a file, and the seconds of a core that it took."""
    begun = time.process_time()
    return transcribe(_model, path), time.process_time() - begun


if __name__ == "__main__":
    _speak_all(Path(sys.argv[1]))
