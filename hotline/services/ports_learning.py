"""What the use cases of the learning categoriser need: choices and versions kept, and the learning itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from hotline.domain.ids import CallId
from hotline.domain.learning import Choice, Lesson, Marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One training: what it learned from, and its marks beside those of the version then in force.

    `in_force_at` is when it last came into force; None for one that was never good enough
    or was rolled back.
    """

    number: int
    at: datetime
    topics: str
    lessons: int
    held_back: int
    marks: Marks
    marks_of_live: Marks
    sha256: str
    in_force_at: datetime | None
    in_force: bool

    @property
    def by_examples(self) -> bool:
        """Its marks are of the topics file's examples: too few calls were held back."""
        return self.marks.count > self.held_back


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How often suggestions were right; `name` is a topic's id, a week's Monday, or a version's number."""

    name: str
    count: int
    first: int
    first_three: int
    not_understood: int
    promised: float  # the sum of the first suggestions' probabilities: calibrated, it equals `first`


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A call of which the first suggestion was not what the seat chose."""

    call_id: CallId
    ticket_id: str | None
    at: datetime
    version: int
    suggested: tuple[str, ...]
    score: float
    chosen: str
    rank: int
    has_recording: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MissesWanted:
    """Of the weeks from `since` up to, without, `until`; `understood` false: those without any suggestion.

    Empty filters: all of them. `after` is where the page before ended.
    """

    since: date
    until: date
    understood: bool
    topic: str = ""
    week: date | None = None
    version: int | None = None
    after: tuple[datetime, CallId] | None = None


class LearningStore(Protocol):
    """Choices of seats, and the versions made of them."""

    def note(self, choice: Choice) -> None:
        """Keep a choice; of a call that has one already, the newer counts."""
        ...

    def lessons(self, most: int) -> list[Lesson]:
        """The newest calls with words and a topic chosen, oldest of them first."""
        ...

    def count(self) -> int: ...
    def versions(self) -> list[Version]: ...
    def add(self, version: Version) -> None: ...

    def set_in_force(self, number: int, at: datetime) -> None:
        """0: none of them."""
        ...

    def reject(self, number: int) -> None:
        """As if it had never been in force."""
        ...

    def tallies(self, since: date, until: date) -> dict[str, list[Tally]]:
        """Of the weeks from `since` up to, without, `until`: `all`, `topic`, `week`, `version`."""
        ...

    def misses(self, wanted: MissesWanted, limit: int) -> list[Miss]:
        """The newest first."""
        ...


class School(Protocol):
    """Learning, and the files of the versions. `number` 0 is the topics file alone."""

    def fingerprint(self) -> str:
        """Of what the topics file says now."""
        ...

    def teach(self, number: int, lessons: Sequence[Lesson]) -> str:
        """Make a version and keep its file; returns the file's hash. Raises Invalid, Unavailable."""
        ...

    def mark(self, number: int, sha256: str, lessons: Sequence[Lesson]) -> Marks:
        """Raises Invalid for a version that does not load."""
        ...

    def examine(self) -> tuple[Marks, Marks]:
        """Of a version made of a part of the topics file, and of that part itself, on the rest of it."""
        ...

    def put_in_force(self, number: int, sha256: str) -> None: ...
