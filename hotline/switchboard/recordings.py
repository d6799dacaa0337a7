"""Links a call's recording when Asterisk has closed the file."""

import asyncio
import hashlib
import logging
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hotline.domain.errors import HotlineError
from hotline.domain.ids import CallId
from hotline.services import recordings
from hotline.services.ports import Recording
from hotline.switchboard.backlog import DatabaseWorker

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
LOOK_BACK = timedelta(days=2)
HEADER = 44
BYTES_A_SECOND = 16_000  # 8 kHz, 16 bit, one channel: what MixMonitor writes into a .wav
# Asterisk died, or nobody spoke: the header never matches. Nothing is added to an ended call after so long.
ABANDONED_AFTER_S = 5.0
MISSING_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was looked at."""

    size: int
    modified: float
    closed: bool


def look(path: Path) -> Seen | None:
    """Its size, its time, and whether its header speaks of all of it; None when it is not there."""
    try:
        stat = path.stat()
        with path.open("rb") as file:
            header = file.read(HEADER)
    except OSError:
        return None
    riff = struct.unpack("<I", header[4:8])[0] if len(header) == HEADER else -1
    return Seen(stat.st_size, stat.st_mtime, riff == stat.st_size - 8)


def fingerprint(path: Path) -> str:
    """SHA-256 of the file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class RecordingLinker:
    """Looks for what is unlinked each second after something ended, and each minute anyway."""

    def __init__(self, worker: DatabaseWorker, folder: Path, now: Callable[[], datetime]) -> None:
        self._worker = worker
        self._folder = folder
        self._now = now
        self._wake = asyncio.Event()
        self._given_up: set[CallId] = set()
        self.linked = 0

    def figures(self) -> dict[str, Any]:
        """For the alive key."""
        return {"recordings_linked": self.linked, "recordings_missing": len(self._given_up)}

    def wake(self) -> None:
        """A call ended."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                pending = await self._link_all()
            except HotlineError:
                pending = True  # the database does not answer; the backlog has said so
            self._wake.clear()
            try:
                async with asyncio.timeout(LOOK_EVERY_S if pending else 60.0):
                    await self._wake.wait()
                await asyncio.sleep(LOOK_EVERY_S / 4)  # the file is closed just after the hang-up
            except TimeoutError:
                continue

    async def _link_all(self) -> bool:
        """True while a file is still to come."""
        since = self._now() - LOOK_BACK
        ids = await self._worker.read(
            lambda tx: [(c, tx.calls.get(c)) for c in tx.recordings.unlinked(since)]
        )
        pending = False
        for call_id, call in ids:
            if call_id in self._given_up:
                continue
            ended_at = call.ended_at if call else None
            pending = not await self._link(call_id, ended_at or self._now()) or pending
        return pending

    async def _link(self, call_id: CallId, ended_at: datetime) -> bool:
        path = self._folder / f"{call_id}.wav"
        seen = await asyncio.to_thread(look, path)
        if seen is None:
            if self._now() - ended_at > MISSING_AFTER:
                self._given_up.add(call_id)
                log.warning("the recording of call %s is not there", call_id)
                return True
            return False
        if not seen.closed and self._now().timestamp() - seen.modified < ABANDONED_AFTER_S:
            return False
        digest = await asyncio.to_thread(fingerprint, path)
        recording = Recording(
            call_id=call_id,
            path=path.name,
            size=seen.size,
            duration_ms=max(0, seen.size - HEADER) * 1000 // BYTES_A_SECOND,
            sha256=digest,
            linked_at=self._now(),
        )
        self.linked += await self._worker.write(lambda tx: recordings.link(tx, recording))
        return True
