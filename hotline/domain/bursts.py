"""When more people call about one thing in one place than chance would bring."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

LOOK_BACK = timedelta(hours=1)
HISTORY = timedelta(days=28)
FEWEST = 4  # of fewer, nobody speaks of a burst
CHANCE = 1e-4  # less likely than this is more than chance
_QUIET = 0.05  # expected of what nobody has ever called about
ANYWHERE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One citizen's matter: when, about which topic (an id), and where (a place's name, empty if unknown)."""

    at: datetime
    topic: str
    place: str
    ticket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """`expected` is the usual number in such an hour; `place` is empty when it is all over the city."""

    topic: str
    place: str
    began_at: datetime
    latest_at: datetime
    expected: float
    tickets: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many told of it in the last hour."""
        return len(self.tickets)


def tail(count: int, expected: float) -> float:
    """Probability of `count` or more where `expected` are usual (Poisson)."""
    term = total = math.exp(-expected)
    for number in range(1, count):
        term *= expected / number
        total += term
    return max(0.0, 1.0 - total) if count else 1.0


def expected_in_an_hour(counts: Mapping[tuple[str, str], int], hours: float) -> dict[tuple[str, str], float]:
    """The mean of an hour by topic and place, and by topic anywhere, of what was told in so many hours."""
    means: dict[tuple[str, str], float] = defaultdict(float)
    for (topic, place), count in counts.items():
        for where in {place, ANYWHERE}:
            means[topic, where] += count / hours
    return means


def bursts(recent: Sequence[Told], usual: Mapping[tuple[str, str], float], now: datetime) -> list[Burst]:
    """What is more than chance in the hour before `now`, the least likely first.

    A burst in one place is told with that place; the city-wide one of the same topic only when it has at
    least twice as many, for then it is more than that place.
    """
    groups: dict[tuple[str, str], list[Told]] = {}
    for told in sorted(recent, key=lambda each: each.at):
        if now - LOOK_BACK < told.at <= now:
            for place in {told.place, ANYWHERE}:
                groups.setdefault((told.topic, place), []).append(told)
    found: list[tuple[float, Burst]] = []
    for (topic, place), members in groups.items():
        expected = max(_QUIET, usual.get((topic, place), 0.0))
        chance = tail(len(members), expected)
        if len(members) >= FEWEST and chance < CHANCE:
            burst = Burst(
                topic=topic,
                place=place,
                began_at=members[0].at,
                latest_at=members[-1].at,
                expected=round(expected, 3),
                tickets=tuple(each.ticket for each in members),
            )
            found.append((chance, burst))
    local = Counter[str]()
    for _, burst in found:
        if burst.place != ANYWHERE:
            local[burst.topic] = max(local[burst.topic], burst.count)
    kept = [each for each in found if each[1].place != ANYWHERE or each[1].count >= 2 * local[each[1].topic]]
    return [burst for _, burst in sorted(kept, key=lambda each: (each[0], each[1].topic, each[1].place))]
