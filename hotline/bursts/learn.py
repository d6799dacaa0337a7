"""Learns the weights of likeness from made messages: `python -m hotline.bursts.learn` prints them."""

import random
import sys
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from hotline.bursts.evaluate import figures
from hotline.bursts.grouping import WINDOW_HOURS, groups
from hotline.bursts.likeness import Bags, Curve, Floats
from hotline.bursts.made import made_messages
from hotline.bursts.messages import Message
from hotline.bursts.similar import Comparer
from hotline.places_file import load_places
from hotline.settings import Settings
from hotline.topics_file import load_topics

SEEDS = (1, 2, 4)
_MATTERS, _ALONE = 60, 900
_KNOWN = 0.6  # share of topics and places that the learner knows


def main() -> None:
    """Learn on two made sets, try on a third."""
    settings = Settings.from_env()
    sets = [_set(settings, seed) for seed in SEEDS]
    lines = [_pairs(bags, messages) for bags, messages in sets]
    x, y = np.vstack([x for x, _ in lines]), np.concatenate([y for _, y in lines])
    learned = LogisticRegression(C=100.0, max_iter=5000).fit(x, y)
    curve = Curve(
        weights=tuple(map(float, learned.coef_[0].astype(np.float64).round(2))),
        offset=round(float(learned.intercept_[0]), 2),
    )
    out = sys.stdout
    out.write(f"Curve(weights={curve.weights}, offset={curve.offset})\n")
    for known in (_KNOWN, 1.0):
        bags, messages = _set(settings, 3, known)
        for enough in (0.3, 0.4, 0.5, 0.6):
            found = groups(bags, curve=curve, enough=enough)
            out.write(
                f"{known} {enough}: {figures([str(n) for n in found], [m.group or '' for m in messages])}\n"
            )


def _set(settings: Settings, seed: int, known: float = _KNOWN) -> tuple[Bags, list[Message]]:
    """People also call about what the city's files do not know: some of what is told of is forgotten."""
    comparer = Comparer(load_topics(settings.topics_file), load_places(settings.places_file))
    messages = made_messages(
        comparer.topics.topics, comparer.places, matters=_MATTERS, alone=_ALONE, seed=seed
    )
    rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
    topics = tuple(topic for topic in comparer.topics.topics if rng.random() < known)
    places = tuple(place for place in comparer.places if rng.random() < known)
    return Comparer(replace(comparer.topics, topics=topics), places).bags(messages), messages


def _pairs(bags: Bags, messages: list[Message]) -> tuple[Floats, NDArray[np.bool_]]:
    """Each message with those of the days before it."""
    features, same = [], []
    truth = np.asarray([message.group for message in messages])
    for row in range(1, len(messages)):
        first = int(np.searchsorted(bags.hours, bags.hours[row] - WINDOW_HOURS))
        if first < row:
            features.append(bags.features(slice(row, row + 1), slice(first, row))[0])
            same.append(truth[first:row] == truth[row])
    return np.vstack(features), np.concatenate(same)


if __name__ == "__main__":
    main()
