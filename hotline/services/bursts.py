"""Tells supervisors of bursts while they grow, and who else has told of the same matter."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hotline.domain import bursts as domain
from hotline.domain.actors import Actor, Role
from hotline.domain.errors import NotFound
from hotline.domain.events import BurstChanged
from hotline.domain.ids import TicketId
from hotline.services.ports import Transaction
from hotline.services.ports_bursts import KnownBurst, Likeness, OpenMatter

View = dict[str, Any]
ALIKE_SINCE = timedelta(days=14)
COMPARED, SHOWN = 300, 5
ENOUGH = 0.3  # to be offered; a person decides
LETTERS = 80


def watch(tx: Transaction, now: datetime) -> int:
    """Look at the last hour: what is new, has grown or is over is written down and told. Returns how many."""
    found = {(each.topic, each.place): each for each in _seen(tx, now)}
    known = {(each.topic, each.place): each for each in tx.bursts.open()}
    changed = 0
    for what, burst in found.items():
        before = known.get(what)
        if before is None:
            fresh = KnownBurst(
                topic=burst.topic,
                place=burst.place,
                began_at=burst.began_at,
                latest_at=burst.latest_at,
                count=burst.count,
                expected=burst.expected,
            )
            changed += _write(tx, fresh, now)
        elif burst.count > before.count or burst.latest_at > before.latest_at:
            before.count, before.latest_at = max(before.count, burst.count), burst.latest_at
            changed += _write(tx, before, now)
    for what, before in known.items():
        if what not in found:
            before.ended_at = now
            changed += _write(tx, before, now)
    return changed


def live(tx: Transaction, topic_name: Callable[[str], Any]) -> list[View]:
    """The bursts of now, the largest first."""
    return [
        {
            "topic": each.topic,
            "topic_name": topic_name(each.topic),
            "place": each.place,
            "count": each.count,
            "expected": each.expected,
            "began_at": each.began_at.timestamp(),
            "latest_at": each.latest_at.timestamp(),
        }
        for each in tx.bursts.open()
    ]


def similar(
    tx: Transaction, actor: Actor, ticket_id: TicketId, likeness: Likeness, now: datetime
) -> list[View]:
    """Open tickets that may be the same matter, the likeliest first. Raises NotFound; not for units."""
    ticket = tx.tickets.get(ticket_id)
    if ticket is None or ticket.id is None or ticket.accepted_at is None or actor.role is Role.UNIT:
        raise NotFound("there is no such ticket")
    fields = ticket.fields
    mine = OpenMatter(
        ticket_id=ticket.id,
        accepted_at=ticket.accepted_at,
        state=ticket.state,
        topic=fields.topic,
        place=fields.place,
        what=fields.what,
        leader=None,
    )
    since = min(now, ticket.accepted_at) - ALIKE_SINCE
    others = tx.bursts.open_matters(fields.topic, fields.place, since, COMPARED)
    others = [each for each in others if each.ticket_id != ticket.id]
    if not others:
        return []
    scored = sorted(zip(likeness.likely(mine, others), others, strict=True), key=lambda each: -each[0])
    return [_similar_view(each, score) for score, each in scored[:SHOWN] if score >= ENOUGH]


def _seen(tx: Transaction, now: datetime) -> list[domain.Burst]:
    recent = tx.bursts.told(now - domain.LOOK_BACK, now)
    if len(recent) < domain.FEWEST:
        return []
    before = now - domain.LOOK_BACK
    counts = tx.bursts.counts(before - domain.HISTORY, before)
    usual = domain.expected_in_an_hour(counts, domain.HISTORY / timedelta(hours=1))
    return domain.bursts(recent, usual, now)


def _write(tx: Transaction, burst: KnownBurst, now: datetime) -> int:
    tx.bursts.save(burst)
    tx.outbox.add([BurstChanged(at=now)])
    return 1


def _similar_view(each: OpenMatter, score: float) -> View:
    return {
        "id": each.ticket_id,
        "state": each.state,
        "topic": each.topic,
        "place": each.place,
        "what": each.what[:LETTERS],
        "accepted_at": each.accepted_at.timestamp(),
        "likeness": round(score, 2),
    }
