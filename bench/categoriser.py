"""The categoriser's figures beside the usual reference, and how places are found by sound."""

import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import results
from hotline.categoriser.damage import misheard
from hotline.categoriser.evaluate import evaluate, in_folds
from hotline.categoriser.labelled import Labelled, read_labelled
from hotline.categoriser.learned import categoriser_of
from hotline.categoriser.reading import sounds
from hotline.categoriser.school import learn, marks
from hotline.categoriser.training import train
from hotline.domain.errors import Invalid
from hotline.domain.ids import CallId
from hotline.domain.learning import Lesson
from hotline.places_file import gazetteer_of
from hotline.settings import CHECKOUT, Settings
from hotline.topics_file import load_topics
from tests.support.mishearings import in_a_sentence, made_up_places, misheard_name
from tests.support.said import said

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
    figures = _accuracy(messages) | {"train_s_10k": _train_many(messages)} | _places() | _city()
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
        "ms_reasons": _ms_reasons(messages),
        "f1_damaged": whole["damaged"]["macro_f1"],
        "f1_60_damaged": start["damaged"]["macro_f1"],
    }


def _ms_reasons(messages: Labelled) -> float:
    """One message to three suggestions with their words, median."""
    model = train(messages.texts, messages.labels)
    return round(results.median([_ms(model.best, text) for text in messages.texts]), 3)


def _ms(do: Callable[[str], object], text: str) -> float:
    started = time.perf_counter()
    do(text)
    return (time.perf_counter() - started) * 1000


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


def _city() -> dict[str, Any]:
    """The hotline's own: the first version of the shipped topics file, on sentences nobody fitted it to."""
    topics, rng = load_topics(Settings.from_env({}).topics_file), random.Random(_SEED)
    started = time.perf_counter()
    version = learn(topics, [])
    took = time.perf_counter() - started
    clean = [Lesson(CallId(str(n)), each.words, each.topic) for n, each in enumerate(said())]
    heard = [Lesson(each.call_id, misheard(each.words, DAMAGE, rng), each.topic) for each in clean]
    categoriser = categoriser_of(topics, version, 1)
    kinds = [(categoriser.understand(each.words).kind, each.kind) for each in said()]
    figures: dict[str, Any] = {"city_train_s": round(took, 1)}
    for name, learned in (("file", None), ("city", version)):
        for damage, lessons in (("", clean), ("_damaged", heard)):
            found = marks(topics, learned, lessons)
            figures[f"{name}_first{damage}"] = found.first
            figures[f"{name}_three{damage}"] = found.first_three
            figures[f"{name}_ece{damage}"] = found.calibration_error
    figures["kind_right"] = round(sum(k is not None and k.kind == true for k, true in kinds) / len(kinds), 3)
    figures["kind_wrong"] = round(sum(k is not None and k.kind != true for k, true in kinds) / len(kinds), 3)
    figures["ms_city"] = round(
        results.median([_ms(categoriser.understand, each.words) for each in said()]), 3
    )
    return figures
