"""Words on their way to a seat's page, on the real web process: to the one seat, at once, and never anything else."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
import redis

from hotline.domain.heard import Heard, Reason
from hotline.domain.ids import CallId
from tests.support.console_stage import WATER, Stage, running_stage
from tests.support.live_page import LivePage, demo_cookie


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with running_stage() as running:
        yield running


@pytest.fixture
def pages(stage: Stage) -> Iterator[tuple[LivePage, LivePage]]:
    """Seats 1 and 2."""
    both = []
    for login in ("seat01", "seat02"):
        page = LivePage.open(stage.address, demo_cookie(stage.address, login), stage.address)
        page.hello()
        both.append(page)
    yield both[0], both[1]
    for page in both:
        page.close()


def say(stage: Stage, call_id: str, words: str, *, final: bool = False) -> None:
    heard = Heard(
        call_id=CallId(call_id),
        words=words,
        final=final,
        reason=Reason.ENDPOINT if final else None,
        at=time.time(),
        heard_ms=100 * len(words),
        suggestions=WATER,
    )
    publish(stage, heard.to_json())


def publish(stage: Stage, text: str | bytes) -> None:
    redis.Redis.from_url(stage.redis.url).publish("hotline:heard", text)


def words(page: LivePage) -> list[Any]:
    return [heard["words"] for heard in page.named("heard")]


def test_words_grow_on_the_page_of_the_seat_that_rings(
    stage: Stage, pages: tuple[LivePage, LivePage]
) -> None:
    mine, other = pages
    call, another = stage.arrive(), stage.arrive()
    stage.ring(another, "seat02")
    other.until(lambda: other.named("event"), "it rings")
    say(stage, call, "人")
    say(
        stage, another, "路灯"
    )  # the channel keeps its order: where this has come, the one before has gone nowhere
    other.until(lambda: words(other), "words")
    stage.queue(call)
    stage.ring(call, "seat01")
    mine.until(lambda: mine.named("event"), "it rings")
    time.sleep(0.1)  # that no seat has it was known for 0.05 s
    for text in ("人民", "人民路", "人民路停水"):
        say(stage, call, text)
    say(stage, call, "人民路停水了", final=True)
    mine.until(lambda: len(words(mine)) == 4, "all words")
    assert words(mine) == ["人民", "人民路", "人民路停水", "人民路停水了"]
    last = mine.named("heard")[-1]
    assert (last["call_id"], last["heard_final"], last["heard_ms"]) == (call, True, 600)
    assert last["suggestions"] == json.loads(json.dumps([asdict(each) for each in WATER]))
    stage.answer(call, "seat01")
    stage.hang_up(call)
    mine.until(lambda: [e for e in mine.named("event") if e["type"] == "call.ended"], "over")
    time.sleep(0.4)  # a seat's call is known for 0.3 s
    say(stage, call, "后来的话")
    other.quiet(0.5)
    assert words(other) == ["路灯"]
    mine.quiet(0.1)
    assert len(words(mine)) == 4
    stage.hang_up(another)


@pytest.mark.parametrize(
    "rubbish", [b"", b"\xff\xfe", "{}", "[]", "null", '{"call_id": 1}', "x" * 200_000, "[" * 9000]
)
def test_rubbish_on_the_channel_is_left_out(
    stage: Stage, pages: tuple[LivePage, LivePage], rubbish: str | bytes
) -> None:
    mine, _ = pages
    call = stage.arrive()
    stage.ring(call, "seat01")
    mine.until(lambda: mine.named("event"), "it rings")
    publish(stage, rubbish)
    say(stage, "no-call-of-ours", "谁")
    say(stage, call, "路灯")
    mine.until(lambda: words(mine), "words")
    assert words(mine) == ["路灯"]
    stage.hang_up(call)
    mine.until(lambda: [e for e in mine.named("event") if e["type"] == "seat.ring_ended"], "over")


def test_without_redis_words_wait_and_come_again(stage: Stage, pages: tuple[LivePage, LivePage]) -> None:
    mine, _ = pages
    call = stage.arrive()
    stage.ring(call, "seat01")
    mine.until(lambda: mine.named("event"), "it rings")
    stage.redis.stop()
    stage.redis.start()

    def heard() -> bool:
        say(stage, call, "水管")
        return bool(words(mine))

    mine.until(heard, "words again")
    stage.hang_up(call)
