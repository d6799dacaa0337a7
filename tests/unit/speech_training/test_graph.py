"""The decoding graph: its file's form, and that its best path costs what the language model says."""

from __future__ import annotations

import heapq
import math
import struct
from pathlib import Path

import pytest

from hotline.speech.training.fst import Fst
from hotline.speech.training.graph import GraphBuilder, Tuning, write_graph
from hotline.speech.training.language_model import END, START, General, Shape, estimate
from hotline.speech.training.phones import phones_of
from hotline.speech.training.positions import position_phones, positioned, transition_ids

SENTENCES = [["小区", "停水", "了"], ["小区", "停电", "了"], ["我家", "停水", "了"], ["停", "了"]] * 2
WORDS = ["小区", "停水", "停电", "停", "了", "我家", "亭"]
LEXICON = {word: phones for word in WORDS if (phones := phones_of(word))}
TUNING = Tuning(word_cost=1.0, silence=0.2, lm_scale=0.7)
Arc = tuple[int, int, float, int]


def parse(data: bytes) -> tuple[int, list[tuple[float, list[Arc]]]]:
    magic, kind_length = struct.unpack_from("<ii", data)
    assert magic == 2125659606
    assert data[8 : 8 + kind_length] == b"vector"
    place = 8 + kind_length
    (arc_length,) = struct.unpack_from("<i", data, place)
    assert data[place + 4 : place + 4 + arc_length] == b"standard"
    place += 4 + arc_length
    version, flags, properties, start, states, arcs = struct.unpack_from("<iiQqqq", data, place)
    assert (version, flags, properties) == (2, 0, 3)
    place += 40
    read: list[tuple[float, list[Arc]]] = []
    for _ in range(states):
        final, count = struct.unpack_from("<fq", data, place)
        place += 12
        read.append((final, [struct.unpack_from("<iifi", data, place + 16 * n) for n in range(count)]))
        place += 16 * count
    assert place == len(data)
    assert sum(len(out) for _, out in read) == arcs
    return start, read


def test_file_has_openfst_header_and_every_arc() -> None:
    fst = Fst()
    a, b = fst.state(), fst.state()
    fst.arc(a, b, read=7, write=3, cost=0.5)
    fst.arc(b, b, read=8)
    fst.finish(b, 0.25)
    start, states = parse(fst.to_bytes(a))
    assert start == a
    assert states == [(math.inf, [(7, 3, 0.5, 1)]), (0.25, [(8, 0, 0.0, 1)])]
    assert (fst.states, fst.arcs) == (2, 2)


def cheapest(states: list[tuple[float, list[Arc]]], start: int, sounds: list[int], words: list[int]) -> float:
    """Cost of the best path that reads exactly these transitions (loops left out) and writes these words."""
    queue = [(0.0, start, 0, 0)]
    seen: set[tuple[int, int, int]] = set()
    best = math.inf
    while queue:
        cost, state, read, written = heapq.heappop(queue)
        if (state, read, written) in seen:
            continue
        seen.add((state, read, written))
        final, arcs = states[state]
        if read == len(sounds) and written == len(words):
            best = min(best, cost + final)
        for label, word, weight, target in arcs:
            if label and (read == len(sounds) or sounds[read] != label):
                continue
            if word and (written == len(words) or words[written] != word):
                continue
            heapq.heappush(queue, (cost + weight, target, read + bool(label), written + bool(word)))
    return best


KINDS = General(kind=lambda word: "verb" if word.startswith("停") else "noun" if len(word) > 1 else "x")


@pytest.mark.parametrize("general", [None, KINDS], ids=["alike", "kinds"])
@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("text", ["小区 停水 了", "我家 停电 了", "停 停 了", "亭 了 小区", "了"])
def test_the_best_path_costs_what_the_model_says(order: int, text: str, general: General | None) -> None:
    model = estimate(SENTENCES, WORDS, Shape(order=order, cutoff=1), general)
    builder = GraphBuilder(LEXICON, model, TUNING)
    start, states = parse(builder.fst.to_bytes(builder.build()))
    start, states = parse(builder.fst.to_bytes(start))
    numbers = {name: number for number, name in enumerate(position_phones().names, 1)}
    words = text.split()
    sounds = [transition_ids(numbers[p])[0] for word in words for p in positioned(LEXICON[word])]
    cost = cheapest(states, start, sounds, [builder.words.index(word) for word in words])
    expected, history = 0.0, (START,)
    for word in [*words, END]:
        expected -= TUNING.lm_scale * math.log(model.probability(word, history))
        history = (*history, word)[-2:]
    expected += len(words) * TUNING.word_cost
    expected -= (len(words) + 1) * math.log(1 - TUNING.silence)
    # Backing off is offered beside a listed word and may be a little cheaper, never dearer.
    assert cost <= expected + 1e-3
    assert cost > expected - 3.0


def test_a_word_ends_with_its_last_sound_only(tmp_path: Path) -> None:
    model = estimate(SENTENCES, WORDS, Shape())
    fst = write_graph(tmp_path, LEXICON, model, TUNING)
    assert fst.states > 0
    listed = (tmp_path / "words.txt").read_text(encoding="utf-8").splitlines()
    assert listed[0] == "<eps> 0"
    assert [line.split()[1] for line in listed] == [str(n) for n in range(len(listed))]
    boundaries = (tmp_path / "phones" / "word_boundary.int").read_text().splitlines()
    assert boundaries[0] == "1 nonword"
    assert len(boundaries) == len(position_phones().names)
