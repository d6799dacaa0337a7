"""The use cases on a real database: what Asterisk reports becomes calls, seats, tickets and events."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotline.domain import facts
from hotline.domain.call import CallState
from hotline.domain.errors import Invalid, NotFound
from hotline.domain.heard import Heard, Reason
from hotline.domain.hearing_mode import Mode
from hotline.domain.ids import CallId, QueueId, SeatId
from hotline.domain.seat import SeatState
from hotline.domain.ticket import FieldsInvalid, TicketFields, TicketState
from hotline.domain.topics import Topics
from hotline.services import accounts, recordings, screens, seats, tickets
from hotline.services.calls import apply_fact, apply_heard, unheard
from hotline.services.ports import Account, Recording
from hotline.storage.sql import SqlStorage
from hotline.topics_file import load_topics
from tests.support.quick import PASSWORDS, shipped_topics

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CALL, SECOND = CallId("5f0e7c1e-0000-4000-8000-000000000001"), CallId("5f0e7c1e-0000-4000-8000-000000000002")
SEAT = SeatId("seat07")


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


@pytest.fixture(scope="module")
def topics() -> Topics:
    return shipped_topics()


@pytest.fixture
def seat_account(storage: SqlStorage) -> Account:
    with storage.writing() as tx:
        accounts.create(tx, PASSWORDS, login="zhang", name="张", role="seat", seat=SEAT)
        seats.want(tx, SEAT, SeatState.READY, at(0))
        found = tx.accounts.by_login("zhang")
    assert found
    return found


def path_to_talking(call_id: CallId = CALL, start: float = 0, seat: SeatId = SEAT) -> list[facts.Fact]:
    return [
        facts.CallerArrived(
            call_id=call_id, at=at(start), from_number="13800000001", line="12341", hint=QueueId("general")
        ),
        facts.ListeningBegan(call_id=call_id, at=at(start + 4)),
        facts.QueueJoined(call_id=call_id, at=at(start + 7), queue=QueueId("planning"), position=1),
        facts.SeatRang(call_id=call_id, at=at(start + 8), seat=seat),
        facts.SeatAnswered(call_id=call_id, at=at(start + 11), seat=seat, queue=QueueId("planning")),
    ]


def apply(storage: SqlStorage, *todo: facts.Fact) -> None:
    for fact in todo:
        with storage.writing() as tx:
            apply_fact(tx, fact)


def test_a_call_from_arrival_to_the_saved_ticket(
    storage: SqlStorage, seat_account: Account, topics: Topics
) -> None:
    apply(storage, *path_to_talking())
    with storage.reading() as tx:
        call, seat, draft = tx.calls.get(CALL), tx.seats.get(SEAT), tx.tickets.of_call(CALL)
    assert call and draft
    assert (call.state, call.seat, seat.state, seat.call_id) == (
        CallState.TALKING,
        SEAT,
        SeatState.TALKING,
        CALL,
    )
    assert (draft.state, draft.account, draft.version) == (TicketState.DRAFT, seat_account.id, 0)
    topic = topics.topics[0]
    fields = TicketFields(
        kind="complaint", topic=topic.id, what=" 停水三天 ", unit=topic.unit, place="人民路"
    )
    with storage.writing() as tx:
        draft = tickets.write_draft(tx, seat_account, CALL, 0, fields, at(20))
    assert (draft.version, draft.saved_at) == (1, at(20))
    apply(
        storage,
        facts.SeatLegEnded(call_id=CALL, at=at(60), seat=SEAT, talk_s=49, by="caller"),
        facts.CallerGone(call_id=CALL, at=at(60)),
    )
    with storage.reading() as tx:
        assert tx.seats.get(SEAT).state is SeatState.WRAP_UP
        assert seats.finish_wrap_ups(tx, at(61)) == []
    with storage.writing() as tx:
        saved = tickets.accept(tx, seat_account, CALL, 1, fields, topics, at(70))
        assert (
            tickets.accept(tx, seat_account, CALL, 1, replace(fields, what="停水三天"), topics, at(71))
            == saved
        )
    assert (saved.id, saved.state, saved.fields.what) == ("T-2026-000001", TicketState.ACCEPTED, "停水三天")
    with storage.writing() as tx:
        told = seats.finish_wrap_ups(tx, at(72))
    assert told == [seats.Membership(seat=SEAT, in_queue=True)]
    with storage.reading() as tx:
        assert tx.seats.get(SEAT).state is SeatState.READY
        types = [row.type for row in tx.outbox.after(0) if row.stream == f"seat:{SEAT}"]
    assert types == [
        *("seat.changed", "seat.ringing", "seat.changed", "call.answered", "seat.changed"),
        *("seat.changed", "call.ended", "ticket.saved", "seat.changed"),
    ]


def test_the_same_story_twice_changes_nothing(storage: SqlStorage, seat_account: Account) -> None:
    story = [*path_to_talking(), facts.CallerGone(call_id=CALL, at=at(60))]
    apply(storage, *story)
    with storage.reading() as tx:
        before = (tx.calls.get(CALL), tx.seats.all(), tx.outbox.newest())
    apply(storage, *story)
    with storage.reading() as tx:
        assert (tx.calls.get(CALL), tx.seats.all(), tx.outbox.newest()) == before


def test_a_seat_that_rings_for_a_call_never_heard_of(storage: SqlStorage, seat_account: Account) -> None:
    late, rest = path_to_talking()[0], path_to_talking()[3:]
    apply(storage, *rest, late)
    with storage.reading() as tx:
        call = tx.calls.get(CALL)
    assert call and (call.state, call.from_number, call.arrived_at) == (
        CallState.TALKING,
        "13800000001",
        at(0),
    )


def test_the_end_of_an_unknown_call_makes_no_call(storage: SqlStorage) -> None:
    apply(storage, facts.CallerGone(call_id=CALL, at=at(1)))
    with storage.reading() as tx:
        assert tx.calls.get(CALL) is None


def test_a_fact_about_a_seat_we_do_not_have_is_refused_whole(storage: SqlStorage) -> None:
    apply(storage, path_to_talking()[0])
    with pytest.raises(NotFound):
        apply(storage, facts.SeatRang(call_id=CALL, at=at(3), seat=SeatId("seat99")))
    with storage.reading() as tx:
        call = tx.calls.get(CALL)
    assert call and call.state is CallState.ARRIVING


def test_a_missed_call_frees_the_seat(storage: SqlStorage, seat_account: Account, topics: Topics) -> None:
    apply(storage, *path_to_talking()[:4], facts.CallerGone(call_id=CALL, at=at(9)))
    with storage.reading() as tx:
        assert tx.seats.get(SEAT).state is SeatState.READY
        floor = screens.floor_snapshot(tx, topics, at(10))
    assert [(c["id"], c["from"], c["missed"]) for c in floor["missed"]] == [(CALL, "138****0001", True)]


def test_words_reach_their_call_only(storage: SqlStorage) -> None:
    apply(storage, path_to_talking()[0])
    heard = Heard(
        call_id=CALL,
        words="人民路停水了",
        final=True,
        reason=Reason.ENDPOINT,
        at=at(6).timestamp(),
        heard_ms=900,
    )
    with storage.writing() as tx:
        assert apply_heard(tx, replace(heard, call_id=SECOND)) == []
        assert len(apply_heard(tx, heard)) == 1
        assert apply_heard(tx, heard) == []
    with storage.reading() as tx:
        assert (call := tx.calls.get(CALL)) and call.heard == heard


def test_a_talk_of_which_nothing_is_kept_is_asked_for_until_it_is(
    storage: SqlStorage, seat_account: Account
) -> None:
    """Also when it is over and its first sentence is known; a caller who gave up said nothing to a seat."""
    heard = Heard(
        call_id=CALL, words="停水了", final=True, reason=Reason.ENDPOINT, at=at(6).timestamp(), heard_ms=900
    )
    apply(storage, *path_to_talking(), path_to_talking(SECOND, 20)[0])
    apply(storage, *(facts.CallerGone(call_id=call_id, at=at(60)) for call_id in (CALL, SECOND)))
    with storage.writing() as tx:
        apply_heard(tx, heard)
        assert unheard(tx, None) == unheard(tx, at(1)) == []
        assert unheard(tx, at(0)) == [CALL]
        apply_heard(tx, replace(heard, mode=Mode.ON, reason=Reason.HANGUP, at=at(60).timestamp()))
        assert unheard(tx, at(0)) == []


def test_the_seat_sees_everything_the_floor_a_masked_number(
    storage: SqlStorage, seat_account: Account, topics: Topics
) -> None:
    topic = topics.topics[0]
    fields = TicketFields(kind="help", topic=topic.id, what="x", unit=topic.unit)
    apply(storage, *path_to_talking(), facts.CallerGone(call_id=CALL, at=at(60)))
    with storage.writing() as tx:
        tickets.accept(tx, seat_account, CALL, 0, fields, topics, at(61))
        seats.finish_wrap_ups(tx, at(61))
    apply(storage, *path_to_talking(SECOND, 100))
    with storage.reading() as tx:
        mine = screens.seat_snapshot(tx, seat_account, topics, at(120))
        floor = screens.floor_snapshot(tx, topics, at(120))
    assert mine["call"]["from"] == "13800000001"
    assert [t["id"] for t in mine["call"]["open_tickets"]] == ["T-2026-000001"]
    assert (mine["call"]["calls_this_month"], mine["today"]["calls"]) == (2, 2)
    assert (floor["calls"][0]["from"], "words" in floor["calls"][0]) == ("138****0001", False)
    with storage.reading() as tx:
        assert mine["seq"] == tx.outbox.newest_of(f"seat:{SEAT}")


def test_nobody_writes_another_seats_ticket(
    storage: SqlStorage, seat_account: Account, topics: Topics
) -> None:
    apply(storage, *path_to_talking())
    stranger = replace(seat_account, seat=SeatId("seat08"))
    with storage.writing() as tx:
        for account in (stranger, replace(seat_account, seat=None)):
            with pytest.raises(NotFound):
                tickets.write_draft(tx, account, CALL, 0, TicketFields(), at(20))
            with pytest.raises(NotFound):
                tickets.accept(tx, account, CALL, 0, TicketFields(), topics, at(20))
        with pytest.raises(NotFound):
            tickets.write_draft(tx, seat_account, SECOND, 0, TicketFields(), at(20))


def test_two_windows_on_one_draft(storage: SqlStorage, seat_account: Account) -> None:
    apply(storage, *path_to_talking())
    one, other = TicketFields(what="一"), TicketFields(what="二")
    with storage.writing() as tx:
        tickets.write_draft(tx, seat_account, CALL, 0, one, at(20))
        assert tickets.write_draft(tx, seat_account, CALL, 0, one, at(21)).version == 1
        with pytest.raises(tickets.DraftConflict) as caught:
            tickets.write_draft(tx, seat_account, CALL, 0, other, at(22))
        assert caught.value.ticket.fields == one


def test_an_incomplete_ticket_names_every_field_and_takes_no_number(
    storage: SqlStorage, seat_account: Account, topics: Topics
) -> None:
    apply(storage, *path_to_talking())
    with pytest.raises(FieldsInvalid) as caught, storage.writing() as tx:
        tickets.accept(tx, seat_account, CALL, 0, TicketFields(topic="nothing"), topics, at(20))
    assert caught.value.problems == {
        "kind": "required", "topic": "unknown", "what": "required", "unit": "required",
    }  # fmt: skip
    with storage.writing() as tx:
        assert tx.tickets.next_id(2026) == "T-2026-000001"


def test_the_number_is_of_the_year_in_shanghai(
    storage: SqlStorage, seat_account: Account, topics: Topics
) -> None:
    apply(storage, *path_to_talking())
    topic = topics.topics[0]
    fields = TicketFields(kind="help", topic=topic.id, what="x", answered=True)
    new_year = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    with storage.writing() as tx:
        saved = tickets.accept(tx, seat_account, CALL, 0, fields, topics, new_year)
    assert (saved.id, saved.state) == ("T-2027-000001", TicketState.CLOSED)


def test_memberships_follow_what_seats_want(storage: SqlStorage, seat_account: Account) -> None:
    apply(storage, *path_to_talking())
    with storage.writing() as tx:
        told, _ = seats.want(tx, SEAT, SeatState.PAUSED, at(20), "meal")
    assert told == seats.Membership(seat=SEAT, in_queue=True, paused=True, reason="meal")
    apply(storage, facts.CallerGone(call_id=CALL, at=at(60)))
    with storage.reading() as tx:
        mine = next(m for m in seats.memberships(tx) if m.seat == SEAT)
        assert mine.reason == "wrap_up"
        assert sum(m.in_queue for m in seats.memberships(tx)) == 1


def test_a_recording_is_linked_once_and_heard_with_a_trace(
    storage: SqlStorage, seat_account: Account
) -> None:
    apply(storage, *path_to_talking(), facts.CallerGone(call_id=CALL, at=at(60)))
    recording = Recording(
        call_id=CALL, path=f"{CALL}.wav", size=1044, duration_ms=60, sha256="0" * 64, linked_at=at(61)
    )
    with storage.writing() as tx:
        assert tx.recordings.unlinked(at(0)) == [CALL]
        assert recordings.link(tx, recording)
        assert not recordings.link(tx, recording)
        assert not recordings.link(tx, replace(recording, call_id=SECOND))
        assert tx.recordings.unlinked(at(0)) == []
        assert recordings.open_for(tx, seat_account, CALL, at(70)) == recording
        with pytest.raises(NotFound):
            recordings.open_for(tx, replace(seat_account, seat=SeatId("seat08")), CALL, at(71))
        assert [(v["account"], v["what"]) for v in tx.views.of_call(CALL)] == [(seat_account.id, "recording")]


def test_a_topics_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        load_topics(tmp_path / "none.toml")
