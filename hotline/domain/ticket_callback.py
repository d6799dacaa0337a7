"""Calling the citizen back: what he is asked, and at which times he is tried."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hotline.domain.calendar import SHANGHAI, Deadline, Due
from hotline.domain.errors import Conflict
from hotline.domain.working_time import city_time

MOST_ATTEMPTS = 3
NOON, EVENING = 12, 18  # o'clock


_GAPS = re.compile(r"[ ()-]")
_NUMBER = re.compile(r"\+?[0-9]{7,15}")
_OF_THE_COUNTRY = re.compile(r"\+?86(1[0-9]{10})")


def written_number(text: str) -> str | None:
    """A citizen's number as he wrote it, ready to be dialled and compared; None when it is none.

    Seven digits are the shortest of a household here, fifteen the longest anywhere (ITU-T E.164).
    """
    number = _GAPS.sub("", unicodedata.normalize("NFKC", text))
    if not _NUMBER.fullmatch(number):
        return None
    mobile = _OF_THE_COUNTRY.fullmatch(number)
    return mobile[1] if mobile else number


class Satisfaction(StrEnum):
    """The citizen's own word."""

    SATISFIED = "satisfied"
    BASICALLY = "basically"
    NOT = "not"


class PartOfDay(StrEnum):
    """Who was not in in the morning is tried in another part of the day."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the citizen said at the callback; `words` are his own."""

    responded: bool
    solved: bool
    satisfaction: Satisfaction
    words: str = ""


def part_of_day(at: datetime) -> PartOfDay:
    """By the city's clock."""
    hour = at.astimezone(SHANGHAI).hour
    return PartOfDay.MORNING if hour < NOON else PartOfDay.AFTERNOON if hour < EVENING else PartOfDay.EVENING


def check_attempt(tried: Sequence[datetime], at: datetime) -> None:
    """Raises Conflict when the citizen was tried often enough, or in this part of a day already."""
    if len(tried) >= MOST_ATTEMPTS:
        raise Conflict(
            f"the citizen was tried {MOST_ATTEMPTS} times: record that he could not be reached", "tried"
        )
    if part_of_day(at) in {part_of_day(before) for before in tried}:
        raise Conflict(
            f"the citizen was not reached in the {part_of_day(at)}: try another part of the day",
            "part_of_day",
        )


def add_attempt(tried: list[datetime], at: datetime, rung: datetime | None) -> dict[str, object]:
    """He was not reached when he was `rung`, which is told `at`; what the log says of it.

    Raises as `check_attempt`.
    """
    rung = rung or at
    check_attempt(tried, rung)
    tried.append(rung)
    said: dict[str, object] = {"attempt": len(tried)}
    return said if rung == at else said | {"rung": city_time(rung)}


def callback_due(due: Due, replied: datetime, deadline: Deadline) -> datetime:
    """The end of the working day after the unit's reply, and always inside the ticket's deadline."""
    return min(due(replied, 1).at, deadline.at)
