"""A stage for the web pages: the real web process, Redis, database and Asterisk; the switch's part is played by hand.

So a test brings a screen into any state, and takes a part away, without a citizen having to call.
"""

import os
import re
import shutil
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import redis

from hotline import bootstrap, ourselves
from hotline.domain import facts
from hotline.domain.heard import Heard, KindHeard, PlaceHeard, Reason, Suggestion
from hotline.domain.ids import CallId, QueueId, SeatId
from hotline.domain.seat import SeatState
from hotline.live.channel import COMMANDS, command_from_json
from hotline.services import calls, seats
from hotline.settings import CHECKOUT, Settings
from hotline.setup import parts
from hotline.storage.sql import SqlStorage
from hotline.telephony.render import AsteriskPaths, render
from tests.support.pbx import Pbx, free_port, settings_for
from tests.support.servers import RedisServer, wait_until

WEB = ourselves.command("web")
WANTED = {"seat.ready": SeatState.READY, "seat.pause": SeatState.PAUSED, "seat.offline": SeatState.OFFLINE}
WATER = (
    Suggestion(
        category="living_security", topic="water_outage", name="停水", score=0.81, because=("停水", "没有水")
    ),
    Suggestion(
        category="living_security", topic="water_pressure", name="水压低", score=0.09, because=("自来水",)
    ),
    Suggestion(
        category="living_security", topic="water_quality", name="水质", score=0.04, because=("自来水",)
    ),
)
WORDS = "我要反映人民路自来水停水了已经三天没有水"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Stage:
    """Everything behind the pages."""

    folder: Path
    settings: Settings
    redis: RedisServer
    env: dict[str, str]
    pbx: Pbx | None = None
    password: str = ""
    web: "subprocess.Popen[bytes] | None" = None
    refused: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _storage: SqlStorage | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.settings.web_port}"

    @property
    def storage(self) -> SqlStorage:
        assert self._storage
        return self._storage

    def start(self) -> None:
        self.redis.start()
        first = bootstrap.prepare(self.settings)
        assert first
        self.password = first.password
        client = redis.Redis.from_url(self.redis.url)
        ring = lambda seq: client.publish("hotline:outbox", str(seq))  # noqa: E731
        self._storage = SqlStorage.open(self.settings.database_url, on_commit=lambda seq: _quietly(ring, seq))
        self.start_web()
        threading.Thread(target=self._play_switch, daemon=True).start()
        threading.Thread(target=self._end_wrap_ups, daemon=True).start()

    def start_web(self) -> None:
        log = (self.folder / "web.log").open("ab")
        env = os.environ | self.env
        self.web = subprocess.Popen(WEB, env=env, stdout=log, stderr=log, start_new_session=True)
        log.close()
        wait_until(lambda: self._listens(), "the web process listens")

    def _listens(self) -> bool:
        import urllib.request

        try:
            return urllib.request.urlopen(f"{self.address}/login", timeout=1).status == 200
        except OSError:
            return False

    def stop_web(self) -> None:
        if self.web:
            os.killpg(self.web.pid, 9)
            self.web.wait()
            self.web = None

    def start_pbx(self) -> None:
        """Asterisk with browsers' seats; the pages' softphones register at it."""
        part = parts.find("asterisk")
        paths = AsteriskPaths(
            modules_dir=Path(part.extra["modules_dir"]), data_dir=Path(part.extra["data_dir"])
        )
        render(self.settings, paths)
        self.pbx = Pbx(self.settings, self.folder)
        self.pbx.start()

    # -- what the switch would do

    def _play_switch(self) -> None:
        client = redis.Redis.from_url(self.redis.url, socket_timeout=2)
        while not self._stop.is_set():
            try:
                found = client.brpop(COMMANDS, timeout=1)
            except redis.RedisError:
                self._stop.wait(0.2)
                continue
            if found:
                command = command_from_json(found[1])
                self.commands.append(command.name)
                if command.name in WANTED and command.seat:
                    with self.storage.writing() as tx:
                        seats.want(
                            tx, command.seat, WANTED[command.name], now(), command.args.get("reason", "")
                        )

    def _end_wrap_ups(self) -> None:
        while not self._stop.wait(0.1):
            with self.storage.reading() as tx:
                waiting = any(seat.state is SeatState.WRAP_UP for seat in tx.seats.all())
            if waiting:
                with self.storage.writing() as tx:
                    seats.finish_wrap_ups(tx, now())

    def fact(self, fact: facts.Fact) -> None:
        """Let one fact happen."""
        with self.storage.writing() as tx:
            calls.apply_fact(tx, fact)

    def arrive(self, number: str | None = "13812345678", line: str = "12341") -> CallId:
        """A citizen's call reaches the number; returns its id."""
        call = CallId(str(uuid.uuid4()))
        hint = QueueId("general")
        self.fact(facts.CallerArrived(call_id=call, at=now(), from_number=number, line=line, hint=hint))
        return call

    def hear(
        self,
        call: CallId,
        words: str = WORDS,
        suggestions: tuple[Suggestion, ...] = WATER,
        urgency: str | None = None,
        kind: KindHeard | None = None,
        place: PlaceHeard | None = None,
    ) -> None:
        """The caller said something."""
        heard = Heard(
            call_id=call, words=words, final=True, reason=Reason.ENDPOINT, at=now().timestamp(),
            heard_ms=3000, suggestions=suggestions, queue=QueueId("living_security"),
            urgent=urgency is not None, urgency=urgency, model="test", kind=kind, place=place,
        )  # fmt: skip
        with self.storage.writing() as tx:
            calls.apply_heard(tx, heard)

    def queue(self, call: CallId, queue: str = "living_security") -> None:
        """The caller waits."""
        self.fact(facts.QueueJoined(call_id=call, at=now(), queue=QueueId(queue), position=1))

    def ring(self, call: CallId, seat: str) -> None:
        """The seat rings; with Asterisk there, its softphone really does."""
        if self.pbx:
            self.invite(seat, {"X-Hotline-Call-Id": call, "X-Hotline-From": self._number_of(call)})
        self.fact(facts.SeatRang(call_id=call, at=now(), seat=SeatId(seat)))

    def invite(self, seat: str, headers: dict[str, str]) -> None:
        """Asterisk calls a browser, as the dialplan does for a queue."""
        assert self.pbx
        variables = "\r\n".join(
            f"Variable: PJSIP_HEADER(add,{name})={value}" for name, value in headers.items()
        )
        self.pbx.ami(
            f"Action: Originate\r\nChannel: PJSIP/{seat}\r\nApplication: Wait\r\nData: 600\r\n"
            f"Timeout: 60000\r\nAsync: true\r\n{variables}"
        )

    def is_talking(self, seat: str) -> bool:
        """Asterisk and the seat's browser are connected."""
        assert self.pbx
        shown = self.pbx.ami("Action: CoreShowChannels", wait_for="EventList: Complete")
        return bool(re.search(rf"Channel: PJSIP/{seat}-.*?ChannelStateDesc: Up", shown, re.DOTALL))

    def has_leg(self, seat: str) -> bool:
        """Asterisk has a channel to the seat's browser."""
        assert self.pbx
        return any(name.startswith(f"PJSIP/{seat}-") for name in self.pbx.channels())

    def answer(self, call: CallId, seat: str) -> None:
        """The seat's browser has answered."""
        if self.pbx:
            wait_until(lambda: self.is_talking(seat), "the browser answered")
        self.fact(
            facts.SeatAnswered(call_id=call, at=now(), seat=SeatId(seat), queue=QueueId("living_security"))
        )

    def hang_up(self, call: CallId) -> None:
        """The caller is gone."""
        self.fact(facts.CallerGone(call_id=call, at=now()))

    def hang_up_leg(self, seat: str) -> None:
        """Asterisk ends the leg to the seat's browser."""
        assert self.pbx
        for name in self.pbx.channels():
            if name.startswith(f"PJSIP/{seat}-"):
                self.pbx.ami(f"Action: Hangup\r\nChannel: {name}")

    def want(self, seat: str, state: str, reason: str = "") -> None:
        """A person at the seat asked for a state."""
        with self.storage.writing() as tx:
            seats.want(tx, SeatId(seat), SeatState(state), now(), reason)

    def clear(self, seat: str) -> None:
        """Leave the seat as it was at the start: no leg, no call, offline."""
        if self.pbx:
            self.hang_up_leg(seat)
        with self.storage.writing() as tx:
            now_ = tx.seats.get(SeatId(seat))
            if now_.call_id:
                calls.apply_fact(tx, facts.CallerGone(call_id=now_.call_id, at=now()))
            seats.want(tx, SeatId(seat), SeatState.OFFLINE, now())
            left = tx.seats.get(SeatId(seat))
            if left.call_id:
                tx.outbox.add(left.ticket_saved(left.call_id, now()))
                tx.seats.save(left)

    def seat_state(self, seat: str) -> str:
        with self.storage.reading() as tx:
            return tx.seats.get(SeatId(seat)).state

    def _number_of(self, call: CallId) -> str:
        with self.storage.reading() as tx:
            found = tx.calls.get(call)
        return (found.from_number if found else None) or ""

    def stop(self) -> None:
        self._stop.set()
        self.stop_web()
        if self.pbx:
            self.pbx.stop()
        self.redis.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _quietly(run, *args: object) -> None:  # type: ignore[no-untyped-def]
    try:
        run(*args)
    except redis.RedisError:
        return


@contextmanager
def running_stage(*, pbx: bool = False, demo: bool = True, **more: str) -> Iterator[Stage]:
    """A stage that is gone afterwards; `more` are further settings."""
    folder = Path(tempfile.mkdtemp(prefix="hl-", dir=os.environ.get("HOTLINE_TEST_DIR")))
    server = RedisServer(free_port())
    settings = settings_for(folder / "r", HOTLINE_DEMO="1" if demo else "0", **more)
    env = _environment(settings) | {"HOTLINE_REDIS_URL": server.url, **more}
    stage = Stage(folder, settings, server, env)
    try:
        if pbx:
            stage.start_pbx()
        stage.start()
        yield stage
    finally:
        stage.stop()


def _environment(settings: Settings) -> dict[str, str]:
    ports = (
        "web_port",
        "pbx_http_port",
        "ami_port",
        "agi_port",
        "audiosocket_port",
        "redis_port",
        "sip_port",
    )
    env = {f"HOTLINE_{name.upper()}": str(getattr(settings, name)) for name in ports}
    return env | {
        "HOTLINE_RTP_START": str(settings.rtp_start),
        "HOTLINE_RTP_END": str(settings.rtp_end),
        "HOTLINE_RUNTIME_DIR": str(settings.runtime_dir),
        "HOTLINE_DEMO": "1" if settings.demo else "0",
        "PYTHONPATH": str(CHECKOUT),
    }
