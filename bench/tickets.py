"""Tickets: lists, searches and saves at a million, a year through the clock, deadlines reckoned again.

`HOTLINE_BENCH_TICKETS` (1,000,000) and `HOTLINE_BENCH_YEAR_CALLS` (59,000) make it smaller for a quick look;
`HOTLINE_BENCH_PARTS` (city,year,recompute) and `HOTLINE_BENCH_DATABASES` (sqlite,postgres) choose.
"""

import os
import time

from bench import results
from bench.city import asks, load, recompute, rows, saves, year
from hotline.storage.sql import SqlStorage

TICKETS = int(os.environ.get("HOTLINE_BENCH_TICKETS", "1000000"))
SMALL = TICKETS // 10
ASKS, SAVES = 650, 60  # a save here is an acceptance and three acts
PARTS = os.environ.get("HOTLINE_BENCH_PARTS", "city,year,recompute").split(",")
DATABASES = os.environ.get("HOTLINE_BENCH_DATABASES", "sqlite,postgres").split(",")
Figures = dict[str, object]


def main() -> None:
    rows.check_hash()
    for name in DATABASES:
        figures: Figures = {}
        for part, measure in (("city", _city), ("year", _year), ("recompute", recompute.run)):
            if part in PARTS:
                print(f"{name}: {part}", flush=True)
                with load.DATABASES[name]() as storage:
                    figures |= measure(storage)
        named = {f"{name}_{key}": value for key, value in figures.items()}
        results.merge("tickets", "python -m bench tickets", named)


def _year(storage: SqlStorage) -> Figures:
    return year.run(storage, load.furnish(storage))


def _city(storage: SqlStorage) -> Figures:
    """Figures at a tenth and at the whole: the newest come first, so what is open is the same in both."""
    maker = rows.Maker(load.furnish(storage))
    began = time.monotonic()
    load.fill(storage, maker, 0, SMALL)
    small = _measure(storage, SMALL)
    load.fill(storage, maker, SMALL, TICKETS)
    filled = time.monotonic() - began
    size = load.bytes_of(storage)
    large = _measure(storage, TICKETS)
    growth = {f"growth_{what}": round(large[what] / small[what], 2) for what in ("list", "search", "save")}
    return {
        "tickets": TICKETS,
        "log_entries": maker.seq,
        **{f"{what}_ms_p95": round(value, 1) for what, value in large.items()},
        **{f"{what}_ms_p95_tenth": round(value, 1) for what, value in small.items()},
        **growth,
        "kb_per_ticket": round(size / TICKETS / 1000, 2),
        "fill_s": round(filled),
    }


def _measure(storage: SqlStorage, count: int) -> dict[str, float]:
    """The 95th percentile of every list, search and save together, and each kind's printed."""
    asker = asks.Asker(storage, count)
    measured = {
        "list": asks.measured(storage, asker.lists(), ASKS),
        "search": asks.measured(storage, asker.searches(), ASKS),
        "save": saves.measured(storage, SAVES),
    }
    found = {}
    for what, kinds in measured.items():
        found[what] = results.percentile([ms for each in kinds.values() for ms in each], 0.95)
        print(f"  {count:,} tickets, {what}: p95 {found[what]:.1f} ms", flush=True)
        for kind, each in sorted(kinds.items(), key=lambda item: -results.percentile(item[1], 0.95)):
            middle, high = results.median(each), results.percentile(each, 0.95)
            print(f"    {kind:28} median {middle:7.1f}  p95 {high:7.1f}  of {len(each)}")
    return found
