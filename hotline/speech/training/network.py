"""The acoustic network: a small time-delay network that reads 34 frames and labels every third."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from hotline.speech.training.phones import PHONES
from hotline.speech.training.shape import (
    FEATURES,
    FUTURE,
    OFFSETS,
    PAST,
    SUBSAMPLED_LAYER,
    SUBSAMPLING,
    Affine,
)


class Network(nn.Module):
    """(batch, 3 k - 2 + PAST + FUTURE, 43) features to (batch, k, sounds) scores."""

    def __init__(self, width: int, mean: np.ndarray, deviation: np.ndarray) -> None:
        super().__init__()
        self.width = width
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
        self.register_buffer("deviation", torch.tensor(deviation, dtype=torch.float32))
        sizes = [FEATURES] + [width] * (len(OFFSETS) - 1)
        self.layers = nn.ModuleList(
            nn.Linear(size * len(offsets), width) for size, offsets in zip(sizes, OFFSETS, strict=True)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for _ in OFFSETS)
        self.out = nn.Linear(width, len(PHONES))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = (x - self.mean) / self.deviation
        for index, (layer, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            x = self._splice(x, index)
            batch, frames, size = x.shape
            x = norm(torch.relu(layer(x.reshape(batch * frames, size))))
            x = x.view(batch, frames, -1)
        return self.out(x)

    @staticmethod
    def _splice(x: torch.Tensor, index: int) -> torch.Tensor:
        """The frames that layer `index` reads, side by side; a view where they are neighbours, for speed."""
        step = SUBSAMPLING if index == SUBSAMPLED_LAYER else 1
        unit = SUBSAMPLING if index > SUBSAMPLED_LAYER else 1
        places = [(offset - OFFSETS[index][0]) // unit for offset in OFFSETS[index]]
        x = x.contiguous()
        batch, frames, size = x.shape
        count = (frames - places[-1] - 1) // step + 1
        if places[-1] == len(places) - 1:
            return x.as_strided((batch, count, len(places) * size), (frames * size, step * size, 1))
        return torch.cat([x[:, place : place + count] for place in places], dim=2)


def padded(features: np.ndarray) -> np.ndarray:
    """With the edge frames repeated as Vosk repeats them, so that normalisation folds exactly."""
    after = FUTURE + SUBSAMPLING - 1
    return np.concatenate([np.repeat(features[:1], PAST, 0), features, np.repeat(features[-1:], after, 0)])


def folded(network: Network) -> list[Affine]:
    """The trained network as affine layers with ReLU between them: each normalisation goes into the next."""
    values = {name: tensor.double().numpy() for name, tensor in network.state_dict().items()}
    scale = 1 / values["deviation"]
    shift = -values["mean"] / values["deviation"]
    layers: list[Affine] = []
    for index, offsets in enumerate((*OFFSETS, (0,))):
        name = "out" if index == len(OFFSETS) else f"layers.{index}"
        weights, bias = values[f"{name}.weight"], values[f"{name}.bias"]
        bias = bias + weights @ np.tile(shift, len(offsets))
        layers.append(Affine(offsets, weights * np.tile(scale, len(offsets)), bias))
        if index < len(OFFSETS):
            norm = f"norms.{index}."
            scale = values[norm + "weight"] / np.sqrt(values[norm + "running_var"] + 1e-5)
            shift = values[norm + "bias"] - values[norm + "running_mean"] * scale
    return layers


def difference(network: Network, layers: list[Affine]) -> float:
    """Largest difference between the network's scores and those of its exported layers, on random frames."""
    outputs = 8
    count = SUBSAMPLING * outputs - 2 + PAST + FUTURE
    frames = np.random.default_rng(1).standard_normal((count, FEATURES)) * 10
    with torch.no_grad():
        expected = network(torch.tensor(frames[np.newaxis], dtype=torch.float32))[0].numpy()
    x = frames
    for number, layer in enumerate(layers):
        count = len(x) - (layer.offsets[-1] - layer.offsets[0])
        starts = [offset - layer.offsets[0] for offset in layer.offsets]
        x = (
            np.concatenate([x[start : start + count] for start in starts], axis=1) @ layer.weights.T
            + layer.bias
        )
        if number < len(layers) - 1:
            x = np.maximum(x, 0)
    return float(np.abs(x[::SUBSAMPLING] - expected).max())
