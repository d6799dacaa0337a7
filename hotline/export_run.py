"""Makes one export in a process of its own, so that the screens of the seats never wait for it."""

import json
import logging
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hotline import bootstrap, log_lines
from hotline.domain.actors import Actor, Role
from hotline.domain.errors import HotlineError
from hotline.domain.ids import AccountId, UnitId
from hotline.exports.columns import cells
from hotline.exports.writers import open_writer
from hotline.services import export_lists, exports
from hotline.settings import Settings

log = logging.getLogger("hotline.export")
NICE = 10  # after everything that has to do with a call


def main() -> None:
    """The order comes by standard input: it may hold a number, which is written nowhere else."""
    log_lines.log_to_stderr()
    os.nice(NICE)
    run(Settings.from_env(), json.loads(sys.stdin.read()))


def run(settings: Settings, order: dict[str, Any]) -> None:
    """Make the file of an order, and remove those that have had their time."""
    storage = bootstrap.open_hotline(settings).storage
    folder, export_id = settings.exports_dir, order["id"]
    part, ready = folder / f"{export_id}.part", folder / f"{export_id}.{order['format']}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if not _write(settings, storage, order, part):
            return
        part.rename(ready)
        with storage.writing() as tx:
            kept = exports.finish(tx, export_id, bootstrap.utc_now(), ready.stat().st_size)
        if not kept:
            ready.unlink()
    except (HotlineError, OSError) as problem:
        log.warning("export %s: %s", export_id, problem)
        sentence = "the disk is full or cannot be written" if isinstance(problem, OSError) else str(problem)
        with storage.writing() as tx:
            exports.fail(tx, export_id, bootstrap.utc_now(), sentence)
    finally:
        if folder.is_dir():
            part.unlink(missing_ok=True)
            sweep(folder, bootstrap.utc_now())
        storage.close()


def _write(settings: Settings, storage: Any, order: dict[str, Any], path: Path) -> bool:
    language, topics = order["language"], bootstrap.open_hotline(settings).topics
    actor = actor_from_json(order["actor"])
    wanted = export_lists.read(actor, order["list"], order["query"], bootstrap.utc_now())
    with open_writer(order["format"], path, language) as writer:
        return exports.make(
            storage, actor, order["id"], wanted, topics,
            lambda rows: writer.write(cells(row, language) for row in rows), bootstrap.utc_now,
        )  # fmt: skip


def actor_from_json(raw: dict[str, Any]) -> Actor:
    """Who ordered it: the file holds what he may see."""
    account = AccountId(raw["account"]) if raw["account"] is not None else None
    unit = UnitId(raw["unit"]) if raw["unit"] else None
    return Actor(account=account, name=raw["name"], role=Role(raw["role"]), unit=unit)


def sweep(folder: Path, now: datetime) -> None:
    """Remove files that were kept long enough, and what a maker that died left."""
    for path in folder.glob("*"):
        age = now - datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if age > (exports.KEPT if path.suffix != ".part" else timedelta(hours=1)):
            path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
