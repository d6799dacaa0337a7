"""The categoriser's figures beside the usual reference, and how places are found by sound."""

import os
import random
import sys
import time
from pathlib import Path
from typing import Any

from bench import results
from hotline.categoriser.evaluate import evaluate, in_folds
from hotline.categoriser.labelled import Labelled, read_labelled
from hotline.categoriser.reading import sounds
from hotline.categoriser.training import train
from hotline.domain.errors import Invalid
from hotline.places_file import gazetteer_of
from hotline.settings import CHECKOUT
from tests.support.mishearings import in_a_sentence, made_up_places, misheard_name

MESSAGES = "../shared/data/requests/dev.tsv"
DAMAGE = 0.2
FIRST = 60
MANY = 10_000
PLACES = 20_000
MISHEARD = 500
_SEED = 12341


def main() -> None:
    path = Path(os.environ.get("HOTLINE_BENCH_REQUESTS") or CHECKOUT / MESSAGES)
    try:
        messages = read_labelled(path)
    except Invalid as problem:
        sys.exit(f"bench categoriser: {problem}; HOTLINE_BENCH_REQUESTS names a file of label, tab, text.")
    figures = _accuracy(messages) | {"train_s_10k": _train_many(messages)} | _places()
    results.write("categoriser", "make bench", figures)


def _accuracy(messages: Labelled) -> dict[str, Any]:
    whole: Any = evaluate(list(in_folds(messages, 5)), DAMAGE)
    start: Any = evaluate(list(in_folds(messages.first(FIRST), 5)), DAMAGE)
    return {
        "f1": whole["ours"]["macro_f1"],
        "f1_reference": whole["reference"]["macro_f1"],
        "f1_60": start["ours"]["macro_f1"],
        "f1_60_reference": start["reference"]["macro_f1"],
        "top3": whole["ours"]["top3"],
        "top3_60": start["ours"]["top3"],
        "ece": whole["ours"]["ece"],
        "ece_60": start["ours"]["ece"],
        "ms_single": whole["ours"]["ms_single"],
        "ms_single_reference": whole["reference"]["ms_single"],
        "f1_damaged": whole["damaged"]["macro_f1"],
        "f1_60_damaged": start["damaged"]["macro_f1"],
    }


def _train_many(messages: Labelled) -> float:
    """Seconds, on the same messages repeated."""
    times = -(-MANY // len(messages.texts))
    started = time.perf_counter()
    train((messages.texts * times)[:MANY], (messages.labels * times)[:MANY])
    return round(time.perf_counter() - started, 1)


def _places() -> dict[str, float]:
    """The share found first, and the median time, of names alone and in sentences by turns."""
    rng = random.Random(_SEED)
    places = made_up_places(PLACES, rng)
    gazetteer = gazetteer_of(tuple(places))
    hits, took_ms = 0, []
    for number, place in enumerate(rng.sample(places, MISHEARD)):
        written = misheard_name(place.name, rng)
        heard = sounds(written if number % 2 else in_a_sentence(written, rng))
        started = time.perf_counter()
        found = gazetteer.find(heard)
        took_ms.append((time.perf_counter() - started) * 1000)
        hits += bool(found) and found[0].place == place
    return {
        "place_hit": hits / MISHEARD,
        "place_ms": round(results.median(took_ms), 2),
        "place_ms_p95": round(results.percentile(took_ms, 0.95), 2),
    }
