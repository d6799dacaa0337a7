"""Applies what Asterisk reported and what was heard to calls and seats, and tells the screens."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hotline.domain import events, facts
from hotline.domain.call import Call
from hotline.domain.heard import Heard
from hotline.domain.hearing_mode import Mode
from hotline.domain.ids import CallId
from hotline.domain.queues import queue_or_general
from hotline.domain.ticket import Ticket, TicketState
from hotline.services import callbacks
from hotline.services.ports import Transaction
from hotline.services.ports_transcripts import Source, TranscriptLine, Voice


def apply_fact(tx: Transaction, fact: facts.Fact) -> list[events.Event]:
    """Let one fact happen; a late or repeated one changes nothing. Returns what it meant."""
    happened: list[events.Event] = []
    match fact:
        case facts.CallFact():
            happened = _apply_to_call(tx, fact)
        case facts.DialAnswered():
            callbacks.answered(tx, fact.dial, fact.at)
        case facts.DialPressed():
            callbacks.pressed(tx, fact.dial, fact.key)
        case facts.DialEnded():
            callbacks.ended(tx, fact.dial, fact.status, fact.at)
        case facts.SeatReachable():
            seat = tx.seats.get(fact.seat)
            happened = seat.reach(fact.reachable, fact.at)
            tx.seats.save(seat)
    tx.outbox.add(happened)
    return happened


def apply_heard(tx: Transaction, heard: Heard) -> list[events.Event]:
    """Keep what was heard with its call; an unknown call's words are dropped."""
    call = tx.calls.get(heard.call_id)
    if call is None:
        return []
    if heard.mode is Mode.ON:
        _keep_talk(tx, call, heard)
        return []
    happened = call.hear(heard, datetime.fromtimestamp(heard.at, UTC))
    if happened:
        tx.calls.save(call)
        tx.outbox.add(happened)
    return happened


def unheard(tx: Transaction, talked_since: datetime | None) -> list[CallId]:
    """The calls whose words may have been told while nobody listened. With `talked_since` also those that
    arrived since then, reached a person or may yet, and of whose talk nothing is kept.
    """
    first = [call.id for call in tx.calls.live() if call.heard is None or not call.heard.final]
    recent = tx.calls.since(talked_since) if talked_since else []
    talks = [call.id for call in recent if not call.is_missed and not _is_talk_kept(tx, call.id)]
    return list(dict.fromkeys([*first, *talks]))


def _keep_talk(tx: Transaction, call: Call, heard: Heard) -> None:
    """What a caller said to the seat, once all is known; while he speaks only the seat's screen has it."""
    if not heard.final or not heard.words or _is_talk_kept(tx, call.id):
        return
    at = datetime.fromtimestamp(heard.at, UTC)
    began = at - timedelta(milliseconds=heard.heard_ms)
    line = TranscriptLine(
        call_id=call.id,
        source=Source.LIVE,
        voice=Voice.CALLER,
        began_ms=max(0, round((began - call.arrived_at).total_seconds() * 1000)),
        words=heard.words,
        model=heard.model,
        at=at,
    )
    tx.transcripts.add([line])


def _is_talk_kept(tx: Transaction, call_id: CallId) -> bool:
    return any(line.source is Source.LIVE for line in tx.transcripts.of_call(call_id))


def apply_to_seats(tx: Transaction, happened: Iterable[events.Event]) -> list[events.Event]:
    """What a call's events mean for the seats they name; saves the seats."""
    changed: list[events.Event] = []
    for event in happened:
        if not isinstance(event, events.CallEvent) or event.seat is None:
            continue
        seat = tx.seats.get(event.seat)
        match event:
            case events.SeatRinging():
                more = seat.ring(event.call_id, event.at)
            case events.SeatRingEnded(missed=True):
                more = seat.miss(event.call_id, event.at)
            case events.SeatRingEnded() | events.CallWaiting():
                more = seat.ring_stopped(event.call_id, event.at)
            case events.CallAnswered():
                more = seat.talk(event.call_id, event.at)
                _open_draft(tx, event)
            case events.CallEnded():
                more = seat.wrap_up(event.call_id, event.at, _is_saved(tx, event.call_id))
            case _:
                continue
        tx.seats.save(seat)
        changed += more
    return changed


def _apply_to_call(tx: Transaction, fact: facts.CallFact) -> list[events.Event]:
    if isinstance(fact, facts.SeatRang | facts.SeatAnswered | facts.SeatLegEnded):
        tx.seats.get(fact.seat)  # an unknown seat: NotFound before anything is written
    call = tx.calls.get(fact.call_id)
    if call is None:
        if isinstance(fact, facts.CallerGone | facts.SeatLegEnded | facts.CallerLeftQueue):
            return []  # the end of a call we never knew: recovery reads it from Asterisk's own records
        call = Call(id=fact.call_id, arrived_at=fact.at)
        tx.calls.save(call)
    happened = _transition(call, fact)
    if isinstance(fact, facts.SeatLegEnded):
        happened += _end_leg(tx, fact)
    if happened:
        tx.calls.save(call)
        happened += apply_to_seats(tx, happened)
    return happened


def _transition(call: Call, fact: facts.CallFact) -> list[events.Event]:
    match fact:
        case facts.CallerArrived():
            return _arrive(call, fact)
        case facts.ListeningBegan():
            return call.listen(fact.at)
        case facts.CallerRouted():
            return call.move_to(queue_or_general(fact.queue), fact.at)  # joining the queue says it too
        case facts.QueueJoined():
            return call.wait(queue_or_general(fact.queue), fact.at)
        case facts.SeatRang():
            return call.ring(fact.seat, fact.at)
        case facts.SeatRingStopped():
            return call.ring_stopped(fact.seat, fact.at, fact.reason == "no_answer")
        case facts.SeatAnswered():
            return call.answer(fact.seat, fact.at)
        case facts.CallHeld():
            return call.hold(fact.at)
        case facts.CallUnheld():
            return call.resume(fact.at)
        case facts.CallerGone():
            return call.end(fact.at)
    return []  # left the queue: the hang-up follows


def _arrive(call: Call, fact: facts.CallerArrived) -> list[events.Event]:
    if call.line:
        return []
    call.from_number, call.line = fact.from_number, fact.line
    call.hint = queue_or_general(fact.hint)
    call.arrived_at = min(call.arrived_at, fact.at)
    return [events.CallArrived(call_id=call.id, at=fact.at, seat=call.seat)]


def _end_leg(tx: Transaction, fact: facts.SeatLegEnded) -> list[events.Event]:
    """The seat is free of the caller, whatever becomes of the caller's channel."""
    seat = tx.seats.get(fact.seat)
    changed = seat.wrap_up(fact.call_id, fact.at, _is_saved(tx, fact.call_id))
    tx.seats.save(seat)
    return changed


def _open_draft(tx: Transaction, event: events.CallAnswered) -> None:
    """Every answered call has a ticket to write, even when the browser never asks for one."""
    if event.seat is None or tx.tickets.of_call(event.call_id):
        return
    account = tx.accounts.by_seat(event.seat)
    draft = Ticket(
        call_id=event.call_id, created_at=event.at, seat=event.seat, account=account.id if account else None
    )
    tx.tickets.save(draft)


def _is_saved(tx: Transaction, call_id: CallId) -> bool:
    ticket = tx.tickets.of_call(call_id)
    return ticket is not None and ticket.state is not TicketState.DRAFT
