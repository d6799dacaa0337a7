"""Calls that the hotline asks Asterisk for, on both databases: one failure blocks no other, no outcome is guessed."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from hotline.domain.actors import HOTLINE
from hotline.domain.ids import SeatId, TicketKey
from hotline.live.channel import command_to_json
from hotline.services import callbacks
from hotline.services.ports import Command
from hotline.services.ports_callbacks import Dial
from hotline.settings import Settings
from hotline.storage.sql import SqlStorage
from hotline.switchboard.auto_callbacks import AutoCallbacks
from hotline.switchboard.backlog import Backlog, DatabaseWorker
from hotline.switchboard.commands import CommandDesk
from hotline.switchboard.doubtful_dials import DoubtfulDials
from hotline.switchboard.membership import MembershipKeeper
from hotline.telephony.ami_actions import AsteriskSwitch
from tests.fakes.call_desk import FakeCallDesk
from tests.support.ami_server import AmiServer, Fields, link_to, listing, says
from tests.support.calling_back import begin, city_with_telephones, end, listed, replied
from tests.support.matters import City, at
from tests.support.patience import PATIENCE_S

LOOK = "CoreShowChannels"


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return city_with_telephones(storage)


@asynccontextmanager
async def going(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs until the block ends."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def patiently(true: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110 - what is waited for is anything
            await asyncio.sleep(0.01)


def now() -> datetime:
    """Eleven o'clock."""
    return at(hours=2.1)


@asynccontextmanager
async def asterisk(
    city: City, *channels: dict[str, str]
) -> AsyncIterator[tuple[AmiServer, AsteriskSwitch, DatabaseWorker, DoubtfulDials]]:
    """An Asterisk with these channels, and what the switch has towards it."""
    async with AmiServer() as server, link_to(server) as link:
        there = [{"Event": "CoreShowChannel", "Channel": "PJSIP/x-01", **each} for each in channels]
        server.answers[LOOK] = listing(LOOK, *there)
        worker, pbx = DatabaseWorker(city.storage), AsteriskSwitch(link, now, "127.0.0.1")
        doubtful = DoubtfulDials(pbx, worker, now, every_s=0.01)
        async with going(doubtful.run()):
            yield server, pbx, worker, doubtful
        worker.close()


def asking(city: City, folder: Path, test: Callable[[AmiServer], Coroutine[Any, Any, None]]) -> None:
    """Run `test` while the hotline asks complaints' citizens by itself."""
    settings = Settings.from_env({"HOTLINE_RUNTIME_DIR": str(folder)})
    settings = replace(settings, auto_callback=("complaint",), auto_callback_hours=((0, 24),))

    async def run() -> None:
        async with asterisk(city) as (server, pbx, worker, doubtful):
            asks = AutoCallbacks(pbx, worker, FakeCallDesk(), settings, doubtful, now)
            async with going(asks.run()):
                await test(server)

    asyncio.run(run())


def dial_of_first(city: City) -> Dial | None:
    with city.storage.reading() as tx:
        return next(iter(tx.callbacks.of_ticket(TicketKey(1))), None)


def stored(city: City, dial: Dial) -> Dial | None:
    with city.storage.reading() as tx:
        return tx.callbacks.get(dial.id)


def a_desk(pbx: AsteriskSwitch, worker: DatabaseWorker, doubtful: DoubtfulDials) -> CommandDesk:
    keeper = MembershipKeeper(worker, pbx.set_membership, lambda: True)
    return CommandDesk(pbx, worker, Backlog(worker), keeper, doubtful, now)


def to_dial(city: City, dial: Dial, seat: str, expires_at: float) -> str:
    return command_to_json(
        Command(
            id=str(uuid.uuid4()), name="callback.dial", seat=SeatId(seat), account=city.account.id,
            args={"dial": dial.id}, expires_at=expires_at,
        )
    )  # fmt: skip


async def rings(server: AmiServer, fields: Fields) -> None:
    """It is made, and the answer never comes."""
    channel = {"Event": "CoreShowChannel", "Channel": "PJSIP/x-01", "Uniqueid": fields["ChannelId"]}
    server.answers[LOOK] = listing(LOOK, channel)


def test_one_word_that_cannot_be_settled_keeps_nobody_from_being_asked(
    city: City, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ticket, other = replied(city), replied(city, at(hours=1.5))
    with city.storage.writing() as tx:
        dial = callbacks.begin_auto(tx, ("complaint",), [(0, 24)], at(hours=2))
    assert dial
    with city.storage.writing() as tx:
        callbacks.pressed(tx, dial.id, "1")
    end(city, dial, "ANSWER", at(hours=2.01), answered=True)
    with city.storage.writing() as tx:
        course = tx.courses.get(ticket)
        assert course
        course.handlers.add(HOTLINE.name)  # the rules refuse that it calls back
        tx.courses.save(course)

    async def ask(server: AmiServer) -> None:
        await patiently(lambda: "Originate" in server.names())

    asking(city, tmp_path, ask)
    assert [row["id"] for row in listed(city, at(hours=3))["tickets"] if row["in_hand"]] == [other]
    assert "is not settled: Conflict" in caplog.text


def test_a_call_of_unknown_outcome_is_over_when_asterisk_has_it_no_more(city: City, tmp_path: Path) -> None:
    replied(city)

    async def test(server: AmiServer) -> None:
        server.answers["Originate"] = rings
        await patiently(lambda: server.names().count(LOOK) >= 3)
        dial = dial_of_first(city)
        assert dial and dial.ended_at is None
        with city.storage.writing() as tx:
            callbacks.answered(tx, dial.id, now())
        server.answers[LOOK] = listing(LOOK)
        await patiently(lambda: (dial_of_first(city) or dial).ended_at)
        over = dial_of_first(city)
        assert over and over.result == "answered"
        assert server.names().count("Originate") == 1

    asking(city, tmp_path, test)


def test_what_ended_while_the_switch_was_dead_is_over_soon_and_what_goes_on_or_is_new_is_kept(
    city: City,
) -> None:
    """A seat and its citizen waited half an hour for a call that had long ended."""
    over = begin(city, replied(city), when=at(hours=2))
    going_on = begin(city, replied(city, at(hours=1.5)), when=at(hours=2), who="seat08")
    new = Dial(id=str(uuid.uuid4()), seat=None, account=None, began_at=now(), ticket=TicketKey(3))
    replied(city, at(hours=1.6))
    with city.storage.writing() as tx:
        tx.callbacks.add(new)

    def ended() -> list[str | None]:
        with city.storage.reading() as tx:
            found = [tx.callbacks.get(dial.id) for dial in (over, going_on, new)]
        return [dial.result if dial and dial.ended_at else None for dial in found]

    async def run() -> None:
        async with asterisk(city, {"Uniqueid": going_on.id}) as (server, _, _, doubtful):
            await patiently(lambda: ended()[0])
            looks = server.names().count(LOOK)
            await patiently(lambda: server.names().count(LOOK) > looks + 1)
            assert ended() == ["unknown", None, None]
            server.answers[LOOK] = listing(LOOK)
            await patiently(lambda: ended()[1])
            # What ends while there is no link to Asterisk is asked for after the next login.
            again = begin(city, replied(city, at(hours=1.7)), when=at(hours=2))
            doubtful.look_again()
            await patiently(lambda: (dial := stored(city, again)) and dial.ended_at)
            assert ended()[2] is None

    asyncio.run(run())


@pytest.mark.parametrize("answer", ["refused", "silent"])
def test_a_call_that_was_not_made_is_over(city: City, tmp_path: Path, answer: str) -> None:
    replied(city)

    async def test(server: AmiServer) -> None:
        if answer == "refused":
            server.answers["Originate"] = says(Response="Error", Message="Extension does not exist.")
        else:
            server.silent.add("Originate")
        await patiently(lambda: (dial := dial_of_first(city)) and dial.ended_at)
        assert (LOOK in server.names()) is (answer == "silent")

    asking(city, tmp_path, test)


def test_a_seats_call_of_unknown_outcome_keeps_the_citizen_and_is_not_refused(city: City) -> None:
    dial = begin(city, replied(city), when=now())

    async def run() -> None:
        async with asterisk(city) as (server, pbx, worker, doubtful):
            server.answers["Originate"] = rings
            desk = a_desk(pbx, worker, doubtful)
            await desk.take(to_dial(city, dial, "seat07", time.time() + 30))
            assert (desk.carried_out, desk.refused) == (1, 0)
            found = dial_of_first(city)
            assert found and found.ended_at is None
            server.answers[LOOK] = listing(LOOK)
            await patiently(lambda: (dial_of_first(city) or dial).ended_at)

    asyncio.run(run())


def test_a_call_asked_for_too_late_is_over_and_the_citizen_free(city: City) -> None:
    """The switch was dead when the seat clicked: nobody waits for that call any more."""
    ticket = replied(city)
    dial = begin(city, ticket, when=now())

    async def run() -> None:
        async with asterisk(city) as (server, pbx, worker, doubtful):
            desk = a_desk(pbx, worker, doubtful)
            await desk.take(to_dial(city, dial, "seat08", time.time() - 1))
            kept = stored(city, dial)
            assert kept and kept.ended_at is None, "it is another seat's"
            await desk.take(to_dial(city, dial, "seat07", time.time() - 1))
            over = stored(city, dial)
            assert over and (over.result, over.answered_at) == ("failed", None)
            assert (desk.carried_out, desk.refused, desk.expired) == (0, 2, 2)
            assert "Originate" not in server.names()

    asyncio.run(run())
    begin(city, ticket, when=now())
