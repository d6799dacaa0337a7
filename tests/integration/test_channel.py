"""Commands, bell and presence on a real Redis, and without one."""

import threading
import time

import pytest

from hotline.domain.errors import Invalid, Unavailable
from hotline.domain.ids import AccountId, SeatId
from hotline.live.channel import (
    COMMANDS,
    RedisBell,
    RedisCommands,
    RedisPresence,
    command_from_json,
    command_to_json,
    connect,
)
from hotline.services.ports import Command
from tests.support.patience import PATIENCE_S
from tests.support.servers import RedisServer, wait_until

COMMAND = Command(
    id="c1",
    name="seat.pause",
    seat=SeatId("seat07"),
    account=AccountId(3),
    args={"reason": "meal"},
    expires_at=9.5,
)


def test_a_command_arrives_as_it_was_sent(shared_redis: RedisServer) -> None:
    client = connect(shared_redis.url)
    RedisCommands(client).send(COMMAND)
    assert command_from_json(str(client.rpop(COMMANDS))) == COMMAND


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "[]", "{}", "{", "[" * 100_000, "\x00", '{"id": "c1"}', "x" * 5000,
        command_to_json(COMMAND).replace('"c1"', "7"),
        command_to_json(COMMAND).replace('"meal"', "[]"),
        command_to_json(COMMAND).replace("9.5", "true"),
        command_to_json(COMMAND).replace('"seat07"', "{}"),
        command_to_json(COMMAND)[:-1] + ', "more": 1}',
    ],
)  # fmt: skip
def test_what_is_not_a_command_is_invalid(text: str) -> None:
    with pytest.raises(Invalid, match="not a command"):
        command_from_json(text)


def test_the_bell_wakes_at_once_and_many_rings_are_one(shared_redis: RedisServer) -> None:
    ringer, listener = RedisBell(connect(shared_redis.url)), RedisBell(connect(shared_redis.url))
    listener.wait(0.2)  # subscribes
    woken: list[float] = []

    def wait() -> None:
        listener.wait(PATIENCE_S)
        woken.append(time.monotonic())

    thread = threading.Thread(target=wait)
    thread.start()
    while thread.is_alive():
        ringer.ring(1)
        ringer.ring(2)
        thread.join(0.05)
    assert woken


@pytest.mark.parametrize("how", ["stopped", "frozen"])
def test_without_redis_nothing_waits_long_and_nothing_raises_but_a_command(
    own_redis: RedisServer, how: str
) -> None:
    client = connect(own_redis.url)
    bell, presence, commands = RedisBell(client), RedisPresence(client), RedisCommands(client)
    presence.announce("switch", {"ami": "up"})
    assert presence.alive()["switch"]["ami"] == "up"
    bell.wait(0.05)
    own_redis.stop() if how == "stopped" else own_redis.freeze()
    bell.ring(7)
    bell.wait(0.05)
    presence.announce("switch", {})
    assert presence.alive() == {}
    with pytest.raises(Unavailable, match="try again"):
        commands.send(COMMAND)
    if how == "stopped":
        own_redis.start()
    else:
        own_redis.freeze(False)
    presence.announce("switch", {"ami": "down"})
    wait_until(lambda: presence.alive().get("switch"), "presence is back")
