"""What the feed does by itself: outbox to rooms, seats whose page is gone, sessions that ended."""

import uuid
from datetime import UTC, datetime

import pytest
from flask import Flask

from hotline.domain import facts
from hotline.domain.events import CalendarChanged, TicketMoved
from hotline.domain.ids import CallId, QueueId, SeatId, TicketId
from hotline.domain.seat import SeatState
from hotline.services import calls, seats
from seat_console.feed import Feed
from seat_console.holders import GRACE_S, REPEAT_S, START_GRACE_S
from tests.fakes.console_parts import ConsoleParts

SEAT = SeatId("seat01")
QUEUE = QueueId("general")


@pytest.fixture
def feed(app: Flask) -> Feed:
    made: Feed = app.extensions["feed"]
    made.assumed = True
    return made


def want(parts: ConsoleParts, state: SeatState) -> None:
    with parts.storage.writing() as tx:
        seats.want(tx, SEAT, state, datetime.now(UTC))


def let(parts: ConsoleParts, *happened: facts.Fact) -> None:
    with parts.storage.writing() as tx:
        for fact in happened:
            calls.apply_fact(tx, fact)


def leave(feed: Feed, at: float) -> None:
    feed.link.holders.claim(SEAT, "page-1", "connection", False)
    feed.link.holders.leave("connection", at)


def test_a_seat_whose_page_is_gone_is_taken_offline_after_the_grace(feed: Feed, parts: ConsoleParts) -> None:
    want(parts, SeatState.READY)
    leave(feed, 100.0)
    feed.release_abandoned(100.0 + GRACE_S - 0.1)
    assert parts.commands.sent == []
    feed.release_abandoned(100.0 + GRACE_S)
    assert [(c.name, c.seat) for c in parts.commands.sent] == [("seat.offline", SEAT)]


def test_it_is_said_again_until_it_is_so(feed: Feed, parts: ConsoleParts) -> None:
    want(parts, SeatState.READY)
    leave(feed, 0.0)
    for at in (GRACE_S, GRACE_S + 1, GRACE_S + REPEAT_S, GRACE_S + 2 * REPEAT_S):
        feed.release_abandoned(at)
    assert len(parts.commands.sent) == 3
    want(parts, SeatState.OFFLINE)
    feed.release_abandoned(1000.0)
    feed.release_abandoned(2000.0)
    assert len(parts.commands.sent) == 3


def test_a_talking_seat_is_left_alone_until_the_call_is_over(feed: Feed, parts: ConsoleParts) -> None:
    want(parts, SeatState.READY)
    call, at = CallId(str(uuid.uuid4())), datetime.now(UTC)
    let(
        parts,
        facts.CallerArrived(call_id=call, at=at, from_number=None, line="12341", hint=QUEUE),
        facts.SeatRang(call_id=call, at=at, seat=SEAT),
    )
    leave(feed, 0.0)
    feed.release_abandoned(50.0)
    let(parts, facts.SeatAnswered(call_id=call, at=at, seat=SEAT, queue=QUEUE))
    feed.release_abandoned(100.0)
    assert parts.commands.sent == []
    let(parts, facts.CallerGone(call_id=call, at=at))
    feed.release_abandoned(100.1)
    assert [c.name for c in parts.commands.sent] == ["seat.offline"]


def test_a_page_that_comes_back_keeps_its_seat(feed: Feed, parts: ConsoleParts) -> None:
    want(parts, SeatState.READY)
    leave(feed, 0.0)
    feed.link.holders.claim(SEAT, "page-2", "new connection", False)
    feed.release_abandoned(100.0)
    assert parts.commands.sent == []


def test_without_the_live_channel_it_is_tried_again(feed: Feed, parts: ConsoleParts) -> None:
    from hotline.domain.errors import Unavailable

    want(parts, SeatState.READY)
    leave(feed, 0.0)
    parts.commands.away = True
    with pytest.raises(Unavailable):
        feed.release_abandoned(GRACE_S)
    parts.commands.away = False
    feed.release_abandoned(GRACE_S + 2)
    assert len(parts.commands.sent) == 1


def test_after_a_start_seats_at_work_have_longer_to_find_us(
    feed: Feed, parts: ConsoleParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    want(parts, SeatState.READY)
    feed.assumed = False
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    feed.do_what_is_due()
    feed.release_abandoned(100.0 + START_GRACE_S - 1)
    assert parts.commands.sent == []
    feed.release_abandoned(100.0 + START_GRACE_S)
    assert [c.seat for c in parts.commands.sent] == [SEAT]


def test_rows_are_sent_once_and_none_from_before_the_start(
    feed: Feed, parts: ConsoleParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, int]] = []
    feed.link.socketio.emit = lambda name, data, to: sent.append((to, data["seq"]))  # type: ignore[method-assign]
    want(parts, SeatState.READY)
    feed.send_new()
    assert sent == []
    want(parts, SeatState.OFFLINE)
    feed.send_new()
    feed.send_new()
    assert [room for room, _ in sent] == [f"seat:{SEAT}", "floor"]
    assert len({seq for _, seq in sent}) == 2


def test_pages_of_units_and_all_pages_are_told_what_happened(feed: Feed, parts: ConsoleParts) -> None:
    sent: list[tuple[str, dict[str, object]]] = []
    feed.link.socketio.emit = lambda name, data, to: sent.append((to, data))  # type: ignore[method-assign]
    feed.send_new()
    moved = TicketMoved(
        at=datetime.now(UTC),
        ticket_id=TicketId("T-2026-000001"),
        action="sign",
        state="signed",
        units=("u001",),
    )
    with parts.storage.writing() as tx:
        tx.outbox.add([moved, CalendarChanged(at=datetime.now(UTC), year=2027)])
    feed.send_new()
    assert [(room, data["type"], data["note"]) for room, data in sent] == [
        ("unit:u001", "ticket.moved", "sign"),
        ("tickets", "ticket.moved", "sign"),
        ("floor", "ticket.moved", "sign"),
        ("everybody", "calendar.changed", "2027"),
    ]
    assert sent[0][1]["ticket_id"] == "T-2026-000001"
