"""Spoken training material: words, syllables and plain sentences said by many voices over bad telephones."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from hotline.speech.pcm import TELEPHONE_RATE
from hotline.speech.training import telephone
from hotline.speech.training.alignment import Segment, frame_labels, segments_of, stretched
from hotline.speech.training.espeak import Espeak, Style, training_variants
from hotline.speech.training.features import features as features_of
from hotline.speech.training.lexicon import common_count, common_words
from hotline.speech.training.phones import SILENCE, all_syllables, phones_of_syllable, syllables_of
from hotline.speech.training.sentences import spoken_sentences

BATCH = 500  # utterances a child process: the library has been seen to crash, and a crash costs one batch
NO_SPEECH = 0.06  # share of lines on which nobody speaks
_MAX_BABBLE = 40
_SHORTEST = 4000  # samples; less than that and the voice said nothing


@dataclass(frozen=True, slots=True)
class Material:
    """What may be said in training: nothing of the topics or the grammar, which may change without it."""

    words: Sequence[str]
    weights: Sequence[float]  # running sums: how often a word is drawn where frequent ones are preferred
    sentences: Sequence[str]
    variants: Sequence[str]


def pinyin_to_say(chooser: random.Random, material: Material) -> list[str]:
    """Syllables of a plain sentence, of some words in a row, or of nothing that means anything."""
    kind = chooser.random()
    if kind < 0.10:
        return syllables_of(chooser.choice(material.sentences))
    if kind < 0.45:
        count = chooser.randint(2, 7)
        return syllables_of("".join(chooser.choices(material.words, cum_weights=material.weights, k=count)))
    if kind < 0.75:
        return syllables_of("".join(chooser.choice(material.words) for _ in range(chooser.randint(1, 5))))
    inventory = all_syllables()
    return [chooser.choice(inventory) + str(chooser.randint(1, 4)) for _ in range(chooser.randint(2, 8))]


def random_style(chooser: random.Random, variants: Sequence[str]) -> Style:
    """Any voice at any usual speed and pitch; the plain voice more often than each of the others."""
    return Style(
        variant="" if chooser.random() < 0.12 else chooser.choice(variants),
        rate=chooser.randint(110, 250),
        pitch=chooser.randint(10, 90),
        pitch_range=chooser.randint(20, 90),
    )


def spoken(
    espeak: Espeak, pinyin: Sequence[str], style: Style, chooser: random.Random
) -> tuple[np.ndarray, list[Segment]] | None:
    """One utterance at 8 kHz with its sounds; None when the voice did not say what was asked."""
    syllables = [phones_of_syllable(syllable) for syllable in pinyin]
    known = [syllable for syllable in syllables if syllable]
    if not known or len(known) != len(syllables):
        return None
    text = list(pinyin)
    if len(text) > 3 and chooser.random() < 0.25:
        text[chooser.randint(0, len(text) - 2)] += ","  # a pause somewhere
    sound, phonemes = espeak.say(" ".join(text), style)
    if len(sound) < _SHORTEST:
        return None
    segments = segments_of(phonemes, known, espeak.rate, len(sound))
    if segments is None:
        return None
    # Resampling a little off moves speed and formants together, as another throat would.
    down = round(441 * chooser.uniform(0.87, 1.16))
    narrow = resample_poly(sound.astype(float), 160, down)
    lead, tail = (chooser.uniform(0, 2.5 if chooser.random() < 0.15 else 0.8) for _ in range(2))
    before, after = int(TELEPHONE_RATE * lead), int(TELEPHONE_RATE * tail)
    padded = np.concatenate([np.zeros(before), narrow, np.zeros(after)])
    return padded, stretched(segments, 441 / down, before / TELEPHONE_RATE)


def make_batch(seed: int, count: int, target: Path) -> None:
    """Synthesise, spoil, label and compute the features of one batch; runs in a child process."""
    chooser, rng = random.Random(seed), np.random.default_rng(seed)
    espeak = Espeak()
    words = common_words()
    weights = list(itertools.accumulate(common_count(word) ** 0.5 for word in words))
    material = Material(words, weights, spoken_sentences(), training_variants(espeak.variants()))
    voices: list[np.ndarray] = []
    features: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    for _ in range(count):
        if chooser.random() < NO_SPEECH:
            frames = features_of(telephone.no_speech(rng))
            segments = [Segment(SILENCE, 0.0, float("inf"))]
        else:
            style = random_style(chooser, material.variants)
            said = spoken(espeak, pinyin_to_say(chooser, material), style, chooser)
            if said is None:
                continue
            sound, segments = said
            frames = features_of(telephone.call(sound, rng, voices))
            if len(voices) < _MAX_BABBLE:
                voices.append(sound)
        features.append(frames.astype(np.float16))
        labels.append(frame_labels(segments, len(frames)))
    np.savez(
        target,
        features=np.concatenate(features),
        lengths=np.array([len(frames) for frames in features]),
        labels=np.concatenate(labels),
    )


def make_corpus(folder: Path, utterances: int, processes: int = 2) -> None:
    """Make the batches that are not there yet, in child processes; a crashed one again with another seed."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [(number, 1000 + number) for number in range(-(-utterances // BATCH))]
    todo = [job for job in wanted if not _batch_file(folder, job[0]).exists()]
    running: dict[subprocess.Popen[bytes], tuple[int, int]] = {}
    while todo or running:
        while todo and len(running) < processes:
            number, seed = todo.pop(0)
            partial = _batch_file(folder, number).with_suffix(".part.npz")
            command = [sys.executable, "-m", __name__, str(seed), str(BATCH), str(partial)]
            running[subprocess.Popen(command)] = (number, seed)
        for child, (number, seed) in list(running.items()):
            if child.poll() is None:
                continue
            del running[child]
            target = _batch_file(folder, number)
            if child.returncode == 0:
                target.with_suffix(".part.npz").rename(target)
                print(f"batch {number}: {len(wanted) - len(todo) - len(running)}/{len(wanted)}", flush=True)
            elif seed > 100_000:
                raise RuntimeError(f"batch {number} failed ten times")
            else:
                todo.append((number, seed + 10_000))
        time.sleep(0.1)


def _batch_file(folder: Path, number: int) -> Path:
    return folder / f"batch_{number:03d}.npz"


def load_corpus(folder: Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Features and labels of every utterance in the folder, in a fixed order."""
    features: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    for path in sorted(folder.glob("batch_???.npz")):
        with np.load(path) as batch:
            lengths = batch["lengths"]
            features += np.split(batch["features"], np.cumsum(lengths)[:-1])
            labels += np.split(batch["labels"], np.cumsum((lengths + 2) // 3)[:-1])
    return features, labels


if __name__ == "__main__":
    make_batch(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
