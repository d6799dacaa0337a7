"""Puts messages of one matter together, one after the other as they come in, as the hotline would."""

import numpy as np

from hotline.bursts.likeness import LEARNED, Bags, Curve, likelihoods

WINDOW_HOURS = 14 * 24.0  # a matter that nobody told of for so long is over
ENOUGH = 0.6
_SHARE = 0.4  # of a group's members, the most alike ones are asked
_AT_ONCE = 200  # messages compared in one go: a window of 2,000 takes 10 MB a feature


def groups(bags: Bags, *, curve: Curve = LEARNED, enough: float = ENOUGH) -> list[int]:
    """For each message (they are in order of time) the row of the first of its group; its own when alone.

    A message joins the group to whose most alike members of the last two weeks it is alike enough on average
    (not only to one of them: that would chain strangers together).
    """
    count = len(bags.hours)
    leader = np.arange(count)
    for start in range(0, count, _AT_ONCE):
        end = min(start + _AT_ONCE, count)
        first = int(np.searchsorted(bags.hours, bags.hours[start] - WINDOW_HOURS))
        alike = likelihoods(bags.features(slice(start, end), slice(first, end)), curve)
        for row in range(start, end):
            oldest = int(np.searchsorted(bags.hours, bags.hours[row] - WINDOW_HOURS))
            leader[row] = _joined(
                row, leader[oldest:row], alike[row - start, oldest - first : row - first], enough
            )
    return [int(row) for row in leader]


def _joined(row: int, leaders: "np.ndarray", alike: "np.ndarray", enough: float) -> int:
    """The group with the highest mean likeness to `row`, if that is enough."""
    if not len(leaders):
        return row
    order = np.lexsort((-alike, leaders))
    known, starts, counts = np.unique(leaders[order], return_index=True, return_counts=True)
    sums = np.concatenate(([0.0], np.cumsum(alike[order])))
    asked = np.ceil(counts * _SHARE).astype(int)
    means = (sums[starts + asked] - sums[starts]) / asked
    best = int(np.argmax(means))
    return int(known[best]) if means[best] >= enough else row
