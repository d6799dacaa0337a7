"""What the use cases need from the outside, named by role; adapters and fakes stand behind these."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from hotline.domain.calendar import Arrangement, Calendar
from hotline.domain.call import Call
from hotline.domain.deadlines import Move, RunningClock
from hotline.domain.events import Event
from hotline.domain.heard import Heard
from hotline.domain.hearing_mode import Mode
from hotline.domain.ids import AccountId, CallId, QueueId, SeatId, TicketId, TicketKey, UnitId
from hotline.domain.seat import Seat
from hotline.domain.ticket import Ticket
from hotline.domain.units import Unit
from hotline.services.ports_api import ApiStore
from hotline.services.ports_attachments import AttachmentStore
from hotline.services.ports_bursts import BurstStore
from hotline.services.ports_callbacks import CallbackStore, NewDateStore
from hotline.services.ports_courses import CourseStore, TicketList, TicketLog
from hotline.services.ports_exports import ExportStore
from hotline.services.ports_learning import LearningStore
from hotline.services.ports_mails import MailStore
from hotline.services.ports_search import TicketIndex
from hotline.services.ports_supervision import AnswerStore, MeetingStore, NoticeStore, SupervisionStore
from hotline.services.ports_transcripts import TranscriptStore
from hotline.services.ports_work import WorkStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who may log in. `role` is seat, supervisor, admin or unit; `epoch` grows when all sessions must end."""

    id: AccountId
    login: str
    name: str
    role: str
    seat: SeatId | None
    password_hash: str
    must_change: bool
    active: bool
    epoch: int
    demo: bool
    unit: UnitId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A finished recording; `path` is relative to the recordings folder."""

    call_id: CallId
    path: str
    size: int
    duration_ms: int
    sha256: str
    linked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One event for one screen; `prev` is the same stream's row before it (0: none)."""

    seq: int
    prev: int
    stream: str
    type: str
    at: datetime
    call_id: CallId | None = None
    seat_id: SeatId | None = None
    ticket_id: TicketId | None = None
    note: str = ""


class CallStore(Protocol):
    """Calls, by id."""

    def get(self, call_id: CallId) -> Call | None: ...
    def save(self, call: Call) -> None: ...
    def live(self) -> list[Call]: ...
    def since(self, at: datetime) -> list[Call]: ...
    def of_number(self, number: str, since: datetime) -> list[Call]: ...
    def count_of_number(self, number: str, since: datetime) -> int: ...
    def answered_by(self, seat: SeatId, since: datetime) -> list[Call]: ...


class SeatStore(Protocol):
    """The seats. `save` also keeps the time spent in the state before."""

    def get(self, seat_id: SeatId) -> Seat: ...
    def save(self, seat: Seat) -> None: ...
    def all(self) -> list[Seat]: ...


class TicketStore(Protocol):
    """Tickets; a call has one draft at most."""

    def of_call(self, call_id: CallId) -> Ticket | None: ...
    def get(self, ticket_id: TicketId) -> Ticket | None: ...

    def save(self, ticket: Ticket) -> None:
        """Write the seat's part of it; a new one gets its key."""
        ...

    def next_id(self, year: int) -> TicketId: ...
    def open_of_number(self, number: str) -> list[Ticket]: ...
    def drafts_of_seat(self, seat: SeatId) -> list[Ticket]: ...
    def recent_of_seat(self, seat: SeatId, limit: int) -> list[Ticket]: ...

    def running_clocks(self) -> list[RunningClock]:
        """Of every open ticket, the oldest first; in a writing transaction they stay locked to its end."""
        ...

    def move_deadlines(self, moved: Sequence[Move], at: datetime, who: str, why: str) -> None:
        """Write the new deadlines, each with an entry in its ticket's log."""
        ...


class CalendarStore(Protocol):
    """The table of working days.

    In a writing transaction `load` waits for whoever changes the table, and keeps others from it to the end,
    so that no deadline is reckoned by a calendar that is gone; after `revision` nobody else even loads it.
    Who moves deadlines of open tickets calls one of them before a ticket is locked.
    """

    def revision(self) -> int: ...
    def load(self) -> Calendar: ...
    def put(self, arrangement: Arrangement, who: str, at: datetime) -> None: ...


class AccountStore(Protocol):
    """Accounts and their logins."""

    def get(self, account_id: AccountId) -> Account | None: ...
    def by_login(self, login: str) -> Account | None: ...
    def by_seat(self, seat: SeatId) -> Account | None: ...
    def names_of(self, logins: Iterable[str]) -> dict[str, str]: ...
    def of_unit(self, unit: UnitId) -> list[Account]: ...
    def all(self) -> list[Account]: ...
    def add(self, **values: Any) -> Account: ...
    def update(self, account_id: AccountId, **values: Any) -> None: ...


class UnitStore(Protocol):
    """The handling units, closed ones too.

    In a writing transaction who reads one unit keeps it from being closed until the commit, and who reads
    the tree `to_change` it is the only one to. `all` and `names_of` keep nobody from anything.
    """

    def get(self, unit_id: UnitId) -> Unit | None: ...
    def named(self, name: str) -> Unit | None: ...
    def all(self) -> list[Unit]: ...
    def names_of(self, ids: Iterable[str]) -> dict[str, str]: ...
    def to_change(self) -> list[Unit]: ...
    def add(self, unit: Unit) -> None: ...
    def save(self, unit: Unit) -> None: ...


class RecordingStore(Protocol):
    """Recordings, one a call."""

    def get(self, call_id: CallId) -> Recording | None: ...
    def add(self, recording: Recording) -> None: ...
    def unlinked(self, since: datetime) -> list[CallId]: ...


class Outbox(Protocol):
    """Events for the screens, in the order of their commits."""

    def add(self, events: Iterable[Event]) -> None: ...
    def after(self, seq: int, limit: int = 500) -> list[OutboxRow]: ...
    def newest(self) -> int: ...
    def newest_of(self, stream: str) -> int: ...
    def purge(self, before: datetime) -> int: ...


class ViewLog(Protocol):
    """Who saw a number, a transcript or a recording, and why; append-only."""

    def add(
        self, at: datetime, account: AccountId, call_id: CallId | None, what: str, why: str,
        ticket: TicketKey | None = None,
    ) -> None:  # fmt: skip
        """A look at a call, a ticket, or the call of a ticket."""
        ...

    def of_call(self, call_id: CallId) -> list[dict[str, Any]]: ...
    def of_ticket(self, ticket: TicketKey) -> list[dict[str, Any]]: ...


class Transaction(Protocol):
    """The stores as one unit: all of it happens or nothing does."""

    @property
    def calls(self) -> CallStore: ...
    @property
    def seats(self) -> SeatStore: ...
    @property
    def tickets(self) -> TicketStore: ...
    @property
    def courses(self) -> CourseStore: ...
    @property
    def log(self) -> TicketLog: ...
    @property
    def ticket_list(self) -> TicketList: ...
    @property
    def calendar(self) -> CalendarStore: ...
    @property
    def accounts(self) -> AccountStore: ...
    @property
    def units(self) -> UnitStore: ...
    @property
    def work(self) -> WorkStore: ...
    @property
    def attachments(self) -> AttachmentStore: ...
    @property
    def mails(self) -> MailStore: ...
    @property
    def bursts(self) -> BurstStore: ...
    @property
    def callbacks(self) -> CallbackStore: ...
    @property
    def new_dates(self) -> NewDateStore: ...
    @property
    def recordings(self) -> RecordingStore: ...
    @property
    def transcripts(self) -> TranscriptStore: ...
    @property
    def learning(self) -> LearningStore: ...
    @property
    def answers(self) -> AnswerStore: ...
    @property
    def supervision(self) -> SupervisionStore: ...
    @property
    def notices(self) -> NoticeStore: ...
    @property
    def meetings(self) -> MeetingStore: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def views(self) -> ViewLog: ...
    @property
    def search(self) -> TicketIndex: ...
    @property
    def api(self) -> ApiStore: ...
    @property
    def exports(self) -> ExportStore: ...


class Storage(Protocol):
    """The database. Both raise Unavailable when it does not answer in its time."""

    def writing(self) -> AbstractContextManager[Transaction]:
        """A transaction that commits at the end of the block and then wakes the screens."""
        ...

    def reading(self) -> AbstractContextManager[Transaction]:
        """A consistent view that changes nothing."""
        ...


class Passwords(Protocol):
    """Hashing of passwords."""

    def hash(self, password: str) -> str: ...
    def matches(self, hashed: str, password: str) -> bool: ...


class CallDesk(Protocol):
    """What the AGI scripts ask; neither waits longer than a caller would notice.

    A call is expected only while somebody is there to listen: else `expect` raises Unavailable.
    """

    def expect(self, call_id: CallId, mode: Mode = Mode.SENTENCE) -> None: ...
    def heard(self, call_id: CallId, wait_s: float) -> Heard | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What a screen asks the switch to do, until `expires_at` (epoch seconds)."""

    id: str
    name: str
    seat: SeatId | None
    account: AccountId
    args: dict[str, str]
    expires_at: float


class Commands(Protocol):
    """The way of a command from a screen to the switch. Raises Unavailable."""

    def send(self, command: Command) -> None: ...


class Bell(Protocol):
    """Wakes whoever waits for outbox rows; ringing and waiting never raise."""

    def ring(self, seq: int) -> None: ...
    def wait(self, timeout_s: float) -> None: ...


class Presence(Protocol):
    """Which processes are alive, with their figures; {} when that cannot be known."""

    def announce(self, process: str, figures: dict[str, Any]) -> None: ...
    def alive(self) -> dict[str, dict[str, Any]]: ...


class TopicList(Protocol):
    """The city's topics, for choosing and checking."""

    def ids(self) -> frozenset[str]: ...
    def queue_of(self, topic: str) -> QueueId: ...
    def as_view(self) -> list[dict[str, Any]]: ...
