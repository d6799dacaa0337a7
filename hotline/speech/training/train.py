"""Trains the network on the labelled frames of the corpus."""

from __future__ import annotations

import copy
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import nn

from hotline.speech.training.corpus import load_corpus
from hotline.speech.training.network import Network, padded
from hotline.speech.training.phones import PHONES
from hotline.speech.training.shape import FUTURE, PAST, SUBSAMPLING

CHUNK = 40  # output frames trained at once: 1.2 s
BATCH = 64
PEAK_RATE = 2e-3
SHORT_FLOATS = torch.cpu._is_avx512_bf16_supported()  # elsewhere emulated, and slower than the long ones
RAREST = 1e-3  # least prior of a sound
_NO_LABEL = -100
_TILTED = 6  # lowest coefficients: the overall shape of the spectrum
_INPUT = SUBSAMPLING * CHUNK - 2 + PAST + FUTURE

Chunk = tuple[int, int]  # utterance, first output frame


class Frames:
    """All utterances, cut into chunks on demand."""

    def __init__(self, features: list[np.ndarray], labels: list[np.ndarray], seed: int) -> None:
        self._features = [padded(frames) for frames in features]
        self._labels = labels
        self._rng = np.random.default_rng(seed)
        lowest = np.concatenate(features[:500])[:, :_TILTED].astype(np.float32)
        self._spread = 0.15 * lowest.std(0)

    def chunks(self, first: int, last: int) -> list[Chunk]:
        """Where chunks of the utterances first..last begin."""
        return [
            (index, start)
            for index in range(first, last)
            for start in range(0, max(1, len(self._labels[index]) - 10), CHUNK)
        ]

    def batch(self, chunks: list[Chunk], vary: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
        """Features and labels; varied, each chunk begins elsewhere, on another handset, with a gap in it."""
        x = np.zeros((len(chunks), _INPUT, self._features[0].shape[1]), np.float32)
        y = np.full((len(chunks), CHUNK), _NO_LABEL, np.int64)
        jitter = CHUNK // 3 if vary else 0
        moves = self._rng.integers(-jitter, jitter + 1, len(chunks))
        for row, (index, start) in enumerate(chunks):
            start = max(0, min(start + int(moves[row]), len(self._labels[index]) - 10))
            frames = self._features[index][SUBSAMPLING * start : SUBSAMPLING * start + _INPUT]
            x[row, : len(frames)] = frames
            x[row, len(frames) :] = frames[-1]
            labels = self._labels[index][start : start + CHUNK]
            y[row, : len(labels)] = labels
        if vary:
            self._vary(x)
        return torch.from_numpy(x), torch.from_numpy(y)

    def _vary(self, x: np.ndarray) -> None:
        """Half of the chunks tilted as by another handset; a third with up to 120 ms wiped out."""
        tilts = self._rng.standard_normal((len(x), _TILTED)).astype(np.float32) * self._spread
        x[:, :, :_TILTED] += (
            tilts[:, np.newaxis] * (self._rng.random(len(x)) < 0.5)[:, np.newaxis, np.newaxis]
        )
        starts, lengths = self._rng.integers(0, _INPUT - 12, len(x)), self._rng.integers(3, 13, len(x))
        for row in np.flatnonzero(self._rng.random(len(x)) < 1 / 3):
            x[row, starts[row] : starts[row] + lengths[row]] = x[row].mean(0)


class Halves:
    """Shares each batch among threads, each with a copy of the network on the same weights."""

    def __init__(self, network: Network, threads: int) -> None:
        self._copies = [network] + [copy.deepcopy(network) for _ in range(threads - 1)]
        for other in self._copies[1:]:
            for mine, shared in zip(other.parameters(), network.parameters(), strict=True):
                mine.data = shared.data
        self._pool = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,))

    def __enter__(self) -> Halves:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def gradients(self, x: torch.Tensor, y: torch.Tensor) -> float:
        """Leave the batch's mean gradients in the first copy, summed in a fixed order; the loss."""
        count = len(self._copies)
        losses = list(self._pool.map(_backward, self._copies, x.chunk(count), y.chunk(count)))
        first = self._copies[0]
        for other in self._copies[1:]:
            for mine, theirs in zip(first.parameters(), other.parameters(), strict=True):
                mine.grad.add_(theirs.grad)
        for mine in first.parameters():
            mine.grad.div_(count)
        return sum(losses) / count


def _backward(network: Network, x: torch.Tensor, y: torch.Tensor) -> float:
    """One copy's part of a batch; with the processor's short floats where it has them: twice as fast."""
    with torch.autocast("cpu", torch.bfloat16, enabled=SHORT_FLOATS):
        scores = network(x).flatten(0, 1)
    loss = nn.functional.cross_entropy(
        scores.float(), y.flatten(), ignore_index=_NO_LABEL, label_smoothing=0.05
    )
    network.zero_grad()
    loss.backward()
    return float(loss.detach())


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
    torch.set_num_threads(1)  # the threads that share a batch are ours: so their sums have one order
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
    with Halves(network, threads) as halves:
        for step in range(1, steps + 1):
            if place + BATCH > len(chunks):
                shuffled.shuffle(chunks)
                place = 0
            losses.append(halves.gradients(*frames.batch(chunks[place : place + BATCH], vary=True)))
            place += BATCH
            nn.utils.clip_grad_norm_(network.parameters(), 2.0)
            optimiser.step()
            schedule.step()
            if step % 500 == 0 or step == steps:
                share = accuracy(network, frames, checked)
                spent, mean = time.monotonic() - begun, np.mean(losses[-500:])
                print(f"step {step}/{steps} loss {mean:.3f} right {share:.4f} {spent:.0f} s", flush=True)
    counts = np.bincount(np.concatenate(labels), minlength=len(PHONES)).astype(float)
    priors = np.maximum(counts / counts.sum(), RAREST)
    torch.save({"network": network.state_dict(), "width": width, "priors": priors / priors.sum()}, target)
    return share


def load(path: Path) -> tuple[Network, np.ndarray]:
    """A trained network and how often each sound occurs."""
    saved = torch.load(path, weights_only=False)
    values = saved["network"]
    network = Network(saved["width"], values["mean"].numpy(), values["deviation"].numpy())
    network.load_state_dict(values)
    network.eval()
    return network, saved["priors"]
