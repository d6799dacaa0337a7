"""The live link on the real web process: who gets in, order of events, one page a seat, garbage on the wire."""

import os
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from hotline.services import accounts
from tests.support.console_stage import Stage, running_stage
from tests.support.live_page import LivePage, demo_cookie
from tests.support.servers import wait_until

Open = Callable[[str], LivePage]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with running_stage() as running:
        yield running


@pytest.fixture
def open_page(stage: Stage) -> Iterator[Open]:
    """Connect as an account; all are closed afterwards."""
    opened: list[LivePage] = []

    def open_(login: str) -> LivePage:
        page = LivePage.open(stage.address, demo_cookie(stage.address, login), stage.address)
        opened.append(page)
        return page

    yield open_
    for page in opened:
        page.close()


def test_without_a_session_nobody_gets_in(stage: Stage) -> None:
    for cookie in ("", "hotline=eyJhY2NvdW50IjoxfQ.aaaa.bbbb"):
        stranger = LivePage.open(stage.address, cookie, stage.address)
        assert stranger.refused == "signed out"
        stranger.close()


def test_a_page_of_another_site_gets_not_even_the_handshake(stage: Stage) -> None:
    cookie = demo_cookie(stage.address, "seat01")
    with pytest.raises(InvalidStatus):
        LivePage.open(stage.address, cookie, "https://evil.example")


def test_a_seats_events_come_in_order_each_knowing_the_one_before(stage: Stage, open_page: Open) -> None:
    page = open_page("seat01")
    assert page.hello() == {"welcome": True}
    call = stage.arrive()
    stage.queue(call)
    stage.ring(call, "seat01")
    stage.answer(call, "seat01")
    stage.hang_up(call)
    page.until(lambda: [e for e in page.named("event") if e["type"] == "call.ended"], "the call's end")
    events = page.named("event")
    assert all(later["prev"] == earlier["seq"] for earlier, later in pairwise(events))
    ringing = next(e for e in events if e["type"] == "seat.ringing")
    assert ringing["call"]["from"] == "13812345678"
    assert ringing["seat"]["state"] in ("ringing", "talking", "wrap_up")


def test_another_seats_call_is_not_told(stage: Stage, open_page: Open) -> None:
    page = open_page("seat02")
    page.hello()
    call = stage.arrive()
    stage.ring(call, "seat03")
    stage.hang_up(call)
    page.quiet(1.5)
    assert page.named("event") == []


def test_the_floor_gets_masked_numbers_and_no_words(stage: Stage, open_page: Open) -> None:
    page = open_page("sup01")
    page.hello()
    call = stage.arrive("13987654321")
    stage.hear(call)
    stage.ring(call, "seat04")
    stage.answer(call, "seat04")
    stage.hang_up(call)
    page.until(lambda: any(e["type"] == "call.ended" for e in page.named("event")), "the call's end")
    told = str(page.events)
    assert "139****4321" in told
    assert "13987654321" not in told
    assert "words" not in told


def test_the_second_page_is_told_and_may_take_over(stage: Stage, open_page: Open) -> None:
    first, second = open_page("seat05"), open_page("seat05")
    assert first.hello() == {"welcome": True}
    assert second.hello() == {"occupied": True}
    assert second.hello(take_over=True) == {"welcome": True}
    first.until(lambda: first.named("taken_over"), "the first page is told")
    call = stage.arrive()
    stage.ring(call, "seat05")
    stage.hang_up(call)
    second.until(lambda: second.named("event"), "events for the second page")
    first.quiet(0.5)
    assert first.named("event") == []
    assert first.hello() == {"occupied": True}


def test_the_same_page_is_known_again_after_a_loss(stage: Stage, open_page: Open) -> None:
    first = open_page("seat06")
    first.hello()
    again = open_page("seat06")
    again.page = first.page
    assert again.hello() == {"welcome": True}


@pytest.mark.parametrize(
    "data",
    [None, [], 7, "x", {"page": 5}, {"page": ""}, {"page": "x" * 65}, {"page": "<script>alert(1)"}, [[[]]]],
)
def test_a_hello_that_is_none_is_refused(stage: Stage, open_page: Open, data: object) -> None:
    page = open_page("seat07")
    assert page.ask("hello", data) == {"malformed": True}
    assert page.hello() == {"welcome": True}


@pytest.mark.parametrize(
    "frame",
    [
        "", "x", "9", "4", "42", "42[", '42["event"', '42["hello"]', "42{}", '42["event",{"seq":1}]',
        '42["no such event",{}]', "43999[1]", "451-", '451-["hello",{"_placeholder":true,"num":0}]',
        '42/admin,["hello",{}]', "42" + "[" * 5000, b"\x00\xff" * 100, '42[1,2]', "40/other,",
    ],
)  # fmt: skip
def test_garbage_on_the_wire_harms_nobody_else(stage: Stage, open_page: Open, frame: str | bytes) -> None:
    bad, good = open_page("seat08"), open_page("seat09")
    good.hello()
    try:
        bad.wire.send(frame)
        bad.quiet(0.2)
    except ConnectionClosed:
        pass  # the server may end such a link
    call = stage.arrive()
    stage.ring(call, "seat09")
    stage.hang_up(call)
    good.until(lambda: good.named("event"), "the good page still gets events")


def test_a_message_of_a_megabyte_ends_only_its_own_link(stage: Stage, open_page: Open) -> None:
    bad, good = open_page("seat08"), open_page("seat09")
    good.hello()
    bad.wire.send('42["hello","' + os.urandom(524_288).hex() + '"]')
    bad.until_closed()
    assert good.hello() == {"welcome": True}


def test_a_disabled_accounts_page_is_cut_off(stage: Stage, open_page: Open) -> None:
    page = open_page("seat10")
    page.hello()
    with stage.storage.writing() as tx:
        account = tx.accounts.by_login("seat10")
        assert account
        accounts.set_active(tx, account.id, False)
    page.until_closed()


def test_health_comes_by_itself(stage: Stage, open_page: Open) -> None:
    page = open_page("seat07")
    page.hello()
    page.until(lambda: page.named("health"), "health")
    health = page.named("health")[0]
    assert health["parts"]["database"] == {"ok": True}
    assert health["queues"][0]["id"] == "general"


def test_without_the_live_channel_events_still_come(stage: Stage, open_page: Open) -> None:
    page = open_page("seat07")
    page.hello()
    stage.redis.stop()
    try:
        call = stage.arrive()
        stage.ring(call, "seat07")
        stage.hang_up(call)
        page.until(lambda: page.named("event"), "events without Redis")
        page.until(lambda: any(h["parts"]["redis"] == {"ok": False} for h in page.named("health")), "told so")
    finally:
        stage.redis.start()


def test_a_seat_whose_page_is_gone_goes_offline_after_its_grace(stage: Stage, open_page: Open) -> None:
    page = open_page("seat03")
    page.hello()
    stage.want("seat03", "ready")
    page.close()
    wait_until(lambda: stage.seat_state("seat03") == "offline", "the seat is offline")


def test_pages_that_leave_while_their_hello_is_on_the_way_keep_no_seat(stage: Stage, open_page: Open) -> None:
    for _ in range(30):
        page = open_page("seat09")
        page.wire.send(f'42["hello",{{"page":"{page.page}"}}]')
        page.wire.close()
    last = open_page("seat09")
    wait_until(lambda: last.hello() == {"welcome": True}, "the seat is free again")
