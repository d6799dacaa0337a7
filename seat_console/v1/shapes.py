"""What programs send and are answered: requests are checked by these shapes."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hotline.domain.search_terms import LONGEST_QUERY
from hotline.domain.ticket import LONGEST_FIELD, LONGEST_TEXT, Kind, TicketState
from hotline.domain.ticket_moves import Action
from hotline.services.search import MOST_ROWS

Text = Annotated[str, Field(max_length=LONGEST_QUERY)]
Name = Annotated[str, Field(max_length=LONGEST_FIELD)]
Day = Annotated[
    str, Field(pattern=r"^$|^2[0-9]{3}-[0-9]{2}-[0-9]{2}$", description="A day of the city, YYYY-MM-DD.")
]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class Strict(BaseModel):
    """Says no to fields it does not know and to texts where a number is meant."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Paged(Strict):
    """A page of a list."""

    after: Annotated[str, Field(pattern=r"^[0-9]{0,18}$", description="`next` of the page before.")] = ""
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 50


class TicketFilter(Paged):
    """Everything given must fit. The newest tickets come first."""

    words: Annotated[Text, Field(description="Words of two characters at least, all of them.")] = ""
    place: Annotated[Text, Field(description="Words of the place alone.")] = ""
    unit: Annotated[Text, Field(description="Id of the handling unit.")] = ""
    state: Annotated[Text, Field(description="States with commas between; `open` is all but closed.")] = ""
    kind: Annotated[Text, Field(description="consultation, complaint, suggestion or help.")] = ""
    topic: Annotated[Text, Field(description="Id of the topic.")] = ""
    since: Annotated[Day, Field(description="First day of acceptance.")] = ""
    until: Annotated[Day, Field(description="Last day of acceptance.")] = ""


class TicketSearch(TicketFilter):
    """The same with the caller's number, which must not stand in an address."""

    number: Annotated[Text, Field(description="The caller's whole number; not for keys of a unit.")] = ""


class TicketRow(Strict):
    """A ticket in a list; the number is masked."""

    id: str
    state: TicketState
    kind: Kind
    topic: str
    topic_name: str
    place: str
    what: str
    unit: str
    unit_name: str
    citizen_name: str
    confidential: bool
    number: str | None
    accepted_at: Moment
    due_at: Moment | None
    due_provisional: bool
    satisfaction: str | None


class TicketPage(Strict):
    """Some tickets. A page may hold fewer than asked for; only without `next` is it the last."""

    tickets: list[TicketRow]
    next: str | None


class TicketOne(Strict):
    """One ticket, with what may be done with it by this key."""

    ticket: TicketRow
    version: int
    reply: str
    actions: list[Action]


class LogEntry(Strict):
    """One entry of a ticket's log; `hash` holds the entry and the one before it."""

    number: int
    at: Moment
    who: str
    action: str
    origin: str
    target: str
    detail: dict[str, str]
    hash: str


class TicketLog(Strict):
    """The whole log, the oldest entry first."""

    entries: list[LogEntry]


class NewTicket(Strict):
    """A matter that came in another way than by telephone."""

    kind: Kind = Field(strict=False)
    topic: Name
    place: Name = ""
    what: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
    unit: Annotated[Name, Field(min_length=1)]
    citizen_name: Name = ""
    confidential: bool = False
    share_number: Annotated[
        bool, Field(description="The citizen allowed his handling units his number; not if confidential.")
    ] = False
    number: Annotated[
        str, Field(max_length=40, description="The citizen's, 7 to 15 digits: by it he is called back.")
    ] = ""


class Accepted(Strict):
    """The number and the deadline to tell the citizen."""

    id: str
    due_at: Moment
    due_provisional: bool


class Act(Strict):
    """What is to be done with the version that was seen."""

    version: Annotated[int, Field(ge=0, lt=2**31)]
    action: Action = Field(strict=False)
    args: dict[str, Any] = {}


class Topic(Strict):
    """A topic with its category and handling unit."""

    id: str
    name: str
    category: str
    unit: str


class Topics(Strict):
    """All topics of the city."""

    topics: list[Topic]


class Unit(Strict):
    """A handling unit; a closed one is given no new work."""

    id: str
    name: str
    level: str
    parent: str | None
    open: bool


class Units(Strict):
    """The tree of handling units."""

    units: list[Unit]


class FigureFilter(Strict):
    """A month of the city; without one the present."""

    month: Annotated[str, Field(pattern=r"^$|^2[0-9]{3}-[0-9]{2}$", description="YYYY-MM")] = ""


class Share(Strict):
    """Tickets due in the month; `in_time`: replied to and called back by the deadline."""

    due: int
    in_time: int
    extended: int
    share: float | None


class UnitShare(Share):
    """The same of one unit."""

    unit: str
    unit_name: str


class Count(Strict):
    """How many tickets a figure counts now."""

    what: str
    count: int


class Figures(Strict):
    """On-time share = in_time / due; tickets still open are in due, every citizen of a merged job counts."""

    month: str
    total: Share
    units: list[UnitShare]
    now: list[Count]


class Problem(Strict):
    """What went wrong."""

    code: Annotated[str, Field(description="For programs; the sentence may change, the code does not.")]
    message: str
    reason: Annotated[str, Field(description="Which rule refused an action.")] = ""
    fields: dict[str, str] = {}
    stored: Any = None


class Failure(Strict):
    """Every failure has this shape."""

    error: Problem


Method = Literal["GET", "POST"]
