"""Issuing a numbered notice, by the clock or by a supervisor, and issuing it anew under another number."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from hotline.domain.actors import HOTLINE, Actor, Role
from hotline.domain.errors import Conflict, NotFound
from hotline.domain.ids import TicketId, UnitId
from hotline.domain.notices import (
    Content,
    Notice,
    NoticeKind,
    NoticeNumber,
    check_issue,
    check_reason,
    limit_of,
    year_of,
)
from hotline.domain.supervision import Act, Due
from hotline.domain.ticket_moves import Action
from hotline.domain.working_time import city_day, city_time
from hotline.services.courses import perform_in
from hotline.services.ports import TopicList, Transaction
from hotline.services.ports_supervision import Candidate

ACTIONS = {NoticeKind.SUPERVISION: Action.NOTICE, NoticeKind.CRITICISM: Action.CRITICISE}
ACTS = {NoticeKind.SUPERVISION: Act.NOTICE, NoticeKind.CRITICISM: Act.CRITICISM}
TopicName = Callable[[str], str]


def topic_namer(topics: TopicList) -> TopicName:
    """What a topic is called on paper; one that is in no list any more goes by its id."""
    names = {topic["id"]: str(topic["name"]["zh"]) for topic in topics.as_view()}
    return lambda topic: names.get(topic, topic)


def issue(
    tx: Transaction,
    candidate: Candidate,
    kind: NoticeKind,
    actor: Actor | None,
    at: datetime,
    *,
    issuer: str,
    topic_name: TopicName,
    reason: str = "",
    due: Due | None = None,
    old: Notice | None = None,
) -> Notice:
    """The next number of the year, in the ticket's log too. Raises Conflict when no unit is late with it.

    `due` when the clock does it; `old` is the one that this one replaces.
    """
    watched = candidate.watched
    check_issue(watched.state, watched.unit, watched.deadline, at)
    calendar = tx.calendar.load()
    limit = limit_of(kind, calendar, at)
    year = year_of(at)
    number = NoticeNumber(kind=kind, year=year, number=tx.notices.next_number(kind, year))
    content = _content(tx, candidate, kind, at, topic_name, issuer)
    content = replace(
        content,
        limit=limit.day if limit else None,
        provisional=bool(limit and limit.provisional),
        reason=reason,
        replaces=str(old.number) if old else "",
    )
    notice = Notice(
        key=0, number=number, ticket_id=candidate.ticket_id, round=watched.notice_round,
        edition=old.edition + 1 if old else 1, unit=watched.unit, issued_at=at,
        issued_by=actor.account if actor else None, limit=limit, content=content,
    )  # fmt: skip
    kept = tx.notices.add(notice, candidate.key, old.key if old else None)
    said: dict[str, object] = {"number": number, "notice": kept.key, "unit": watched.unit}
    said |= {"limit": limit.day} if limit else {}
    said |= {"should": city_time(due.at)} if due else {"reason": reason}
    said |= {"replaces": old.number} if old else {}
    version = candidate.version if actor else None
    in_his_name = replace(actor or HOTLINE, role=Role.SYSTEM)  # nobody may do it but by issuing a paper
    perform_in(tx, in_his_name, candidate.ticket_id, version, ACTIONS[kind], said, at)
    return kept


def _content(
    tx: Transaction, candidate: Candidate, kind: NoticeKind, at: datetime, topic_name: TopicName, issuer: str
) -> Content:
    ticket = tx.tickets.get(candidate.ticket_id)
    if ticket is None:
        raise NotFound("there is no such ticket")
    watched = candidate.watched
    unit = tx.units.get(UnitId(watched.unit))
    before = tx.notices.current(candidate.key, NoticeKind.SUPERVISION)
    return Content(
        unit=unit.name if unit else watched.unit,
        ticket_id=candidate.ticket_id,
        ticket_kind=ticket.fields.kind,
        topic=topic_name(ticket.fields.topic),
        accepted=city_day(watched.accepted_at),
        due=watched.deadline.day,
        working_days=ticket.working_days or 0,
        extended=watched.extended,
        day=city_day(at),
        limit=None,
        before=str(before.number) if before and kind is NoticeKind.CRITICISM else "",
        issuer=issuer,
    )


def issue_by_hand(
    tx: Transaction, actor: Actor, ticket_id: TicketId, kind: NoticeKind, reason: str, at: datetime,
    *, issuer: str, topic_name: TopicName,
) -> Notice:  # fmt: skip
    """A supervisor does not wait for the clock: from the deadline on, once for each promise and unit."""
    reason = check_reason(reason)
    candidate = _open(tx, actor, ticket_id)
    act = (ACTS[kind], candidate.watched.notice_round)
    if act in candidate.done:
        raise Conflict("there is such a notice for this ticket: issue that one anew", "notice_there")
    if kind is NoticeKind.CRITICISM and (ACTS[NoticeKind.SUPERVISION], act[1]) not in candidate.done:
        raise Conflict("criticism follows a supervision notice: issue that one first", "notice_first")
    notice = issue(tx, candidate, kind, actor, at, issuer=issuer, topic_name=topic_name, reason=reason)
    tx.supervision.add_act(candidate.key, Due(act=act[0], round=act[1], at=at), at)
    return notice


def reissue(
    tx: Transaction, actor: Actor, key: int, reason: str, at: datetime, *, issuer: str, topic_name: TopicName
) -> Notice:
    """A new number with a new limit; the old one says what replaced it. Raises Conflict if it is over."""
    reason = check_reason(reason)
    old = tx.notices.get(key)
    if old is None:
        raise NotFound("there is no such notice")
    candidate = _open(tx, actor, old.ticket_id)
    old = tx.notices.get(key) or old  # as it is now that the ticket is ours
    if old.replaced_by:
        raise Conflict("this notice was replaced already", "notice_replaced")
    if old.withdrawn:
        raise Conflict("this notice was withdrawn", "notice_withdrawn")
    if old.round != candidate.watched.notice_round:
        raise Conflict(
            "this ticket was handed to another unit since: that one has a notice of its own", "notice_unit"
        )
    return issue(
        tx,
        candidate,
        old.number.kind,
        actor,
        at,
        issuer=issuer,
        topic_name=topic_name,
        reason=reason,
        old=old,
    )


def _open(tx: Transaction, actor: Actor, ticket_id: TicketId) -> Candidate:
    if actor.role is not Role.SUPERVISOR:
        raise NotFound("this is not for your role")
    tx.calendar.load()  # before the ticket is locked
    candidate = tx.supervision.one(ticket_id)
    if candidate is None:
        raise Conflict("this ticket is closed: a notice would reach nobody", "notice_nobody")
    return candidate
