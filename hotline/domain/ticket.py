"""A ticket as the seat writes it: kinds, fields, and what must be there before it is saved."""

from collections.abc import Collection
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from itertools import takewhile

from hotline.domain.calendar import Deadline
from hotline.domain.errors import Invalid
from hotline.domain.ids import AccountId, CallId, SeatId, TicketId, TicketKey

LONGEST_TEXT = 4000
LONGEST_FIELD = 200


class Kind(StrEnum):
    """The four kinds of matter (domain.md, Tickets)."""

    CONSULTATION = "consultation"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    HELP = "help"


class TicketState(StrEnum):
    """States of a ticket; from its acceptance on `ticket_moves` has the table of how it may move."""

    DRAFT = "draft"
    ACCEPTED = "accepted"
    HANDED_OVER = "handed_over"
    SIGNED = "signed"
    IN_HAND = "in_hand"
    RETURNED = "returned"
    MERGED = "merged"
    REPLIED = "replied"
    CALLED_BACK = "called_back"
    CLOSED = "closed"


# The citizen's clock runs in these.
OPEN_STATES = frozenset(TicketState) - {TicketState.DRAFT, TicketState.CLOSED}


class FieldsInvalid(Invalid):
    """The ticket cannot be saved; `problems` maps each field to a key of the reason."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("the ticket is not complete: " + ", ".join(sorted(problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFields:
    """What a seat writes. All optional while a draft; `answered` closes the ticket on the call.

    `confidential`: his name is kept from the units; `share_number`: he allowed them his number. Not both.
    """

    kind: str = ""
    topic: str = ""
    place: str = ""
    what: str = ""
    unit: str = ""
    citizen_name: str = ""
    confidential: bool = False
    share_number: bool = False
    answered: bool = False

    @classmethod
    def from_mapping(cls, raw: object) -> "TicketFields":
        """Read untrusted fields; raises FieldsInvalid naming every wrong one, keeps nothing of them."""
        if not isinstance(raw, dict):
            raise Invalid("fields must be an object")
        problems: dict[str, str] = {}
        kinds = {f.name: f.type for f in fields(cls)}
        for name, value in raw.items():
            if name not in kinds:
                problems[str(name)[:40]] = "unknown"
            elif not isinstance(value, bool if kinds[name] in (bool, "bool") else str):
                problems[name] = "wrong_type"
            elif isinstance(value, str) and len(value) > (LONGEST_TEXT if name == "what" else LONGEST_FIELD):
                problems[name] = "too_long"
            elif isinstance(value, str) and "\x00" in value:
                problems[name] = "unreadable"
        if raw.get("share_number") is True and raw.get("confidential") is True:
            problems["share_number"] = "confidential"
        if problems:
            raise FieldsInvalid(problems)
        return cls(**raw)

    def changes(self, after: "TicketFields") -> dict[str, str]:
        """What the log says: each field's new value; of the long text what was put for what, and where."""
        found: dict[str, str] = {}
        for each in fields(self):
            old, new = getattr(self, each.name), getattr(after, each.name)
            if old != new:
                found[each.name] = _edit(old, new) if each.name == "what" else str(new)
        return found

    def missing(self, topics: Collection[str]) -> dict[str, str]:
        """What stands in the way of saving, by field; empty when it may be saved."""
        problems: dict[str, str] = {}
        if self.kind not in set(Kind):
            problems["kind"] = "required"
        if not self.topic:
            problems["topic"] = "required"
        elif self.topic not in topics:
            problems["topic"] = "unknown"
        if not self.what.strip():
            problems["what"] = "required"
        if not self.unit.strip() and not self.answered:
            problems["unit"] = "required"
        return problems


def _edit(old: str, new: str) -> str:
    """`@12 -gone +come`: all of the new text is reckoned from the old one and this."""
    if not old:
        return new
    start = _alike(old, new)
    end = min(_alike(old[::-1], new[::-1]), len(old) - start, len(new) - start)
    gone, come = old[start : len(old) - end], new[start : len(new) - end]
    return f"@{start} -{gone} +{come}"


def _alike(one: str, other: str) -> int:
    """How many letters they have alike at the beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


@dataclass(slots=True, kw_only=True)
class Ticket:
    """A matter of a citizen. `version` counts the saves, for browsers that race; `key` is its row's.

    What was done again, or came in writing, has no call.
    """

    call_id: CallId | None
    created_at: datetime
    key: TicketKey | None = None
    id: TicketId | None = None
    seat: SeatId | None = None
    account: AccountId | None = None
    state: TicketState = TicketState.DRAFT
    fields: TicketFields = field(default_factory=TicketFields)
    version: int = 0
    saved_at: datetime | None = None
    accepted_at: datetime | None = None
    working_days: int | None = None
    deadline: Deadline | None = None

    def write(self, fields_: TicketFields, at: datetime) -> None:
        """Keep what was typed."""
        self.fields = fields_
        self.version += 1
        self.saved_at = at

    def accept(self, id_: TicketId, at: datetime) -> None:
        """The citizen's matter is taken: numbered, its clock runs. The fields were checked before."""
        self.id = self.id or id_
        self.state = TicketState.CLOSED if self.fields.answered else TicketState.ACCEPTED
        self.accepted_at = self.accepted_at or at
        self.saved_at = at
        self.version += 1

    def promise(self, working_days: int, deadline: Deadline) -> None:
        """The citizen is told by when; the number of days stays, the deadline follows the calendar."""
        self.working_days = working_days
        self.deadline = deadline
