"""How well messages were put together, where the truth is known: by pairs, and by whole groups."""

from collections import Counter
from collections.abc import Sequence
from math import comb


def figures(found: Sequence[str], true: Sequence[str]) -> dict[str, float]:
    """Precision and recall over pairs, and B-cubed (the mean over messages), each 0 to 1."""
    both, ours, theirs = Counter(zip(found, true, strict=True)), Counter(found), Counter(true)
    hit = sum(comb(count, 2) for count in both.values())
    claimed = sum(comb(count, 2) for count in ours.values())
    wanted = sum(comb(count, 2) for count in theirs.values())
    precision, recall = hit / claimed if claimed else 1.0, hit / wanted if wanted else 1.0
    pairs = list(zip(found, true, strict=True))
    cubed_p = sum(both[pair] / ours[pair[0]] for pair in pairs) / len(pairs)
    cubed_r = sum(both[pair] / theirs[pair[1]] for pair in pairs) / len(pairs)
    return {
        "pair_precision": round(precision, 4),
        "pair_recall": round(recall, 4),
        "pair_f1": round(_harmonic(precision, recall), 4),
        "bcubed_precision": round(cubed_p, 4),
        "bcubed_recall": round(cubed_r, 4),
        "bcubed_f1": round(_harmonic(cubed_p, cubed_r), 4),
    }


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0
