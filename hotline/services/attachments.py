"""Files that a unit sends with its answer: taken in before it, fixed with it, swept away without it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hotline.domain.actors import Actor, Role
from hotline.domain.attachments import LARGEST, MOST_UNSENT, Attachment, clean_name, is_executable_name
from hotline.domain.errors import Conflict, Invalid, NotFound
from hotline.domain.ids import TicketId
from hotline.domain.ticket_course import Course
from hotline.domain.ticket_moves import AT_THE_UNIT
from hotline.services import course_rights
from hotline.services.ports import Storage, Transaction
from hotline.services.ports_attachments import Read, Shelf

KEEP_UNSENT = timedelta(days=7)
JUST_BROUGHT = timedelta(days=1)
AT_ONCE = 200


def add(
    storage: Storage, shelf: Shelf, actor: Actor, ticket_id: TicketId, name: str, read: Read, at: datetime
) -> Attachment:
    """Take a file in for this unit's answer.

    Raises NotFound (not its ticket), Conflict (it has nothing to answer there, or enough files), Invalid with
    `reason`: too_large, empty, executable, kind. Nothing is left of a refused file.
    """
    with storage.reading() as tx:
        _answering(tx, actor, ticket_id)
    if is_executable_name(name):
        raise Invalid("a program is not accepted", "executable")
    with shelf.receive(read, LARGEST) as received:
        kind = shelf.kind_of(received)
        with storage.writing() as tx:
            course = _answering(tx, actor, ticket_id)
            assert actor.account is not None and actor.unit is not None  # it answers as a unit
            added = tx.attachments.add(
                Attachment(
                    key=0,
                    ticket=course.key,
                    unit=actor.unit,
                    account=actor.account,
                    name=clean_name(name, kind),
                    kind=kind,
                    size=received.size,
                    sha256=received.sha256,
                    at=at,
                )
            )
            shelf.keep(received)  # the row is only there when the file is
    return added


def remove(storage: Storage, actor: Actor, ticket_id: TicketId, key: int) -> None:
    """Take a file away that was not sent yet; what was in it is swept later. NotFound, Conflict."""
    with storage.writing() as tx:
        found = _found(tx, actor, ticket_id, key)
        if found.sent_at is not None:
            raise Conflict("the file was sent with an answer and stays", "sent")
        tx.attachments.remove(key)


def send(tx: Transaction, actor: Actor, ticket_id: TicketId, keys: Sequence[int], at: datetime) -> None:
    """They belong to the answer that is given in this transaction; the log keeps their names and hashes."""
    if not keys:
        return
    files = [_found(tx, actor, ticket_id, key) for key in dict.fromkeys(keys)]
    if any(file.sent_at is not None or file.unit != actor.unit for file in files):
        raise Invalid("only files of this answer can be sent with it", "sent")
    tx.attachments.send([file.key for file in files], at)
    course = tx.courses.get(ticket_id)
    assert course is not None  # its file was found
    said = {f"file{n}": f"{file.name} {file.sha256}" for n, file in enumerate(files, 1)}
    tx.log.add(course.key, at, actor.name, "attach", course.state, course.state, said)


def listed(tx: Transaction, actor: Actor, ticket_id: TicketId) -> list[Attachment]:
    """What was sent, and what this unit is about to send. Raises NotFound."""
    course = _seen(tx, actor, ticket_id)
    return [file for file in tx.attachments.of_ticket(course.key) if _may_see(actor, file)]


def get(tx: Transaction, actor: Actor, ticket_id: TicketId, key: int) -> Attachment:
    """One file for who may see its ticket. Raises NotFound."""
    return _found(tx, actor, ticket_id, key)


def sweep(storage: Storage, shelf: Shelf, at: datetime) -> int:
    """Files whose answer never came are gone after a week; returns how many left the shelf.

    What was brought within a day stays: its row may be about to be written.
    """
    with storage.writing() as tx:
        for file in tx.attachments.unsent_before(at - KEEP_UNSENT, AT_ONCE):
            tx.attachments.remove(file.key)
    with storage.reading() as tx:
        return shelf.sweep(tx.attachments.in_use, JUST_BROUGHT.total_seconds())


def _seen(tx: Transaction, actor: Actor, ticket_id: TicketId) -> Course:
    course = tx.courses.get(ticket_id)
    if course is None or not course_rights.may_see(actor, course):
        raise NotFound("there is no such ticket")
    return course


def _found(tx: Transaction, actor: Actor, ticket_id: TicketId, key: int) -> Attachment:
    course = _seen(tx, actor, ticket_id)
    found = tx.attachments.get(key)
    if found is None or found.ticket != course.key or not _may_see(actor, found):
        raise NotFound("there is no such file")
    return found


def _may_see(actor: Actor, file: Attachment) -> bool:
    return file.sent_at is not None or file.unit == actor.unit


def _answering(tx: Transaction, actor: Actor, ticket_id: TicketId) -> Course:
    """The ticket, while this unit still has something to answer there."""
    course = _seen(tx, actor, ticket_id)
    part = course.parts.get(actor.unit or "")
    leads = actor.unit == course.unit or (part is not None and part.answered_at is None)
    if actor.role is not Role.UNIT or course.state not in AT_THE_UNIT or not leads:
        raise Conflict("this unit has nothing to answer on this ticket now", "no_answer_due")
    unsent = [f for f in tx.attachments.of_ticket(course.key) if f.unit == actor.unit and not f.sent_at]
    if len(unsent) >= MOST_UNSENT:
        raise Conflict(f"an answer has at most {MOST_UNSENT} files", "too_many_files")
    return course
