"""Tickets: lists, searches, saves, exports at a million, a year through the clock, deadlines reckoned again.

`HOTLINE_BENCH_TICKETS` (1,000,000) and `HOTLINE_BENCH_YEAR_CALLS` (59,000) make it smaller for a quick look;
`HOTLINE_BENCH_PARTS` (city,export,year,recompute; export is of the city) and `HOTLINE_BENCH_DATABASES`
(sqlite,postgres) choose.
"""

import os
import time
from typing import NamedTuple

from bench import results
from bench.city import asks, exported, load, recompute, rows, saves, year
from hotline.storage.sql import SqlStorage

TICKETS = int(os.environ.get("HOTLINE_BENCH_TICKETS", "1000000"))
SMALL = TICKETS // 10
ASKS, SAVES = 650, 60  # a save here is an acceptance and three acts
PARTS = os.environ.get("HOTLINE_BENCH_PARTS", "city,export,year,recompute").split(",")
DATABASES = os.environ.get("HOTLINE_BENCH_DATABASES", "sqlite,postgres").split(",")
Figures = dict[str, object]


def main() -> None:
    rows.check_hash()
    for name in DATABASES:
        if "city" in PARTS:
            print(f"{name}: city", flush=True)
            with load.DATABASES[name]() as small, load.DATABASES[name]() as large:
                _keep(name, _city(small, large))
        for part, measure in (("recompute", recompute.run), ("year", _year)):
            if part in PARTS:
                print(f"{name}: {part}", flush=True)
                with load.DATABASES[name]() as storage:
                    _keep(name, measure(storage))


def _keep(database: str, figures: Figures) -> None:
    """Each part at once: all of it takes an hour."""
    named = {f"{database}_{key}": value for key, value in figures.items()}
    results.merge("tickets", "python -m bench tickets", named)


def _year(storage: SqlStorage) -> Figures:
    return year.run(storage, load.furnish(storage))


def _city(small: SqlStorage, large: SqlStorage) -> Figures:
    """Figures at a tenth and at the whole, asked by turns; what is newest, so open, is the same in both."""
    began = time.monotonic()
    load.fill(small, rows.Maker(load.furnish(small)), SMALL)
    maker = rows.Maker(load.furnish(large))
    load.fill(large, maker, TICKETS)
    filled = time.monotonic() - began
    size = load.bytes_of(large)
    with load.held_in_memory(small), load.held_in_memory(large):
        found = _measure({SMALL: small, TICKETS: large})
        files = exported.run(large) if "export" in PARTS else {}
    figures: Figures = {"tickets": TICKETS, "log_entries": maker.seq, **files}
    for what, (tenth, whole) in found.items():
        figures[f"{what}_ms_p95"], figures[f"{what}_ms_p95_tenth"] = round(whole.all, 1), round(tenth.all, 1)
        figures[f"growth_{what}"] = round(whole.all / tenth.all, 2)
        figures[f"{what}_slowest_kind"], figures[f"{what}_slowest_ms_p95"] = whole.slowest, round(whole.ms, 1)
        figures[f"{what}_ms_p50"] = round(whole.middle, 1)
    return figures | {"kb_per_ticket": round(size / TICKETS / 1000, 2), "fill_s": round(filled)}


class Told(NamedTuple):
    """In ms: 95th percentile and median of all kinds together, and the 95th of the slowest kind."""

    all: float
    middle: float
    slowest: str
    ms: float


def _measure(cities: dict[int, SqlStorage]) -> dict[str, tuple[Told, ...]]:
    """By list, search and save, in each city; prints each kind."""
    askers = {count: asks.Asker(storage, count) for count, storage in cities.items()}
    lists = {count: asker.lists() for count, asker in askers.items()}
    searches = {count: asker.searches() for count, asker in askers.items()}
    found: dict[str, dict[int, asks.Times]] = {
        "list": asks.measured(cities, lists, ASKS),
        "search": asks.measured(cities, searches, ASKS),
        "save": saves.measured(cities, SAVES),
    }
    found["one_row"] = {city: {saves.LEAST: times.pop(saves.LEAST)} for city, times in found["save"].items()}
    return {
        what: tuple(_told(what, count, each) for count, each in by_city.items())
        for what, by_city in found.items()
    }


def _told(what: str, count: int, kinds: asks.Times) -> Told:
    """Each kind is printed, the slowest first."""
    together = [ms for each in kinds.values() for ms in each]
    whole = results.percentile(together, 0.95)
    print(f"  {count:,} tickets, {what}: p95 {whole:.1f} ms", flush=True)
    slowest_first = sorted(kinds.items(), key=lambda item: -results.percentile(item[1], 0.95))
    for kind, each in slowest_first:
        middle, high = results.median(each), results.percentile(each, 0.95)
        print(f"    {kind:28} median {middle:7.1f}  p95 {high:7.1f}  of {len(each)}")
    kind, each = slowest_first[0]
    return Told(whole, results.median(together), kind, results.percentile(each, 0.95))
