"""Reads Asterisk's own records, `queue_log` and the CDR file, back to a given time."""

import csv
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hotline.domain.ids import CallId, QueueId, SeatId
from hotline.telephony.ami_translate import dialled_number, seat_of_channel, seat_of_interface, valid_call_id
from hotline.telephony.queue_names import from_pbx

log = logging.getLogger(__name__)

CHUNK = 256 * 1024
MAX_BYTES = 64 * 1024 * 1024
MAX_LINE = 4096
LONGEST = 1024 * 1024
LONGEST_CALL = timedelta(hours=2)
CDR_COLUMNS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLine:
    """One line of `queue_log`: whole seconds, the caller's channel by Asterisk's name of it."""

    at: datetime
    channel: str
    queue: QueueId | None
    seat: SeatId | None
    event: str
    args: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrLine:
    """One line of the CDR file (columns: asterisk_conf/cdr_custom.conf); a call has one or several."""

    channel: str
    call_id: CallId
    from_number: str | None
    line: str
    queue: QueueId | None
    seat: SeatId | None
    start: datetime
    answer: datetime | None
    end: datetime
    answered: bool


def queue_line(text: str) -> QueueLine | None:
    """A line as Asterisk writes it, or None: half written, foreign, or not about time at all."""
    parts = text.rstrip("\r\n").split("|")
    at = _time(parts[0])
    if len(parts) < 5 or at is None or len(text) > MAX_LINE:
        return None
    return QueueLine(
        at=at,
        channel=parts[1],
        queue=from_pbx(parts[2]),
        seat=seat_of_interface(parts[3]),
        event=parts[4],
        args=tuple(parts[5:]),
    )


def cdr_line(text: str) -> CdrLine | None:
    """A line as Asterisk writes it, or None; also for a leg that belongs to no caller."""
    if len(text) > MAX_LINE:
        return None
    try:
        parts = next(csv.reader([text.rstrip("\r\n")], strict=True), [])
    except csv.Error:
        return None
    if len(parts) != CDR_COLUMNS:
        return None
    channel, _, call_id, number, line, queue, _, other, start, answer, end, disposition = parts
    known, began, ended = valid_call_id(call_id), _time(start), _time(end)
    if known is None or began is None or ended is None:
        return None
    return CdrLine(
        channel=channel,
        call_id=known,
        from_number=dialled_number(number),
        line=dialled_number(line) or "",
        queue=from_pbx(f"q_{queue}"),
        seat=seat_of_channel(other),
        start=began,
        answer=_time(answer),
        end=ended,
        answered=disposition == "ANSWERED",
    )


def read_queue_log(path: Path, since: datetime) -> list[QueueLine]:
    """The lines from `since` on, oldest first, and those before that calls of `since` may have."""
    found = []
    for text in _newest_first(path):
        line = queue_line(text)
        if line is None:
            continue
        if line.at < since - LONGEST_CALL:
            break
        found.append(line)
    return found[::-1]


def read_cdr(path: Path, since: datetime) -> list[CdrLine]:
    """The records from `since` on, oldest first. All of a call's are written when it ends, so its first
    may be older by as long as a call lasts.
    """
    found = []
    for text in _newest_first(path):
        line = cdr_line(text)
        if line is None:
            continue
        if line.end < since - LONGEST_CALL:
            break
        found.append(line)
    return found[::-1]


def _newest_first(path: Path) -> Iterator[str]:
    """The whole lines from the end of the file backwards, and then of the file that was rotated away.

    A last line without its end is still being written and is left out. At most MAX_BYTES are looked at.
    """
    for source in (path, *_rotated(path)[:1]):
        try:
            yield from _lines_backwards(source)
        except FileNotFoundError:
            continue
        except OSError as problem:
            log.warning("%s cannot be read: %s", source.name, problem.strerror)


def _rotated(path: Path) -> list[Path]:
    """Older files of the same name, the newest first: `queue_log.0`, `hotline.csv.1` …"""
    try:
        older = [p for p in path.parent.glob(f"{path.name}.*") if p.is_file() and p.suffix != ".gz"]
        return sorted(older, key=lambda p: p.stat().st_mtime, reverse=True)
    except OSError:
        return []


def _lines_backwards(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        left = file.seek(0, 2)
        stop = max(0, left - MAX_BYTES)
        rest, whole = b"", False
        while left > stop:
            size = min(CHUNK, left - stop)
            left -= size
            file.seek(left)
            rest = file.read(size) + rest
            first, *lines = rest.split(b"\n")
            if not whole and lines:  # what is behind the last line end is not a line yet
                lines.pop()
                whole = True
            yield from (line.decode("utf-8", "replace") for line in reversed(lines))
            rest = first if whole else rest
            if len(rest) > LONGEST:
                return  # no line is so long: this is no record of Asterisk's
        if whole and stop == 0 and rest.strip():
            yield rest.decode("utf-8", "replace")


def _time(text: str) -> datetime | None:
    """Epoch seconds as Asterisk writes them; None for anything else, and for 0, its word for "never"."""
    if len(text) > 24 or not text.replace(".", "", 1).isascii() or not text.replace(".", "", 1).isdigit():
        return None
    try:
        seconds = float(text)
        return datetime.fromtimestamp(seconds, UTC) if seconds >= 1 else None
    except (ValueError, OverflowError, OSError):
        return None


def by_channel(lines: Iterable[QueueLine]) -> dict[str, list[QueueLine]]:
    """The lines of each caller's channel, in their order."""
    found: dict[str, list[QueueLine]] = {}
    for line in lines:
        if line.channel not in ("", "NONE", "MANAGER", "REALTIME"):
            found.setdefault(line.channel, []).append(line)
    return found
