"""Reads messages with their times: one a line, id, tab, time, tab, text (and, where known, tab, group)."""

import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hotline.domain.calendar import SHANGHAI
from hotline.domain.errors import Invalid

MAX_BYTES = 200_000_000
MAX_LINE = 100_000
MAX_MESSAGES = 200_000
_MAX_ID = 100
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`at` is epoch seconds; `group` is the matter it truly belongs to, where somebody said so."""

    id: str
    at: float
    text: str
    group: str | None = None


def read_messages(path: Path) -> list[Message]:
    """In the file's order. Invalid names each wrong line and what is wrong with it, and quotes no text."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise Invalid(f"{path} cannot be read: {problem.strerror}") from problem
    if len(raw) > MAX_BYTES:
        raise Invalid(f"{path.name} is longer than {MAX_BYTES // 1_000_000} MB")
    return parse_messages(raw, path.name)


def parse_messages(raw: bytes, source: str) -> list[Message]:
    """Empty lines and a heading whose second column is no time are left out."""
    messages: dict[str, Message] = {}
    wrong: list[str] = []
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            text = line.decode("utf-8").removesuffix("\r")
        except UnicodeDecodeError as problem:
            wrong.append(f"line {number} is not UTF-8 at byte {problem.start + 1}")
            continue
        if not text.strip():
            continue
        read = _read(text)
        if isinstance(read, Message) and read.id not in messages:
            messages[read.id] = read
        elif isinstance(read, Message):
            wrong.append(f"line {number} has an id that was there before")
        elif number > 1 or read != _NO_TIME:
            wrong.append(f"line {number} {read}")
    if wrong:
        more = f"; and {len(wrong) - _SHOWN} more lines" if len(wrong) > _SHOWN else ""
        raise Invalid(f"{source}: {'; '.join(wrong[:_SHOWN])}{more}")
    if not messages:
        raise Invalid(f"{source} holds no messages")
    if len(messages) > MAX_MESSAGES:
        raise Invalid(f"{source} has {len(messages)} messages; {MAX_MESSAGES} at most")
    return list(messages.values())


_NO_TIME = "has no time in its second column (as 2026-11-22 08:30:00, or seconds since 1970)"


def _read(line: str) -> Message | str:
    """The message, or what is wrong with its line."""
    if len(line) > MAX_LINE:
        return f"is longer than {MAX_LINE:,} characters"
    columns = line.split("\t")
    if len(columns) < 3:
        return "has fewer than three columns: id, time, text"
    id_, time, text = (column.strip() for column in columns[:3])
    if not id_ or len(id_) > _MAX_ID or not id_.isprintable():
        return f"has no id, or one that is not short ({_MAX_ID} characters)"
    at = _time(time)
    if at is None:
        return _NO_TIME
    group = columns[3].strip() if len(columns) > 3 else ""
    return Message(id=id_, at=at, text=text, group=group or None)


def _time(raw: str) -> float | None:
    """Without a zone it is the city's clock."""
    try:
        at = datetime.fromisoformat(raw.replace("/", "-"))
    except ValueError:
        try:
            seconds = float(raw)
        except ValueError:
            return None
        return seconds if math.isfinite(seconds) and abs(seconds) < 1e11 else None
    return (at if at.tzinfo else at.replace(tzinfo=SHANGHAI)).timestamp()
