"""What the use cases need of transcripts: who said what in a call, and how far its recording was heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from hotline.domain.ids import CallId

ATTEMPTS = 3  # of hearing a recording; one that gets on has those before forgiven


class Source(StrEnum):
    """What was listened to: the call while it lasted, or its recording afterwards."""

    LIVE = "live"
    RECORDING = "recording"


class Voice(StrEnum):
    """Whose voice it was; BOTH where they are in one channel."""

    CALLER = "caller"
    SEAT = "seat"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptLine:
    """One sentence. `began_ms` counts from the arrival when heard live, else from the recording's start."""

    call_id: CallId
    source: Source
    voice: Voice
    began_ms: int
    words: str
    model: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unheard:
    """A recording whose words are not written down yet, or only to `done_ms`."""

    call_id: CallId
    path: str  # relative to the recordings folder
    duration_ms: int
    done_ms: int
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How the writing down of one recording goes, or went."""

    attempts: int
    is_finished: bool
    problem: str  # why it was given up, "" when it was not


class TranscriptStore(Protocol):
    """Sentences of calls, append-only, and the progress through recordings."""

    def add(self, lines: Sequence[TranscriptLine]) -> None: ...

    def of_call(self, call_id: CallId) -> list[TranscriptLine]:
        """What was heard live first, then the recording, each in the order it was said."""
        ...

    def progress(self, call_id: CallId) -> Progress | None:
        """None while nobody has begun."""
        ...

    def unheard(self) -> Unheard | None:
        """The longest waiting recording that is neither written down nor given up; who failed comes last."""
        ...

    def begin(self, call_id: CallId, at: datetime) -> None:
        """One more attempt: counted before it, so that what kills the process is not tried for ever."""
        ...

    def advance(self, call_id: CallId, done_ms: int, at: datetime) -> None:
        """The words up to `done_ms` are in the table; who gets on has the attempts before it forgiven."""
        ...

    def finish(self, call_id: CallId, at: datetime, problem: str = "") -> None:
        """Nothing more will come of this recording; `problem` says why when it was given up."""
        ...

    def left(self) -> int:
        """How many recordings are neither written down nor given up."""
        ...
