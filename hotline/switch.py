"""The switch: one daemon that turns what Asterisk reports into calls and seats, and commands into actions."""

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hotline.domain import events, facts
from hotline.domain.errors import HotlineError
from hotline.domain.heard import Heard
from hotline.domain.ids import CallId, SeatId
from hotline.log_lines import in_loop
from hotline.services import calls
from hotline.services.ports import CallDesk
from hotline.settings import Settings
from hotline.switchboard.arrivals import Arrivals
from hotline.switchboard.auto_callbacks import AutoCallbacks
from hotline.switchboard.backlog import Backlog, DatabaseWorker, Item, Resync
from hotline.switchboard.beside import BesideTheQueue
from hotline.switchboard.commands import CommandDesk
from hotline.switchboard.doubtful_dials import DoubtfulDials
from hotline.switchboard.endings import Endings
from hotline.switchboard.holds import Holds
from hotline.switchboard.membership import MembershipKeeper
from hotline.switchboard.recordings import RecordingLinker
from hotline.switchboard.redis_side import RedisSide
from hotline.switchboard.resync import Places, Resynchroniser
from hotline.switchboard.wrap_ups import WrapUpWatch
from hotline.telephony.ami_actions import AsteriskSwitch
from hotline.telephony.ami_link import AmiLink, LinkState
from hotline.telephony.ami_translate import translate
from hotline.telephony.fastagi import FastAgiServer

log = logging.getLogger(__name__)
NOTE_EVERY_S = 1.0
WRAP_UP = "wrap_up"
REMEMBERED = timedelta(hours=2)  # Redis keeps words for an hour after a talk's end, and a talk may be long


@dataclass(slots=True, kw_only=True)
class Outside:
    """What the switch talks to, made by bootstrap."""

    settings: Settings
    worker: DatabaseWorker
    link: AmiLink
    backlog: Backlog
    arrivals: Arrivals
    beside: BesideTheQueue
    redis: RedisSide
    agi: FastAgiServer
    ear: CallDesk
    now: Callable[[], datetime]


class Switch:
    """Owns the state of calls and seats. Facts go one way: link → translate → backlog → database."""

    def __init__(self, outside: Outside) -> None:
        settings, worker, now = outside.settings, outside.worker, outside.now
        self.link, self.redis, self.agi = outside.link, outside.redis, outside.agi
        self.worker, self.now, self.hears_on = worker, now, settings.hear_on
        self.pbx = AsteriskSwitch(self.link, now, settings.trunk_out)
        self.backlog, self.arrivals, self.beside = outside.backlog, outside.arrivals, outside.beside
        self.backlog.on_applied = self._applied
        self.keeper = MembershipKeeper(worker, self.pbx.set_membership, self._in_step)
        self.doubtful = DoubtfulDials(self.pbx, worker, now)
        self.desk = CommandDesk(self.pbx, worker, self.backlog, self.keeper, self.doubtful, now)
        self.recordings = RecordingLinker(worker, settings.recordings_dir, now)
        self.wrap_ups = WrapUpWatch(worker, self.keeper, now)
        self.asking = AutoCallbacks(self.pbx, worker, outside.ear, settings, self.doubtful, now)
        logs = settings.runtime_dir / "asterisk" / "log"
        places = Places(
            queue_log=logs / "queue_log",
            cdr=logs / "cdr-custom" / "hotline.csv",
            note=settings.runtime_dir / "switch.synced",
        )
        self.resync = Resynchroniser(places, self.pbx.snapshot, now)
        self._synced = False
        self._reachable: dict[SeatId, bool] = {}
        self._holds = Holds()
        self._endings = Endings()
        self._pausing: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until SIGTERM or SIGINT. Raises Unavailable when the AGI port is taken."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        self.agi.start()
        jobs = {
            "ami": self.link.run(self._on_up),
            "consume": self._consume(),
            "backlog": self.backlog.run(),
            "keeper": self.keeper.run(),
            "wrap-ups": self.wrap_ups.run(),
            "automatic callbacks": self.asking.run(),
            "doubtful dials": self.doubtful.run(),
            "recordings": self.recordings.run(),
            "commands": self.redis.take_commands(self.desk.take),
            "heard": self.redis.listen(self._heard, self.wrap_ups.wake, self._unheard),
            "bell": self.redis.ring_bell(),
            "presence": self.redis.announce(self.figures),
            "note": self._note_in_step(),
        }
        log.info("the switch runs")
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(job, name=name) for name, job in jobs.items()]
                await stop.wait()
                await _end(tasks)
        finally:
            self.worker.close()
            await asyncio.to_thread(self.agi.stop)
            log.info("the switch has stopped")

    def figures(self) -> dict[str, Any]:
        """What the alive key tells."""
        rooms: Sequence[Any] = (
            self.link,
            self.backlog,
            self.keeper,
            self.desk,
            self.recordings,
            self.redis,
            self.beside,
            self.asking,
        )
        told: dict[str, Any] = {"pbx": self.link.state is LinkState.UP}
        told |= {"agi_sessions": self.agi.sessions, "agi_unserved": self.agi.unserved}
        for room in rooms:
            told |= room.figures()
        return told | {"resyncs": self.resync.done, "resync_s": self.resync.last_s}

    # -- from Asterisk to the database -------------------------------------------------------------------

    async def _on_up(self) -> None:
        """Behind the events that are queued already: they came before what is asked now."""
        self._synced = False
        self.doubtful.look_again()
        self._endings.asking()
        try:
            await self.link.messages.put(await self.resync.take())
        except BaseException:
            self._let_endings_in()
            raise

    async def _consume(self) -> None:
        """The one reader of what the link queued; it waits for nothing but room in the backlog."""
        while True:
            await self.backlog.room()
            received = await self.link.messages.get()
            if isinstance(received, Resync):
                self._reachable.clear()
                self.keeper.start_over(received.live.seats)
                live, ending = self._holds.only_news(received.live), self._endings.calls()
                self.backlog.put(replace(received, live=live, ending=ending))
                self._let_endings_in()
                continue
            fact = translate(received.message, received.seen_at)
            if fact is not None:
                self._take(fact)
            if self._in_step():  # what needed no writing may have been the last that was waited for
                self.keeper.in_step_again()

    def _take(self, fact: facts.Fact) -> None:
        match fact:
            case facts.SeatMemberChanged():
                self.keeper.saw(fact)
                return
            case facts.SeatReachable():
                if self._reachable.get(fact.seat) is fact.reachable:
                    return  # a device changes its state with every call
                self._reachable[fact.seat] = fact.reachable
            case facts.SeatLegEnded():
                self._pause_at_once(fact.seat)
            case facts.CallHeld() | facts.CallUnheld():
                self._holds.saw(fact)
            case facts.ListeningBegan():
                self.arrivals.is_heard(fact.call_id)
            case facts.QueueJoined():
                self.arrivals.is_there(fact.call_id)
            case facts.CallerGone():
                self.arrivals.is_there(fact.call_id)
                self._holds.forget(fact.call_id)
        if not self._endings.keeps(fact):
            self.backlog.put(fact)

    def _let_endings_in(self) -> None:
        for fact in self._endings.told():
            self.backlog.put(fact)

    def _pause_at_once(self, seat: SeatId) -> None:
        """Before anything is written: a database may be locked longer than the queues keep a seat free."""

        async def pause() -> None:
            try:
                await self.pbx.pause(seat, WRAP_UP)
            except HotlineError as problem:
                log.warning("%s could not be paused for its wrap-up: %s", seat, problem)
            finally:
                self.keeper.doubt(seat)

        task = asyncio.get_running_loop().create_task(pause(), name=f"wrap up {seat}")
        self._pausing.add(task)
        task.add_done_callback(self._pausing.discard)

    def _applied(self, items: Sequence[Item], happened: Sequence[events.Event]) -> None:
        changed = {event.seat for event in happened if isinstance(event, events.SeatChanged)}
        self.keeper.doubt(*changed)
        if any(isinstance(event, events.CallEnded) for event in happened):
            self.recordings.wake()
        heard = [item.call_id for item in items if isinstance(item, Heard) and item.final]
        self.beside.follow(heard)
        answered = [event.call_id for event in happened if isinstance(event, events.CallAnswered)]
        self.beside.hear_on([*answered, *heard])
        for resync in (item for item in items if isinstance(item, Resync)):
            self._synced = True
            self.recordings.wake()
            self.beside.look_again(resync.live)
        if self._in_step():
            self.keeper.in_step_again()

    def _in_step(self) -> bool:
        """Everything Asterisk has told is in the database."""
        return self._synced and not self.backlog and self.link.messages.empty()

    async def _note_in_step(self) -> None:
        """So that the next start, even after a sudden end of this process, knows how far back to look."""
        while True:
            await asyncio.sleep(NOTE_EVERY_S)
            if self._in_step() and self.link.state is LinkState.UP:
                await asyncio.to_thread(self.resync.note)

    # -- from Redis --------------------------------------------------------------------------------------

    def _heard(self, heard: Heard) -> None:
        self.backlog.put(heard)

    async def _unheard(self) -> list[CallId]:
        """The calls whose words may have been told while nobody listened."""
        since = self.now() - REMEMBERED if self.hears_on else None
        try:
            return await self.worker.read(lambda tx: calls.unheard(tx, since))
        except HotlineError:
            return []


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel until all have ended: a library that swallows one cancellation does not hold the process."""
    attempt = 0
    while going := [task for task in tasks if not task.done()]:
        if attempt:
            log.warning("still ending: %s", ", ".join(task.get_name() for task in going))
        for task in going:
            task.cancel()
        await asyncio.wait(going, timeout=0.5)
        attempt += 1


def main(settings: Settings) -> None:
    """The process; raises HotlineError when it cannot start."""
    from hotline import bootstrap

    asyncio.run(_run(settings, bootstrap.open_switch))


async def _run(settings: Settings, open_switch: Callable[[Settings], Switch]) -> None:
    asyncio.get_running_loop().set_exception_handler(in_loop)
    await open_switch(settings).run()
