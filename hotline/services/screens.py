"""What a screen shows: a call, a seat, the floor, as they are now; numbers masked where they can be."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from hotline.domain.calendar import SHANGHAI
from hotline.domain.call import Call
from hotline.domain.ids import UnitId
from hotline.domain.queues import QUEUES
from hotline.domain.seat import GIVEN_REASONS, PAUSE_REASONS, Seat, SeatState
from hotline.domain.ticket import Ticket
from hotline.services.ports import Account, TopicList, Transaction
from hotline.services.ports_transcripts import Source

View = dict[str, Any]


def mask(number: str | None) -> str | None:
    """`13812345678` -> `138****5678`; short numbers keep two digits, withheld stays None."""
    if not number:
        return None
    if len(number) < 8:
        return number[:2] + "*" * (len(number) - 2)
    return number[:3] + "****" + number[-4:]


def seat_view(tx: Transaction, seat: Seat) -> View:
    """One seat."""
    account = tx.accounts.by_seat(seat.id)
    return {
        "id": seat.id,
        "name": account.name if account else "",
        "state": seat.state,
        "reason": seat.reason,
        "wanted": seat.wanted,
        "wanted_reason": seat.wanted_reason,
        "since": seat.since.timestamp(),
        "call_id": seat.call_id,
        "reachable": seat.reachable,
    }


def call_view(tx: Transaction, call: Call, topics: TopicList, *, full: bool) -> View:
    """One call; `full` for the seat that has it: the number, the caller's tickets, the ticket in work."""
    heard = call.heard
    view: View = {
        "id": call.id,
        "from": call.from_number if full else mask(call.from_number),
        "withheld": call.from_number is None,
        "line": call.line,
        "queue": call.queue,
        "state": call.state,
        "seat": call.seat,
        "end_reason": call.end_reason,
        "missed": call.is_missed,
        "held_s": call.held_s,
        "urgent": bool(heard and heard.urgent),
        "urgency": heard.urgency if heard else None,
        "heard_final": bool(heard and heard.final),
        "heard_reason": heard.reason if heard else None,
        "heard_ms": heard.heard_ms if heard else 0,
        "suggestions": [asdict(s) for s in heard.suggestions] if heard else [],
        "categoriser": heard.categoriser if heard else 0,
        "recording": tx.recordings.get(call.id) is not None,
    }
    for name in ("arrived_at", "queued_at", "ringing_at", "answered_at", "ended_at", "held_since"):
        at: datetime | None = getattr(call, name)
        view[name] = at.timestamp() if at else None
    if full:
        view |= _full(tx, call, topics)
    return view


def _full(tx: Transaction, call: Call, topics: TopicList) -> View:
    ticket = tx.tickets.of_call(call.id)
    view: View = {
        "words": call.heard.words if call.heard else "",
        "talk": "".join(line.words for line in tx.transcripts.of_call(call.id) if line.source is Source.LIVE),
        "heard_kind": asdict(call.heard.kind) if call.heard and call.heard.kind else None,
        "heard_place": asdict(call.heard.place) if call.heard and call.heard.place else None,
        "ticket": ticket_view(ticket) if ticket else None,
        "open_tickets": [],
        "calls_this_month": 0,
    }
    if call.from_number:
        month = call.arrived_at.astimezone(SHANGHAI).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        view["calls_this_month"] = tx.calls.count_of_number(call.from_number, month)
        opened = [t for t in tx.tickets.open_of_number(call.from_number) if t.call_id != call.id]
        view["open_tickets"] = _with_units(tx, opened)
    return view


def ticket_view(ticket: Ticket) -> View:
    """A ticket as its seat sees it."""
    return {
        "id": ticket.id,
        "call_id": ticket.call_id,
        "state": ticket.state,
        "version": ticket.version,
        "fields": asdict(ticket.fields),
        "created_at": ticket.created_at.timestamp(),
        "saved_at": ticket.saved_at.timestamp() if ticket.saved_at else None,
        "accepted_at": ticket.accepted_at.timestamp() if ticket.accepted_at else None,
        "due_at": ticket.deadline.at.timestamp() if ticket.deadline else None,
        "due_day": str(ticket.deadline.day) if ticket.deadline else None,
        "due_provisional": bool(ticket.deadline and ticket.deadline.provisional),
        "working_days": ticket.working_days,
    }


def _with_units(tx: Transaction, tickets: list[Ticket]) -> list[View]:
    """With the name of the unit that has it, for the row says its id; what a seat wrote freely stays so."""
    views = []
    for ticket in tickets:
        unit = tx.units.get(UnitId(ticket.fields.unit)) if ticket.fields.unit else None
        views.append(ticket_view(ticket) | {"unit_name": unit.name if unit else ticket.fields.unit})
    return views


def queue_views(tx: Transaction) -> list[View]:
    """The seven queues with who waits, since when, and how many seats are ready."""
    ready = sum(seat.state is SeatState.READY and seat.reachable for seat in tx.seats.all())
    waiting = [call for call in tx.calls.live() if call.queued_at and call.answered_at is None]
    views = []
    for queue, (zh, en) in QUEUES.items():
        since = [call.queued_at.timestamp() for call in waiting if call.queue == queue and call.queued_at]
        row = {"id": queue, "zh": zh, "en": en, "waiting": len(since), "ready": ready}
        views.append(row | {"longest_since": min(since, default=None)})
    return views


def seat_snapshot(tx: Transaction, account: Account, topics: TopicList, now: datetime) -> View:
    """All that a seat's console shows, and the sequence number from which events continue it."""
    if account.seat is None:
        raise ValueError("a seat's snapshot is for an account with a seat")
    seat = tx.seats.get(account.seat)
    call = tx.calls.get(seat.call_id) if seat.call_id else None
    midnight = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    today = tx.calls.answered_by(account.seat, midnight)
    talked = [(c.ended_at - c.answered_at).total_seconds() for c in today if c.ended_at and c.answered_at]
    recent = tx.tickets.drafts_of_seat(account.seat) + tx.tickets.recent_of_seat(account.seat, 10)
    return {
        "seq": tx.outbox.newest_of(f"seat:{account.seat}"),
        "now": now.timestamp(),
        "seat": seat_view(tx, seat),
        "call": call_view(tx, call, topics, full=True) if call else None,
        "tickets": _with_units(tx, recent),
        "queues": queue_views(tx),
        "today": {"calls": len(today), "talk_s_avg": sum(talked) / len(talked) if talked else None},
        "reasons": pause_reasons(),
        "topics": topics.as_view(),
    }


def pause_reasons() -> list[View]:
    """Why a seat is paused; only the `chosen` ones can be asked for."""
    known = PAUSE_REASONS | GIVEN_REASONS
    return [
        {"id": key, "zh": zh, "en": en, "minutes": minutes, "chosen": key in PAUSE_REASONS}
        for key, (zh, en, minutes) in known.items()
    ]


def floor_snapshot(tx: Transaction, topics: TopicList, now: datetime) -> View:
    """All that the supervisors' page shows; numbers masked, no words."""
    hour_ago = now - timedelta(hours=1)
    return {
        "seq": tx.outbox.newest_of("floor"),
        "now": now.timestamp(),
        "queues": queue_views(tx),
        "calls": [call_view(tx, call, topics, full=False) for call in tx.calls.live()],
        "missed": [
            call_view(tx, call, topics, full=False) for call in tx.calls.since(hour_ago) if call.is_missed
        ],
        "seats": [seat_view(tx, seat) for seat in tx.seats.all()],
    }


def words_for(tx: Transaction, account: Account, call: Call, at: datetime) -> str:
    """What a caller said, for a supervisor who asks to see it: the view is recorded."""
    tx.views.add(at, account.id, call.id, "transcript", "supervision")
    return call.heard.words if call.heard else ""
