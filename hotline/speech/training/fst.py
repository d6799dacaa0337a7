"""Finite-state transducers in OpenFst's binary form, as the decoder inside Vosk reads them."""

from __future__ import annotations

import struct
from pathlib import Path

_MAGIC = 2125659606
_VERSION = 2
_EXPANDED_MUTABLE = 0x3
EPSILON = 0


class Fst:
    """A weighted transducer under construction; weights are costs (minus log probability)."""

    def __init__(self) -> None:
        self._arcs: list[list[tuple[int, int, float, int]]] = []
        self._final: dict[int, float] = {}

    def state(self) -> int:
        """A new state."""
        self._arcs.append([])
        return len(self._arcs) - 1

    def arc(
        self, source: int, target: int, read: int = EPSILON, write: int = EPSILON, cost: float = 0.0
    ) -> None:
        """An arc that reads a transition, writes a word and costs."""
        self._arcs[source].append((read, write, cost, target))

    def finish(self, state: int, cost: float) -> None:
        """Allow an utterance to end here."""
        self._final[state] = cost

    @property
    def states(self) -> int:
        """How many states there are."""
        return len(self._arcs)

    @property
    def arcs(self) -> int:
        """How many arcs there are."""
        return sum(map(len, self._arcs))

    def to_bytes(self, start: int) -> bytes:
        """The file's content: a header, then each state with its arcs."""
        header = struct.pack("<i", _MAGIC) + _text("vector") + _text("standard")
        header += struct.pack("<iiQqqq", _VERSION, 0, _EXPANDED_MUTABLE, start, self.states, self.arcs)
        parts = [header]
        for state, arcs in enumerate(self._arcs):
            parts.append(struct.pack("<fq", self._final.get(state, float("inf")), len(arcs)))
            parts += [struct.pack("<iifi", *arc) for arc in arcs]
        return b"".join(parts)

    def write(self, path: Path, start: int) -> None:
        """Write the file."""
        path.write_bytes(self.to_bytes(start))


def _text(value: str) -> bytes:
    return struct.pack("<i", len(value)) + value.encode()
