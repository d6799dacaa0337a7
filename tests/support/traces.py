"""Recorded conversations with a real Asterisk 22.10; the numbers and names in them are invented."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from panoramisk.message import Message

from hotline.domain.facts import Fact
from hotline.telephony.ami_translate import translate

FOLDER = Path(__file__).parent.parent / "traces"
SEEN_AT = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)


def raw(name: str) -> bytes:
    """The bytes as Asterisk sent them."""
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8").replace("\n", "\r\n").encode()


def messages(name: str) -> Iterator[Message]:
    """The trace's messages, without the login."""
    for text in raw(name).decode().split("\r\n\r\n"):
        message = Message.from_line(text.strip("\r\n"))
        if message is not None and "event" in message:
            yield message


def facts_of(name: str) -> list[Fact]:
    """What the trace means."""
    found = (translate(message, SEEN_AT) for message in messages(name))
    return [fact for fact in found if fact is not None]
