"""The form every measurement is written in: what, when, where, with which command, and the figures."""

import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def write(name: str, command: str, figures: dict[str, Any], parts: dict[str, Any] | None = None) -> Path:
    """Write `bench/results/NAME.json` and print it; `parts` is as in `merge`."""
    result = {
        "name": name,
        "commit": commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "command": command,
        "figures": figures,
        **({"parts": parts} if parts else {}),
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    text = json.dumps(result, ensure_ascii=False, indent=2) + "\n"
    path.write_text(text, encoding="utf-8")
    print(text, end="")
    return path


def merge(name: str, command: str, figures: dict[str, Any]) -> Path:
    """As `write`, but figures that other commands measured stay, and their commands with them.

    `parts` tells for each command when and on which commit its figures were measured.
    """
    path = RESULTS / f"{name}.json"
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"command": "", "figures": {}}
    commands = dict.fromkeys([*filter(None, before["command"].split("; ")), command])
    mine = {"commit": commit(), "date": datetime.now(UTC).isoformat(timespec="seconds")}
    parts = before.get("parts", {}) | {command: mine}
    return write(name, "; ".join(commands), before["figures"] | figures, parts)


def commit() -> str:
    """The commit measured, with a plus when the tree had changes of its own besides results."""
    ask = ["git", "-C", str(Path(__file__).parents[1])]
    head = subprocess.run([*ask, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True)
    changed = subprocess.run(
        [*ask, "status", "--porcelain", "--", ".", ":!bench/results"], capture_output=True, text=True
    )
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = next((line.split(":", 1)[1].strip() for line in info.splitlines() if "model name" in line), "?")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 2**30, 1),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", platform.system()),
        "python": platform.python_version(),
        "load_1min": round(os.getloadavg()[0], 2),
        "loop_ms": loop_ms(),
    }


def loop_ms() -> float:
    """What a fixed piece of work takes here and now: a shared machine is half as quick an hour later."""
    times = []
    for _ in range(9):
        began = time.perf_counter()
        sum(number * number for number in range(1_000_000))
        times.append((time.perf_counter() - began) * 1000)
    return round(median(times), 1)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value with at least `share` of all at or below it."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * int(share * 100) // 100) - 1)]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)
