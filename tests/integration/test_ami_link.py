"""The link to Asterisk's manager interface over real TCP: every trap of the library behind it, closed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from hotline.domain.errors import Invalid, Unavailable
from hotline.telephony.ami_link import ACTION_S, AmiLink, LinkState
from hotline.telephony.ami_translate import translate
from tests.support import traces
from tests.support.ami_server import AmiServer, block, listing, says
from tests.support.patience import PATIENCE_S

FAST: dict[str, Any] = {"ping_every_s": 0.05, "ping_s": 0.2, "backoff_s": (0.01, 0.05)}
Up = Callable[[], Awaitable[None]]


def run(test: Coroutine[Any, Any, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(2 * PATIENCE_S):
            await test

    asyncio.run(limited())


async def until(true: Callable[[], object], what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not true():  # noqa: ASYNC110 - what is waited for is anything
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"not within {PATIENCE_S:g} s: {what}") from None


async def nothing() -> None:
    """An `on_up` for tests that need none."""


def link_to(server: AmiServer, secret: str = "right", **more: Any) -> AmiLink:
    options: dict[str, Any] = FAST | more
    return AmiLink("127.0.0.1", server.port, "switch", secret, now=lambda: datetime.now(UTC), **options)


@asynccontextmanager
async def running(
    link: AmiLink, on_up: Up = nothing, state: LinkState = LinkState.UP
) -> AsyncIterator[AmiLink]:
    task = asyncio.create_task(link.run(on_up))
    try:
        await until(lambda: link.state is state, f"link is {state}")
        yield link
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def events(link: AmiLink, name: str, count: int) -> list[Any]:
    found: list[Any] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(found) < count:
            message = (await link.messages.get()).message
            if message["Event"] == name:
                found.append(message)
    return found


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1448])
def test_a_chinese_name_cut_by_tcp_arrives_whole(chunk: int) -> None:
    async def test() -> None:
        async with AmiServer() as server, running(link_to(server)) as link:
            await server.send(block(Event="Newchannel", CallerIDName="张三丰的电话𠮷") * 5, chunk)
            for message in await events(link, "Newchannel", 5):
                assert message["CallerIDName"] == "张三丰的电话𠮷"

    run(test())


def test_a_recorded_call_in_pieces_is_the_same_call() -> None:
    async def test() -> None:
        async with AmiServer() as server, running(link_to(server)) as link:
            recorded = traces.raw("answered_held_caller_ends").partition(b"\r\n\r\n")[2]
            await server.send(recorded, 61)
            await server.send(block(Event="TheEnd"))
            found = []
            while (received := await link.messages.get()).message["Event"] != "TheEnd":
                found.append(translate(received.message, traces.SEEN_AT))
            expected = traces.facts_of("answered_held_caller_ends")
            assert [fact for fact in found if fact is not None] == expected

    run(test())


def test_events_keep_asterisks_order() -> None:
    async def test() -> None:
        async with AmiServer() as server, running(link_to(server)) as link:
            await server.send(b"".join(block(Event="Tick", N=str(n)) for n in range(2000)))
            assert [m["N"] for m in await events(link, "Tick", 2000)] == [str(n) for n in range(2000)]

    run(test())


def test_bytes_that_are_no_text_and_blocks_that_are_no_message_are_survived() -> None:
    async def test() -> None:
        async with AmiServer() as server, running(link_to(server)) as link:
            await server.send(b"\xff\xfe\x00 nonsense\r\n\r\n: \r\n\r\nResponse: Goodbye\r\n\r\n\r\n\r\n\r\n")
            await server.send(b"Event: Odd\r\nKey\xe4\xbd: \xa0\xff\r\n\r\n")
            await server.send(b"Event: Twice\r\nEvent: Again\r\n\r\n" + block(Event="Fine"))
            await events(link, "Fine", 1)
            assert link.state is LinkState.UP

    run(test())


def test_a_message_without_end_ends_the_link_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        async with AmiServer() as server, running(link_to(server)) as link:
            await server.send(b"Event: Huge\r\nValue: " + b"x" * 2_000_000)
            await until(lambda: server.connections == 2, "the link is made anew")
            await until(lambda: link.state is LinkState.UP, "it is up again")
            await server.send(block(Event="Fine"))
            await events(link, "Fine", 1)

    with caplog.at_level(logging.WARNING):
        run(test())
    assert "without end" in caplog.text
    assert "xxxx" not in caplog.text


def test_a_wrong_secret_is_said_clearly_once_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        async with AmiServer() as server:
            link = link_to(server, secret="wrong")
            async with running(link, state=LinkState.REFUSED):
                assert link.figures()["ami"] == "refused"
                with pytest.raises(Unavailable):
                    await link.action({"Action": "Ping"})
                await until(lambda: server.connections >= 3, "it is tried again")
                server.secret = "wrong"  # a person mended it on the other side
                await until(lambda: link.state is LinkState.UP, "the link is up")

    with caplog.at_level(logging.INFO):
        run(test())
    assert caplog.text.count("refuses our AMI user or secret") == 1
    assert "wrong" not in caplog.text, "no secret in the log"


def test_an_unanswered_action_is_never_sent_again() -> None:
    async def test() -> None:
        async with AmiServer() as server, running(link_to(server)) as link:
            server.silent.add("Originate")
            asked = asyncio.create_task(link.action({"Action": "Originate", "Channel": "PJSIP/sup01"}))
            await until(lambda: "Originate" in server.names(), "it was sent")
            server.drop()
            with pytest.raises(Unavailable, match="outcome unknown"):
                await asked
            await until(lambda: server.connections == 2 and link.state is LinkState.UP, "up again")
            server.silent.clear()
            await link.action({"Action": "Marker"})
            assert server.names() == ["Originate", "Marker"]

    run(test())


def test_an_action_that_gets_no_answer_ends_in_its_time() -> None:
    async def test() -> None:
        async with AmiServer() as server, running(link_to(server)) as link:
            server.silent.add("QueuePause")
            began = asyncio.get_running_loop().time()
            with pytest.raises(Unavailable, match="outcome unknown"):
                await link.action({"Action": "QueuePause"}, 0.2)
            assert 0.15 < asyncio.get_running_loop().time() - began < ACTION_S
            assert (await link.action({"Action": "QueuePause2"}))[0]["Message"] == "Done"

    run(test())


def test_without_a_link_nothing_is_sent_and_it_is_said() -> None:
    async def test() -> None:
        async with AmiServer() as server:
            with pytest.raises(Unavailable, match="nothing was sent"):
                await link_to(server).action({"Action": "Ping"})
            assert server.actions == []

    run(test())


def test_answers_that_fool_the_library() -> None:
    """ "Added interface to queue" is no list, and a refused list has no end."""

    async def test() -> None:
        async with AmiServer() as server, running(link_to(server)) as link:
            server.answers["QueueAdd"] = says(Response="Success", Message="Added interface to queue")
            server.answers["QueueStatus"] = says(Response="Error", Message="No such queue")
            server.answers["CoreShowChannels"] = listing("CoreShowChannels", {"Event": "CoreShowChannel"})
            assert len(await link.action({"Action": "QueueAdd"}, 1)) == 1
            refused = await link.action({"Action": "QueueStatus"}, 1, listing=True)
            assert refused[0]["Message"] == "No such queue"
            assert len(await link.action({"Action": "CoreShowChannels"}, 1, listing=True)) == 3

    run(test())


@pytest.mark.parametrize(
    "fields",
    [
        {"Action": "Hangup", "Channel": "a\r\nAction: Originate"},
        {"Action": "Hangup", "Channel": "a\nb"},
        {"Action": "Hangup", "Bad\r\nAction: Originate": "x"},
        {"Action": "Hangup", "Bad: x": "y"},
        {"Action": "Hangup", "Channel": "x" * 5000},
        {"Action": "Hangup", "Channel": "a\x00b"},
        {"Action": "Hangup", "Channel": ["a", "b"]},
        {"Action": "Hangup", "": "x"},
    ],
)
def test_no_value_becomes_a_second_action(fields: dict[str, Any]) -> None:
    async def test() -> None:
        async with AmiServer() as server, running(link_to(server)) as link:
            with pytest.raises(Invalid):
                await link.action(fields)
            assert server.names() == []

    run(test())


def test_a_frozen_asterisk_is_noticed_and_every_login_resynchronises() -> None:
    async def test() -> None:
        ups: list[int] = []

        async def on_up() -> None:
            ups.append(1)

        async with AmiServer() as server, running(link_to(server), on_up) as link:
            server.silent.update({"Ping"})
            await until(lambda: server.connections >= 2, "silence was noticed")
            server.silent.clear()
            await until(lambda: link.state is LinkState.UP and len(ups) == link.logins, "up again")
            assert link.logins >= 2

    run(test())


def test_gone_for_a_while_and_back(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        async with AmiServer() as server, running(link_to(server)) as link:
            await server.close()
            await until(lambda: link.state is LinkState.DOWN, "down")
            await asyncio.sleep(0.3)
            await server.open()
            await until(lambda: link.state is LinkState.UP, "up again")
            await server.send(block(Event="Fine"))
            await events(link, "Fine", 1)

    with caplog.at_level(logging.INFO):
        run(test())
    said = [record.message for record in caplog.records if "link to Asterisk: down" in record.message]
    assert len(said) == 2, "one line when it broke, one at the end, none for each attempt"


def test_a_server_that_is_not_asterisk_is_never_trusted(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        async with AmiServer(banner=b"HTTP/1.1 400 Bad Request\r\n") as server:
            link = link_to(server)
            task = asyncio.create_task(link.run(nothing))
            await until(lambda: server.connections >= 2, "tried again")
            assert link.state is LinkState.DOWN
            assert server.actions == [], "our secret is not told to a stranger"
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    with caplog.at_level(logging.ERROR):
        run(test())
    assert "is not Asterisk" in caplog.text


def test_up_only_when_asterisk_is_fully_booted() -> None:
    async def test() -> None:
        async with (
            AmiServer(booted=False) as server,
            running(link_to(server), state=LinkState.BOOTING) as link,
        ):
            with pytest.raises(Unavailable):
                await link.action({"Action": "QueueStatus"})
            await server.send(block(Event="FullyBooted"))
            await until(lambda: link.state is LinkState.UP, "up")

    run(test())


def test_a_full_queue_loses_loudly_once_and_resynchronises(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        ups: list[int] = []

        async def on_up() -> None:
            ups.append(1)

        async with AmiServer() as server, running(link_to(server, queue_size=100), on_up) as link:
            await until(lambda: len(ups) == 1, "first resynchronisation")
            await server.send(b"".join(block(Event="Tick", N=str(n)) for n in range(500)))
            await until(lambda: link.lost > 300, "events were lost")
            assert len(ups) == 1, "not before there is room again"
            while not link.messages.empty():
                link.messages.get_nowait()
            await until(lambda: len(ups) == 2, "a resynchronisation follows")
            assert link.state is LinkState.UP and server.connections == 1

    with caplog.at_level(logging.ERROR):
        run(test())
    assert caplog.text.count("some are lost") == 1


@pytest.mark.parametrize("problem", [RuntimeError("a number: 13900000001"), Unavailable("no answer")])
def test_a_resynchronisation_that_fails_is_tried_with_a_new_login(problem: Exception) -> None:
    async def test() -> None:
        tries: list[int] = []

        async def on_up() -> None:
            tries.append(1)
            if len(tries) < 3:
                raise problem

        async with AmiServer() as server:
            task = asyncio.create_task(link_to(server).run(on_up))
            await until(lambda: len(tries) == 3, "third try")
            assert server.connections == 3
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    run(test())


def test_stopping_is_clean() -> None:
    async def test() -> None:
        async with AmiServer() as server:
            async with running(link_to(server)) as link:
                server.silent.add("Slow")
                asked = asyncio.create_task(link.action({"Action": "Slow"}))
                await until(lambda: "Slow" in server.names(), "sent")
            with pytest.raises(Unavailable):
                await asked
            names = {task.get_name() for task in asyncio.all_tasks()}
            assert not any(name.startswith("ami ") for name in names)
            assert link.state is LinkState.DOWN

    run(test())


class Steps(tuple[float, ...]):
    """Pauses that note which of them were taken."""

    taken: list[int]

    def __getitem__(self, step: Any) -> Any:
        self.taken.append(step)
        return super().__getitem__(step)


def test_a_resynchronisation_that_always_fails_is_tried_less_and_less_often() -> None:
    async def test() -> None:
        steps, broken = Steps((0.01, 0.02, 0.03, 0.04)), [True]
        steps.taken = []

        async def on_up() -> None:
            if broken:
                raise Unavailable("no answer")

        async with AmiServer() as server:
            link = link_to(server, backoff_s=steps)
            task = asyncio.create_task(link.run(on_up))
            await until(lambda: len(steps.taken) >= 4, "four tries")
            assert steps.taken[:4] == [1, 2, 3, 3]
            broken.clear()
            await until(lambda: link.state is LinkState.UP, "up")
            await server.close()
            failed = len(steps.taken)
            await until(lambda: len(steps.taken) > failed, "begun anew")
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    run(test())
