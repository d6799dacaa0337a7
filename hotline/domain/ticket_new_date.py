"""An extension was granted: the citizen is to be told of the new date, and until when that waits."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from hotline.domain.calendar import Deadline


class Way(StrEnum):
    """How the citizen was told."""

    PHONE = "phone"
    MESSAGE = "message"
    LETTER = "letter"
    IN_PERSON = "in_person"


@dataclass(slots=True, kw_only=True)
class NewDate:
    """The new date itself is the ticket's deadline; `before` is the one the citizen knows."""

    since: datetime
    before: Deadline
    tried: list[datetime] = field(default_factory=list)
