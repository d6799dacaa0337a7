"""What the clock does on time's behalf: reminders, what waits, notices; each once, in its own transaction."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from hotline.domain.actors import HOTLINE
from hotline.domain.calendar import Calendar
from hotline.domain.errors import Conflict, Contended, Unavailable
from hotline.domain.ids import TicketId
from hotline.domain.notices import KIND_OF
from hotline.domain.supervision import FOR_ASSISTING, FOR_THE_UNIT, Act, Due, due_at, next_at
from hotline.domain.ticket_moves import AT_THE_UNIT, Action
from hotline.domain.working_time import city_time
from hotline.log_lines import kind_and_place
from hotline.services.courses import perform_in
from hotline.services.notices import issue
from hotline.services.ports import Storage, Transaction
from hotline.services.ports_supervision import Candidate, Looked

log = logging.getLogger("hotline.supervision")
AT_ONCE = 500  # tickets looked at between two commits
MOST_A_TICKET = 20  # acts at one look: more would be a mistake that never ends
TopicName = Callable[[str], str]


@dataclass(slots=True)
class Progress:
    """What one round of the clock did; `failed` tickets are tried again at the next."""

    looked: int = 0
    acts: dict[str, int] = field(default_factory=dict)
    failed: int = 0


def run(
    storage: Storage,
    now: datetime,
    issuer: str,
    topic_name: TopicName,
    go_on: Callable[[], bool] = lambda: True,
) -> Progress:
    """Everything that should have happened by `now`. Late, twice or beside another clock: once each.

    Raises Unavailable when the database does not answer; what was done until then is done.
    """
    progress = Progress()
    tried: set[TicketId] = set()
    while go_on():
        with storage.reading() as tx:
            calendar, revision = tx.calendar.load(), tx.calendar.revision()
            found = tx.supervision.to_look_at(now, revision, AT_ONCE + len(tried))
        found = [each for each in found if each.ticket_id not in tried]
        if not found:
            break
        quiet = [each for each in found if not _due(each, calendar, now)]
        _note(storage, quiet, calendar, revision, now)
        progress.looked += len(found)
        for each in found:
            if each in quiet:
                continue
            tried.add(each.ticket_id)
            for _ in range(MOST_A_TICKET):
                if not go_on():
                    return progress
                if not _once(storage, each.ticket_id, now, revision, issuer, topic_name, progress):
                    break
    return progress


def _due(candidate: Candidate, calendar: Calendar, now: datetime) -> list[Due]:
    return due_at(candidate.watched, candidate.done, calendar, now)


def _note(storage: Storage, quiet: list[Candidate], calendar: Calendar, revision: int, now: datetime) -> None:
    if quiet:
        with storage.writing() as tx:
            tx.supervision.looked([_looked(each, calendar, now) for each in quiet], revision)


def _looked(each: Candidate, calendar: Calendar, now: datetime) -> Looked:
    after = next_at(each.watched, each.done, calendar, now)
    return Looked(key=each.key, version=each.version, next_at=after)


def _once(
    storage: Storage,
    ticket_id: TicketId,
    now: datetime,
    revision: int,
    issuer: str,
    topic_name: TopicName,
    progress: Progress,
) -> bool:
    """One act in its own transaction, true when there may be more; a ticket that fails holds nothing up."""
    try:
        with storage.writing() as tx:
            act = act_on(tx, ticket_id, now, revision, issuer, topic_name)
    except (Conflict, Contended):
        return False  # another clock was faster, or a person: it is looked at again
    except Unavailable:
        raise
    except Exception as problem:
        # Whatever is wrong with one ticket, the others are reminded. What it says may name a citizen.
        progress.failed += 1
        log.error("%s cannot be supervised: %s", ticket_id, kind_and_place(problem))
        return False
    if act:
        progress.acts[act] = progress.acts.get(act, 0) + 1
    return act is not None


def act_on(
    tx: Transaction, ticket_id: TicketId, now: datetime, revision: int, issuer: str, topic_name: TopicName
) -> Act | None:
    """The first of what is due for one ticket, in the order in which it should have happened."""
    calendar = tx.calendar.load()
    candidate = tx.supervision.one(ticket_id)
    if candidate is None:
        return None  # closed meanwhile
    due = _due(candidate, calendar, now)
    if not due:
        tx.supervision.looked([_looked(candidate, calendar, now)], revision)
        return None
    _do(tx, candidate, due[0], now, issuer, topic_name)
    return due[0].act


def _do(
    tx: Transaction, candidate: Candidate, due: Due, now: datetime, issuer: str, topic_name: TopicName
) -> None:
    tx.supervision.add_act(candidate.key, due, now)
    kind = KIND_OF.get(due.act)
    if kind:
        issue(tx, candidate, kind, None, now, issuer=issuer, topic_name=topic_name, due=due)
        return
    watched = candidate.watched
    said: dict[str, object] = {"act": due.act, "should": city_time(due.at)}
    # Who is reminded: a unit that gets it later hears nothing of this.
    if due.act in FOR_ASSISTING:
        said |= {"unit": due.unit}
        said |= {"lead": watched.unit} if due.act is Act.PART_OVERDUE else {}
    elif due.act in FOR_THE_UNIT and watched.state in AT_THE_UNIT:
        said |= {"unit": watched.unit}
    perform_in(tx, HOTLINE, candidate.ticket_id, None, Action.REMIND, said, now)
