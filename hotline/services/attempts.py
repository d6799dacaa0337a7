"""When a citizen was tried: the time of the call that was made for it, not of the click that says so."""

from collections.abc import Sequence
from datetime import datetime

from hotline.domain.actors import Actor
from hotline.domain.ids import TicketKey
from hotline.domain.ticket_course import Course
from hotline.services.ports import Transaction


def rung_for_callback(tx: Transaction, actor: Actor, course: Course, at: datetime) -> datetime:
    """At his newest call since the reply that is no attempt yet; `at` where there is none."""
    return _rung(tx, actor, course.key, [course.replied_at or at, *course.tried], at)


def rung_for_new_date(tx: Transaction, actor: Actor, course: Course, at: datetime) -> datetime:
    """The same since the extension was granted."""
    waiting = course.new_date
    return _rung(tx, actor, course.key, [waiting.since, *waiting.tried], at) if waiting else at


def _rung(
    tx: Transaction, actor: Actor, ticket: TicketKey, before: Sequence[datetime], at: datetime
) -> datetime:
    """A call that failed rang nobody: the seat did not take up its own telephone, or there was no line."""
    began = (
        dial.began_at
        for dial in tx.callbacks.of_ticket(ticket)
        if dial.account == actor.account and dial.result != "failed"
    )
    return max((each for each in began if max(before) < each <= at), default=at)
