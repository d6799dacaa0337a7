"""What seats chose for what was heard: what may be learned from, and whether a version may go live."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hotline.domain.calendar import SHANGHAI
from hotline.domain.heard import Heard
from hotline.domain.ids import CallId

RULES_ONLY = 0  # the version of a categoriser that knows the topics file and nothing else
ENOUGH = 50  # new choices, for which a night's training is worth it
LEAST_HELD_BACK = 30  # with fewer, one caller more or less would be over three points
_HELD_BACK = 5  # one choice of so many is never learned from


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a seat's screen showed when the topic was chosen; `suggested` are topics, best first."""

    words: str
    version: int
    suggested: tuple[str, ...] = ()
    score: float = 0.0  # of the first suggestion; 0 where there was none

    @classmethod
    def of(cls, heard: Heard) -> "Shown":
        return cls(
            words=heard.words,
            version=heard.categoriser,
            suggested=tuple(suggestion.topic for suggestion in heard.suggestions),
            score=heard.suggestions[0].score if heard.suggestions else 0.0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The topic a seat chose for what it was shown of a call."""

    call_id: CallId
    at: datetime
    shown: Shown
    chosen: str

    @property
    def rank(self) -> int:
        """Which of the suggestions was chosen, from 1; 0 for none of them."""
        suggested = self.shown.suggested
        return suggested.index(self.chosen) + 1 if self.chosen in suggested else 0

    @property
    def week(self) -> date:
        """The Monday of its week in the city."""
        day = self.at.astimezone(SHANGHAI).date()
        return day - timedelta(days=day.weekday())


@dataclass(frozen=True, slots=True)
class Lesson:
    """Words a caller said, and the topic that they were about."""

    call_id: CallId
    words: str
    topic: str


def is_held_back(call_id: CallId) -> bool:
    """The same calls for every version, so that no version is tried on what it learned."""
    return hashlib.sha256(call_id.encode()).digest()[0] % _HELD_BACK == 0


def split(lessons: Sequence[Lesson]) -> tuple[list[Lesson], list[Lesson]]:
    """What may be learned from, and the part that is held back."""
    held_back = [is_held_back(lesson.call_id) for lesson in lessons]
    return (
        [lesson for lesson, kept in zip(lessons, held_back, strict=True) if not kept],
        [lesson for lesson, kept in zip(lessons, held_back, strict=True) if kept],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """How often the first and the first three suggestions were right, of `count` messages."""

    count: int
    first: float
    first_three: float
    calibration_error: float


def why_not_live(new: Marks, live: Marks) -> str:
    """Why a version stays out of force, or nothing; both were tried on the same messages."""
    if new.count < LEAST_HELD_BACK:
        return f"{new.count} held back are too few to be judged by; {LEAST_HELD_BACK} are enough"
    if new.first < live.first or new.first_three < live.first_three:
        return "worse than the one in force on what was held back"
    return ""
