"""One suite for the call desk in memory and the one on Redis, and what only a real Redis can do to it."""

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
import redis

from hotline.domain.errors import Unavailable
from hotline.domain.heard import Heard, Reason
from hotline.domain.hearing_mode import Mode
from hotline.domain.ids import CallId
from hotline.live import channel
from hotline.live.heard import ALIVE, EXPECT, HEARD, PATIENCE_S, RedisCallDesk, RedisHeardBoard, connect
from hotline.services.ports import CallDesk
from tests.fakes.call_desk import FakeCallDesk
from tests.support.servers import RedisServer


def a_call() -> CallId:
    return CallId(str(uuid.uuid4()))


def heard(call_id: CallId, words: str = "停水了", final: bool = True) -> Heard:
    return Heard(
        call_id=call_id,
        words=words,
        final=final,
        reason=Reason.ENDPOINT if final else None,
        at=1_767_000_000.5,
        heard_ms=1_000,
    )


def on_board(url: str, act: Callable[[RedisHeardBoard], Any], patience_s: float = 20.0) -> Any:
    async def run() -> Any:
        client = connect(url, patience_s)
        try:
            return await act(RedisHeardBoard(client, patience_s))
        finally:
            await client.aclose()

    return asyncio.run(run())


class Room(Protocol):
    """A desk, and the speech process on its other side."""

    desk: CallDesk

    def put(self, heard: Heard) -> None: ...
    def is_expected(self, call_id: CallId) -> bool: ...
    def break_down(self) -> None: ...
    def die(self) -> None: ...


class FakeRoom:
    def __init__(self) -> None:
        self._fake = FakeCallDesk()
        self.desk: CallDesk = self._fake
        self.put = self._fake.put
        self.is_expected = self._fake.is_expected

    def break_down(self) -> None:
        self._fake.down = True

    def die(self) -> None:
        self._fake.deaf = True


class RedisRoom:
    def __init__(self, server: RedisServer) -> None:
        self._server = server
        self.desk: CallDesk = RedisCallDesk(channel.connect(server.url, 20.0))
        on_board(server.url, lambda board: board.alive({}))

    def put(self, heard: Heard) -> None:
        on_board(self._server.url, lambda board: board.put(heard))

    def is_expected(self, call_id: CallId) -> bool:
        return on_board(self._server.url, lambda board: board.expected(call_id)) is not None

    def break_down(self) -> None:
        self._server.stop()

    def die(self) -> None:
        redis.Redis.from_url(self._server.url).delete(ALIVE)


@pytest.fixture(params=["fake", "redis"])
def room(request: pytest.FixtureRequest) -> Iterator[Room]:
    yield FakeRoom() if request.param == "fake" else RedisRoom(request.getfixturevalue("own_redis"))


def test_a_call_is_expected_once(room: Room) -> None:
    call, stranger = a_call(), a_call()
    room.desk.expect(call)
    assert room.is_expected(call)
    assert not room.is_expected(call)
    assert not room.is_expected(stranger)


def test_expecting_twice_is_as_expecting_once(room: Room) -> None:
    call = a_call()
    room.desk.expect(call)
    room.desk.expect(call)
    assert room.is_expected(call)
    assert not room.is_expected(call)


def test_a_call_is_not_expected_when_nobody_is_there_to_listen(room: Room) -> None:
    """Asterisk must not even try: a refused AudioSocket connection can end other calls."""
    call = a_call()
    room.die()
    with pytest.raises(Unavailable):
        room.desk.expect(call)
    assert not room.is_expected(call)


def test_what_was_heard_is_found_and_the_newest_counts(room: Room) -> None:
    call = a_call()
    assert room.desk.heard(call, 0) is None
    room.put(heard(call, "停", final=False))
    assert room.desk.heard(call, 0) == heard(call, "停", final=False)
    room.put(heard(call))
    assert room.desk.heard(call, 1) == heard(call)
    assert room.desk.heard(a_call(), 0) is None


def test_a_desk_that_is_down_says_so(room: Room) -> None:
    room.break_down()
    with pytest.raises(Unavailable):
        room.desk.expect(a_call())
    with pytest.raises(Unavailable):
        room.desk.heard(a_call(), 1)


def test_it_waits_for_the_final_words(shared_redis: RedisServer) -> None:
    call, room = a_call(), RedisRoom(shared_redis)
    room.put(heard(call, "停", final=False))
    later = threading.Timer(0.3, room.put, [heard(call)])
    later.start()
    assert room.desk.heard(call, 5) == heard(call)
    later.join()


def test_and_takes_the_partial_words_when_no_final_ones_come(shared_redis: RedisServer) -> None:
    call, room = a_call(), RedisRoom(shared_redis)
    room.put(heard(call, "停", final=False))
    began = time.monotonic()
    assert room.desk.heard(call, 0.2) == heard(call, "停", final=False)
    assert time.monotonic() - began > 0.15


def test_a_frozen_redis_is_not_waited_for(own_redis: RedisServer) -> None:
    RedisRoom(own_redis)
    desk = RedisCallDesk(channel.connect(own_redis.url))
    own_redis.freeze()
    for ask in (lambda: desk.expect(a_call()), lambda: desk.heard(a_call(), 5)):
        with pytest.raises(Unavailable):
            ask()
    for act in (
        lambda board: board.expected(a_call()),
        lambda board: board.put(heard(a_call())),
        lambda board: board.alive({}),
    ):
        with pytest.raises(Unavailable):
            on_board(own_redis.url, act, PATIENCE_S)


def test_a_crowd_of_unknown_calls_does_not_hide_the_expected_one(shared_redis: RedisServer) -> None:
    call, room = a_call(), RedisRoom(shared_redis)
    room.desk.expect(call)

    async def ask(board: RedisHeardBoard) -> list[Mode | None]:
        crowd = [a_call() for _ in range(250)]
        return await asyncio.gather(*(board.expected(each) for each in (*crowd, call, *crowd, call)))

    assert on_board(shared_redis.url, ask) == [None] * 250 + [Mode.SENTENCE] + [None] * 251


def test_a_call_may_be_heard_on(shared_redis: RedisServer) -> None:
    call, strange, room = a_call(), a_call(), RedisRoom(shared_redis)
    room.desk.expect(call, Mode.ON)
    redis.Redis.from_url(shared_redis.url).set(f"{EXPECT}{strange}", "\xff what?")
    assert on_board(shared_redis.url, lambda board: board.expected(call)) is Mode.ON
    assert on_board(shared_redis.url, lambda board: board.expected(strange)) is Mode.SENTENCE


def test_a_restarted_redis_is_found_again_at_once(own_redis: RedisServer) -> None:
    desk = RedisRoom(own_redis).desk
    desk.expect(a_call())
    own_redis.stop()
    own_redis.start()
    call, room = a_call(), RedisRoom(own_redis)
    desk.expect(call)
    assert room.is_expected(call)


@pytest.mark.parametrize("raw", ["", "{}", "null", "\x00", "[" * 60_000, "x" * 100_000])
def test_what_somebody_else_put_there_is_nothing_heard(shared_redis: RedisServer, raw: str) -> None:
    call, client = a_call(), redis.Redis.from_url(shared_redis.url)
    client.set(f"{HEARD}:{call}", raw)
    assert RedisRoom(shared_redis).desk.heard(call, 0) is None


def test_keys_have_their_time_and_the_channel_tells(shared_redis: RedisServer) -> None:
    call, client, room = a_call(), redis.Redis.from_url(shared_redis.url), RedisRoom(shared_redis)
    listener = client.pubsub(ignore_subscribe_messages=True)
    listener.subscribe(HEARD)
    listener.get_message(timeout=40)
    room.desk.expect(call)
    room.put(heard(call))
    assert 0 < int(client.ttl(EXPECT + call)) <= 120
    assert 0 < int(client.ttl(f"{HEARD}:{call}")) <= 3600
    message = listener.get_message(timeout=40)
    assert message is not None and Heard.from_json(message["data"]) == heard(call)
