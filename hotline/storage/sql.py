"""The database as one port: transactions whose commit wakes the screens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hotline.domain.errors import Contended, Unavailable
from hotline.storage.accounts import SqlAccountStore, SqlViewLog
from hotline.storage.answers import SqlAnswerStore
from hotline.storage.api import SqlApiStore
from hotline.storage.attachments import SqlAttachmentStore
from hotline.storage.bursts import SqlBurstStore
from hotline.storage.calendar import KnownCalendar, SqlCalendarStore
from hotline.storage.callbacks import SqlCallbackStore
from hotline.storage.calls import SqlCallStore, SqlRecordingStore
from hotline.storage.courses import SqlCourseStore
from hotline.storage.engine import WRITING, open_engine
from hotline.storage.exports import SqlExportStore
from hotline.storage.learning import SqlLearningStore
from hotline.storage.mails import SqlMailStore
from hotline.storage.meetings import SqlMeetingStore
from hotline.storage.new_dates import SqlNewDateStore
from hotline.storage.notices import SqlNoticeStore
from hotline.storage.outbox import SqlOutbox
from hotline.storage.search import SqlTicketIndex
from hotline.storage.seats import SqlSeatStore, ensure_seats
from hotline.storage.supervision import SqlSupervisionStore
from hotline.storage.ticket_list import SqlTicketList
from hotline.storage.ticket_log import SqlTicketLog
from hotline.storage.tickets import SqlTicketStore
from hotline.storage.transcripts import SqlTranscriptStore
from hotline.storage.units import SqlUnitStore
from hotline.storage.work import SqlWorkStore

SEATS = 50
GIVEN_UP = frozenset({"40001", "40P01"})  # PostgreSQL chose this transaction of two


class SqlTransaction:
    """Implements Transaction on one connection."""

    def __init__(
        self,
        connection: Connection,
        writing: bool,
        number_key: str | None = None,
        known: KnownCalendar | None = None,
    ) -> None:
        self.calls = SqlCallStore(connection, writing)
        self.seats = SqlSeatStore(connection, writing)
        self.log = SqlTicketLog(connection)
        self.tickets = SqlTicketStore(connection, self.log, writing)
        self.courses = SqlCourseStore(connection, self.log, writing)
        self.ticket_list = SqlTicketList(connection)
        self.calendar = SqlCalendarStore(connection, writing, known)
        self.accounts = SqlAccountStore(connection)
        self.units = SqlUnitStore(connection, writing)
        self.work = SqlWorkStore(connection)
        self.attachments = SqlAttachmentStore(connection)
        self.mails = SqlMailStore(connection, writing)
        self.bursts = SqlBurstStore(connection)
        self.callbacks = SqlCallbackStore(connection)
        self.new_dates = SqlNewDateStore(connection)
        self.recordings = SqlRecordingStore(connection)
        self.transcripts = SqlTranscriptStore(connection)
        self.learning = SqlLearningStore(connection)
        self.answers = SqlAnswerStore(connection)
        self.supervision = SqlSupervisionStore(connection, writing)
        self.notices = SqlNoticeStore(connection)
        self.meetings = SqlMeetingStore(connection, writing)
        self.outbox = SqlOutbox(connection)
        self.views = SqlViewLog(connection)
        self.search = SqlTicketIndex(connection, number_key)
        self.api = SqlApiStore(connection)
        self.exports = SqlExportStore(connection)

    def index_changed(self) -> None:
        """Every change of a ticket is in its log: from there the index knows whose terms are others now."""
        for key in sorted(self.log.changed):
            self.search.put(key)


class SqlStorage:
    """Implements Storage. `on_commit(seq)` is called after a commit that added outbox rows."""

    def __init__(
        self,
        engine: Engine,
        on_commit: Callable[[int], None] | None = None,
        number_key: str | None = None,
    ) -> None:
        self.engine = engine
        self._on_commit = on_commit
        self._number_key = number_key
        self._calendar = KnownCalendar()

    @classmethod
    def open(
        cls, url: str, on_commit: Callable[[int], None] | None = None, number_key: str | None = None
    ) -> "SqlStorage":
        """Connect lazily to `url` (see `engine.open_engine`); without `number_key` no number is found."""
        return cls(open_engine(url), on_commit, number_key)

    @contextmanager
    def writing(self) -> Iterator[SqlTransaction]:
        with _translated(), self.engine.connect().execution_options(**{WRITING: True}) as connection:
            transaction = SqlTransaction(connection, True, self._number_key, self._calendar)
            with connection.begin():
                yield transaction
                transaction.index_changed()
        if transaction.outbox.last_added and self._on_commit:
            self._on_commit(transaction.outbox.last_added)

    @contextmanager
    def reading(self) -> Iterator[SqlTransaction]:
        options = {} if self.engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        with _translated(), self.engine.connect().execution_options(**options) as connection:
            yield SqlTransaction(connection, False, self._number_key, self._calendar)
            connection.rollback()

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OperationalError as problem:
        if getattr(problem.orig, "sqlstate", None) in GIVEN_UP:
            raise Contended("somebody else changed the same at this moment: try again") from problem
        raise Unavailable(f"the database does not answer: {_cause(problem)}") from problem
    except PoolTimeout as problem:
        raise Unavailable("all connections to the database are busy") from problem
    except DBAPIError as problem:
        if problem.connection_invalidated:
            raise Unavailable("the connection to the database was lost") from problem
        raise


def _cause(problem: OperationalError) -> str:
    """The driver's first line, without the statement and its values."""
    return str(problem.orig).splitlines()[0][:200]


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest form and make the seats. Raises Unavailable."""
    from alembic import command  # only the first process of a start migrates, and Alembic is large
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    engine = open_engine(url)
    with _translated(), engine.connect().execution_options(**{WRITING: True}) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        ensure_seats(connection, SEATS, datetime.now(UTC))
        connection.commit()
    engine.dispose()
