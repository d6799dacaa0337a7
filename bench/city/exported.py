"""A file of every ticket, made as users' files are, in a process of its own: how long, in how much memory."""

import json
import os
import subprocess
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from bench.city.rows import NUMBER_KEY
from hotline import ourselves
from hotline.bootstrap import utc_now
from hotline.services import courses, exports
from hotline.services.export_lists import SearchResult
from hotline.services.search import TicketQuery
from hotline.settings import CHECKOUT
from hotline.storage.sql import SqlStorage


def run(storage: SqlStorage) -> dict[str, object]:
    """Seconds, MB of the file and MB of the maker's memory, for each format."""
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="hl-bench-") as folder:
        for format_ in exports.FORMATS:
            for key, value in _made(storage, Path(folder), format_).items():
                figures[f"export_{format_}_{key}"] = value
    return figures


def _made(storage: SqlStorage, folder: Path, format_: str) -> dict[str, object]:
    wanted = SearchResult(TicketQuery())
    with storage.writing() as tx:
        (boss,) = (account for account in tx.accounts.all() if account.login == "boss")
        export = exports.order(tx, boss, format_, "zh", wanted, utc_now())
    order = {"id": export.id, "format": format_, "language": "zh", "list": wanted.name}
    order |= {"query": wanted.asked(), "actor": asdict(courses.actor_of(boss))}
    env = os.environ | {
        "HOTLINE_RUNTIME_DIR": str(folder),
        "HOTLINE_NUMBERS_SECRET": NUMBER_KEY,
        "HOTLINE_REDIS_URL": "redis://127.0.0.1:1/0",  # nobody waits for this file on a screen
        "HOTLINE_DATABASE_URL": storage.engine.url.render_as_string(hide_password=False),
        "PYTHONPATH": str(CHECKOUT),
    }
    began = time.monotonic()
    maker = subprocess.Popen(ourselves.module("hotline.export_run"), stdin=subprocess.PIPE, env=env)
    assert maker.stdin is not None  # asked for above
    with maker.stdin:
        maker.stdin.write(json.dumps(order).encode())
    peak = 0
    while maker.poll() is None:
        peak = max(peak, _peak_kb(maker.pid))
        time.sleep(0.05)
    took = time.monotonic() - began
    with storage.writing() as tx:
        done = exports.look(tx, boss, export.id, utc_now())
    assert done.state == "done" and done.size, f"ended with {maker.returncode}: {done.problem}"
    return {
        "rows": done.rows,
        "s": round(took, 1),
        "file_mb": round(done.size / 1e6, 1),
        "rss_mb": round(peak / 1024),
    }


def _peak_kb(pid: int) -> int:
    """The most that the process had in memory until now; 0 when it is over."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)
