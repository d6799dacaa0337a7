"""Trains the network on the labelled frames of the corpus."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from hotline.speech.training.corpus import load_corpus
from hotline.speech.training.network import Network, padded
from hotline.speech.training.phones import PHONES
from hotline.speech.training.shape import CONTEXT, SUBSAMPLING

CHUNK = 40  # output frames trained at once: 1.2 s
BATCH = 64
PEAK_RATE = 2e-3
_NO_LABEL = -100
_INPUT = SUBSAMPLING * CHUNK - 2 + 2 * CONTEXT

Chunk = tuple[int, int]  # utterance, first output frame


class Frames:
    """All utterances, cut into chunks on demand."""

    def __init__(self, features: list[np.ndarray], labels: list[np.ndarray], seed: int) -> None:
        self._features = [padded(frames) for frames in features]
        self._labels = labels
        self._rng = np.random.default_rng(seed)

    def chunks(self, first: int, last: int) -> list[Chunk]:
        """Where chunks of the utterances first..last begin."""
        return [
            (index, start)
            for index in range(first, last)
            for start in range(0, max(1, len(self._labels[index]) - 10), CHUNK)
        ]

    def batch(self, chunks: list[Chunk], jitter: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
        """Features and labels; each chunk begins up to `jitter` output frames earlier or later."""
        x = np.zeros((len(chunks), _INPUT, self._features[0].shape[1]), np.float32)
        y = np.full((len(chunks), CHUNK), _NO_LABEL, np.int64)
        moves = self._rng.integers(-jitter, jitter + 1, len(chunks))
        for row, (index, start) in enumerate(chunks):
            start = max(0, min(start + int(moves[row]), len(self._labels[index]) - 10))
            frames = self._features[index][SUBSAMPLING * start : SUBSAMPLING * start + _INPUT]
            x[row, : len(frames)] = frames
            x[row, len(frames) :] = frames[-1]
            labels = self._labels[index][start : start + CHUNK]
            y[row, : len(labels)] = labels
        return torch.from_numpy(x), torch.from_numpy(y)


def accuracy(network: Network, frames: Frames, chunks: list[Chunk]) -> float:
    """Share of frames labelled rightly."""
    network.eval()
    right = total = 0
    with torch.no_grad():
        for start in range(0, len(chunks), BATCH):
            x, y = frames.batch(chunks[start : start + BATCH])
            known = y >= 0
            right += int((network(x).argmax(2) == y)[known].sum())
            total += int(known.sum())
    network.train()
    return right / max(1, total)


def train(corpus: Path, target: Path, *, epochs: float, width: int, threads: int, seed: int = 1) -> float:
    """Train, save the network with the frequencies of its sounds; its accuracy on unseen utterances."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    torch.set_flush_denormal(True)
    features, labels = load_corpus(corpus)
    seconds = sum(map(len, features)) / 100
    print(f"{len(features)} utterances, {seconds / 3600:.1f} hours", flush=True)
    sample = np.concatenate([frames.astype(np.float32) for frames in features[:2000]])
    network = Network(width, sample.mean(0), sample.std(0))
    frames = Frames(features, labels, seed)
    held_back = max(100, len(features) // 50)
    checked = frames.chunks(0, held_back)
    chunks = frames.chunks(held_back, len(features))
    steps = int(len(chunks) // BATCH * epochs)
    optimiser = torch.optim.AdamW(network.parameters(), lr=PEAK_RATE, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, PEAK_RATE, total_steps=steps, pct_start=0.1)
    shuffled = np.random.default_rng(seed)
    begun, place, share, losses = time.monotonic(), len(chunks), 0.0, []
    for step in range(1, steps + 1):
        if place + BATCH > len(chunks):
            shuffled.shuffle(chunks)
            place = 0
        x, y = frames.batch(chunks[place : place + BATCH], jitter=CHUNK // 3)
        place += BATCH
        scores = network(x).flatten(0, 1)
        loss = nn.functional.cross_entropy(scores, y.flatten(), ignore_index=_NO_LABEL, label_smoothing=0.05)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if step % 400 == 0 or step == steps:
            share = accuracy(network, frames, checked)
            spent = time.monotonic() - begun
            print(
                f"step {step}/{steps} loss {np.mean(losses[-400:]):.3f} right {share:.3f} {spent:.0f} s",
                flush=True,
            )
    counts = np.bincount(np.concatenate(labels), minlength=len(PHONES)) + 10.0
    torch.save({"network": network.state_dict(), "width": width, "priors": counts / counts.sum()}, target)
    return share


def load(path: Path) -> tuple[Network, np.ndarray]:
    """A trained network and how often each sound occurs."""
    saved = torch.load(path, weights_only=False)
    values = saved["network"]
    network = Network(saved["width"], values["mean"].numpy(), values["deviation"].numpy())
    network.load_state_dict(values)
    network.eval()
    return network, saved["priors"]
