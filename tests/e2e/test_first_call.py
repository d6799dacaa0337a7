"""A citizen's real call reaches a real browser and becomes a ticket."""

import wave
from array import array
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotline.domain.call import CallState, EndReason
from hotline.domain.ids import CallId, SeatId
from hotline.domain.ticket import TicketState
from hotline.services.ports import Recording
from hotline.settings import CHECKOUT
from hotline.telephony.render import read_lines
from tests.support.browser import SeatPage
from tests.support.servers import wait_until
from tests.support.stack import Stack, outcome

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def test_a_call_is_heard_answered_recorded_and_becomes_a_ticket(
    stack: Stack, seat: SeatPage, sentence: Path
) -> None:
    call = stack.calling("--wav", str(sentence), "--from", "13800000001", "--to", "12341")
    seat.rings()
    page = seat.page
    assert page.locator("#call-number").inner_text().replace(" ", "") == "13800000001"
    page.wait_for_selector("#words:has-text('停水')")
    first = page.locator("#suggestions li").first
    assert "停水" in first.inner_text()
    seat.answer()
    page.wait_for_selector("#recording:visible")
    seat.write("人民路停水，已经三天")
    page.wait_for_selector("#draft-status[data-status=saved]")
    storage = stack.storage

    def talk_is_known() -> bool:
        with storage.reading() as tx:
            (live,) = tx.calls.live()
        return (live.state, live.seat) == (CallState.TALKING, "seat01")

    wait_until(talk_is_known, "it is known who talks")
    with storage.reading() as tx:
        (talking,) = tx.calls.live()
        draft = tx.tickets.of_call(talking.id)
    assert draft and (draft.state, draft.fields.what) == (TicketState.DRAFT, "人民路停水，已经三天")
    page.wait_for_timeout(3000)  # both speak: long enough to measure the recording
    seat.hang_up()
    seat.shows("wrap_up")
    seat.save()
    seat.shows("ready")
    code, told = outcome(call)

    assert code == 0
    call_id = CallId(told["call_id"])
    assert (told["from"], told["to"], told["seat"]) == ("13800000001", "12341", "seat01")
    assert (told["outcome"], told["queue"]) == ("answered", "living_security")
    assert "停水" in told["words"]
    assert told["suggestions"][0]["category"] == "living_security"
    assert "停水" in told["suggestions"][0]["because"]
    assert told["answered_after_s"] > 1
    assert told["talk_s"] >= 2

    def recording() -> Recording | None:
        with storage.reading() as tx:
            return tx.recordings.get(call_id)

    wait_until(recording, "the recording is linked")
    with storage.reading() as tx:
        ended, ticket = tx.calls.get(call_id), tx.tickets.of_call(call_id)
    assert ended and (ended.state, ended.end_reason) == (CallState.ENDED, EndReason.COMPLETED)
    assert ended.arrived_at < ended.queued_at < ended.answered_at < ended.ended_at  # type: ignore[operator]
    assert ticket and ticket.state is TicketState.HANDED_OVER
    assert ticket.id and ticket.id.startswith("T-")
    assert told["ticket_id"] in (None, ticket.id)  # the seat may save after the caller has gone
    linked = recording()
    assert linked and linked.duration_ms >= 2000
    both_are_heard(stack.settings.recordings_dir / linked.path)
    with storage.reading() as tx:
        assert tx.seats.get(SeatId("seat01")).call_id is None
    storage.close()


def both_are_heard(path: Path) -> None:
    """The seat's microphone beeps each second; a recording without a voice would be silence."""
    with wave.open(str(path)) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (1, 2, 8000)
        samples = array("h", wav.readframes(wav.getnframes()))
    assert max(abs(s) for s in samples) > 1000


def test_the_second_call_shows_the_open_ticket_of_the_first(
    stack: Stack, seat: SeatPage, sentence: Path
) -> None:
    for round_ in (1, 2):
        call = stack.calling("--wav", str(sentence), "--from", "13800000002")
        seat.rings()
        if round_ == 2:
            seat.page.wait_for_selector("#open-tickets li")
        seat.answer()
        seat.write(f"第{round_}次")
        seat.hang_up()
        seat.save()
        seat.shows("ready")
        assert outcome(call)[0] == 0


def test_a_legacy_line_brings_its_queue_as_a_hint(stack: Stack, seat: SeatPage) -> None:
    line = read_lines(CHECKOUT / "asterisk_conf/lines.toml")["line"][0]
    call = stack.calling("--to", line["number"], "--from", "13800000003")
    seat.rings()
    seat.answer()
    seat.hang_up()
    code, told = outcome(call)
    assert (code, told["to"], told["queue"]) == (0, line["number"], line["queue"])
    seat.write("无")
    seat.save()
    seat.shows("ready")


@pytest.mark.parametrize("number", ["10086", "seat01", "s", "100", "12341x", "999999999999"])
def test_an_outsider_reaches_nothing_else(stack: Stack, number: str) -> None:
    done = stack.hotline("call", "--json", "--to", number, "--expect", "not_in_service")
    assert done.returncode in (0, 2), done.stderr
    if done.returncode == 2:
        assert "number" in done.stderr


def test_hold_mute_and_a_pause_after_the_call(stack: Stack, seat: SeatPage, sentence: Path) -> None:
    call = stack.calling("--wav", str(sentence), "--from", "13800000004")
    seat.rings()
    seat.answer()
    page = seat.page
    page.keyboard.press("h")
    page.wait_for_selector("#hold[aria-pressed=true]")
    storage = stack.storage

    def state() -> str:
        with storage.reading() as tx:
            return tx.calls.live()[0].state

    wait_until(lambda: state() == "held", "the call is held")
    page.keyboard.press("h")
    wait_until(lambda: state() == "talking", "the call is resumed")
    page.keyboard.press("m")
    page.wait_for_selector("#mute[aria-pressed=true]")
    seat.go("paused", "meal")
    seat.hang_up()
    seat.shows("wrap_up")
    seat.write("保持与静音")
    seat.save()
    seat.shows("paused")
    assert outcome(call)[0] == 0
    with storage.reading() as tx:
        call_row = tx.calls.since(LONG_AGO)[-1]
    assert call_row.held_s > 0
    storage.close()
    seat.go("ready")
