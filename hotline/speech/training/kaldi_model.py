"""am/final.mdl in Kaldi's binary form: which sounds there are, and the network that tells them apart."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from io import BytesIO

import numpy as np

from hotline.speech.training.positions import position_phones
from hotline.speech.training.shape import FEATURES, FUTURE, PAST, Affine


class _Writer:
    """Kaldi's binary primitives."""

    def __init__(self) -> None:
        self._out = BytesIO()
        self._out.write(b"\0B")

    def token(self, *names: str) -> None:
        for name in names:
            self._out.write(name.encode() + b" ")

    def text(self, text: str) -> None:
        self._out.write(text.encode())

    def integer(self, *values: int) -> None:
        for value in values:
            self._out.write(struct.pack("<bi", 4, value))

    def real(self, value: float) -> None:
        self._out.write(struct.pack("<bf", 4, value))

    def integers(self, values: Iterable[int]) -> None:
        listed = np.asarray(list(values), "<i4")
        self._out.write(struct.pack("<bi", 4, len(listed)) + listed.tobytes())

    def vector(self, values: Sequence[float] | np.ndarray) -> None:
        listed = np.asarray(values, "<f4")
        self._out.write(b"FV " + struct.pack("<bi", 4, len(listed)) + listed.tobytes())

    def matrix(self, values: np.ndarray) -> None:
        rows = np.ascontiguousarray(values, "<f4")
        self._out.write(b"FM " + struct.pack("<bibi", 4, rows.shape[0], 4, rows.shape[1]) + rows.tobytes())

    def done(self) -> bytes:
        return self._out.getvalue()


def acoustic_model(layers: Sequence[Affine], priors: np.ndarray) -> bytes:
    """The whole file."""
    writer = _Writer()
    _transition_model(writer)
    writer.token("<Nnet3>")
    writer.text("\n" + _wiring(layers) + "\n\n")
    writer.token("<NumComponents>")
    writer.integer(2 * len(layers))
    for index, layer in enumerate(layers):
        _components(writer, f"layer{index}", layer, last=index == len(layers) - 1)
    writer.token("</Nnet3>", "<LeftContext>")
    writer.integer(PAST)
    writer.token("<RightContext>")
    writer.integer(FUTURE)
    writer.token("<Priors>")
    writer.vector(priors)
    return writer.done()


def _transition_model(writer: _Writer) -> None:
    """One topology for all phones: a single state, left or kept with probability a half."""
    phones = position_phones()
    count = len(phones.names)
    writer.token("<TransitionModel>", "<Topology>")
    writer.integers(range(1, count + 1))
    writer.integers([-1] + [0] * count)
    writer.integer(1)  # topologies
    writer.integer(2)  # states in it
    writer.integer(0, 2)  # the first: output class 0, two transitions
    for target in (0, 1):
        writer.integer(target)
        writer.real(0.5)
    writer.integer(-1, 0)  # the second: no output, no transitions
    writer.token("</Topology>", "<Triples>")
    writer.integer(count)
    for phone, output in enumerate(phones.outputs, 1):
        writer.integer(phone, 0, output)
    writer.token("</Triples>", "<LogProbs>")
    writer.vector([0.0] + [math.log(0.5)] * (2 * count))
    writer.token("</LogProbs>", "</TransitionModel>")


def _wiring(layers: Sequence[Affine]) -> str:
    """Which component reads what."""
    lines = [f"input-node name=input dim={FEATURES}"]
    below = "input"
    for index, layer in enumerate(layers):
        name = f"layer{index}"
        reads = [f"Offset({below}, {offset})" if offset else below for offset in layer.offsets]
        spliced = f"Append({', '.join(reads)})" if len(reads) > 1 else reads[0]
        lines.append(f"component-node name={name}.affine component={name}.affine input={spliced}")
        lines.append(f"component-node name={name}.out component={name}.out input={name}.affine")
        below = f"{name}.out"
    lines.append(f"output-node name=output input={below} objective=linear")
    return "\n".join(lines)


def _components(writer: _Writer, name: str, layer: Affine, *, last: bool) -> None:
    writer.token("<ComponentName>", f"{name}.affine", "<FixedAffineComponent>", "<LinearParams>")
    writer.matrix(layer.weights)
    writer.token("<BiasParams>")
    writer.vector(layer.bias)
    kind = "LogSoftmaxComponent" if last else "RectifiedLinearComponent"
    writer.token("</FixedAffineComponent>", "<ComponentName>", f"{name}.out", f"<{kind}>", "<Dim>")
    writer.integer(len(layer.bias))
    for statistic in ("<ValueAvg>", "<DerivAvg>"):
        writer.token(statistic)
        writer.vector([])
    writer.token("<Count>")
    writer.real(0.0)
    writer.token(f"</{kind}>")
