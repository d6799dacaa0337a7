"""Puts the parts together; the only module that may import everything."""

import asyncio
import atexit
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from agi_scripts import greet, route
from hotline.anchor_file import AnchorFile, Anchoring
from hotline.burst_watch import BurstWatch
from hotline.bursts.city import CityLikeness
from hotline.calendars import shipped
from hotline.clock import Clock
from hotline.domain.calendar import Arrangement
from hotline.domain.places import Place
from hotline.live.channel import RedisBell, RedisCommands, RedisPresence, connect
from hotline.live.heard import RedisCallDesk
from hotline.live.words import RedisWords
from hotline.papers.fonts import FOLDERS
from hotline.papers.notice import NoticePrinter
from hotline.post.smtp import MailServer, SmtpPostman
from hotline.retraining import Retraining
from hotline.secrets import ensure_secrets
from hotline.services import accounts, calendar, units
from hotline.services.accounts import NewLogin
from hotline.services.notices import topic_namer
from hotline.services.ports_learning import School
from hotline.settings import Settings
from hotline.setup import parts
from hotline.storage.engine import open_engine
from hotline.storage.passwords import Argon2Passwords
from hotline.storage.search import index_missing
from hotline.storage.shelf import FileShelf
from hotline.storage.sql import SqlStorage, migrate
from hotline.switch import Outside, Switch
from hotline.switchboard.arrivals import Arrivals
from hotline.switchboard.backlog import Backlog, DatabaseWorker
from hotline.switchboard.beside import BesideTheQueue, SwitchReception
from hotline.switchboard.redis_side import RedisSide
from hotline.telephony.ami_callers import AsteriskCallers
from hotline.telephony.ami_link import AmiLink
from hotline.telephony.fastagi import FastAgiServer
from hotline.topics_file import WatchedTopics
from hotline.unit_chores import Mailing, Sweeping


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotline:
    """The adapters of one process."""

    settings: Settings
    storage: SqlStorage
    passwords: Argon2Passwords
    commands: RedisCommands
    bell: RedisBell
    presence: RedisPresence
    topics: WatchedTopics
    shelf: FileShelf
    papers: NoticePrinter
    likeness: CityLikeness


def open_hotline(settings: Settings) -> Hotline:
    """Connects nothing yet: database and Redis are reached when first used."""
    client = connect(settings.redis_url)
    bell = RedisBell(client)
    return Hotline(
        settings=settings,
        storage=SqlStorage.open(settings.database_url, bell.ring, settings.number_secret),
        passwords=Argon2Passwords(),
        commands=RedisCommands(client),
        bell=bell,
        presence=RedisPresence(client),
        topics=open_topics(settings),
        shelf=FileShelf(settings.attachments_dir),
        papers=_printer(settings),
        likeness=CityLikeness(settings.topics_file, settings.places_file),
    )


def open_words(settings: Settings) -> RedisWords:
    """What is said in calls, for whoever carries it to the screens."""
    return RedisWords(settings.redis_url)


def open_topics(settings: Settings) -> WatchedTopics:
    """The topics file, read again when it changes. Raises Invalid where there never was a right one."""
    return WatchedTopics(settings.topics_file, settings.runtime_dir / "categoriser" / "topics.toml")


def open_school(settings: Settings) -> School:
    """For training: what it is done with is large, and only loaded here."""
    from hotline.categoriser.school import TopicsSchool
    from hotline.categoriser.versions import VersionFolder

    topics = open_topics(settings)
    return TopicsSchool(lambda: topics.newest, VersionFolder(settings.runtime_dir / "categoriser"))


def prepare(settings: Settings) -> NewLogin | None:
    """Before the first process starts: folders, secrets, the database's newest form, the accounts.

    Returns the administrator's one-time login when this was the first start. Raises HotlineError.
    """
    settings.runtime_dir.mkdir(parents=True, exist_ok=True)
    settings.runtime_dir.chmod(0o700)
    for folder in (settings.recordings_dir, settings.runtime_dir / "log"):
        folder.mkdir(exist_ok=True)
    ensure_secrets(settings.secrets_dir)
    topics = open_topics(settings)
    migrate(settings.database_url)
    storage = SqlStorage.open(settings.database_url, number_key=settings.number_secret)
    index_missing(storage)
    passwords = Argon2Passwords()
    with storage.writing() as tx:
        calendar.furnish(tx, shipped.load(), _statutory, utc_now(), settings.time_limits)
        units.furnish(tx, (topic.unit for topic in topics.newest.topics), _demo_places(settings))
        first = accounts.first_administrator(tx, passwords)
        if settings.demo:
            accounts.demo_accounts(tx, passwords)
    storage.close()
    return first


def _statutory(year: int) -> Arrangement:
    """Imported only in a year that is new to the database: the library is large."""
    from hotline.calendars import sources

    return sources.statutory(year)


def _demo_places(settings: Settings) -> tuple[Place, ...]:
    """Towns and communities to begin with; a city enters its own."""
    from hotline.places_file import load_places  # its reader of sounds is large

    return load_places(settings.places_file) if settings.demo else ()


def open_clock(settings: Settings) -> Clock:
    """The clock process."""
    hotline = open_hotline(settings)
    # A short patience: it says every second that it is alive, and what is late happens at the next round.
    engine = open_engine(settings.database_url, busy_ms=1_000)
    storage = SqlStorage(engine, hotline.bell.ring, settings.number_secret)
    training = Retraining(storage, lambda: hotline.topics.newest.fingerprint())
    atexit.register(training.close)
    sweeping, mailing = Sweeping(storage, hotline.shelf), Mailing(storage, _postman(settings), utc_now)
    atexit.register(mailing.close)
    burst_watch = BurstWatch(storage)
    anchoring = Anchoring(storage, AnchorFile(settings.runtime_dir / "log"))
    return Clock(
        storage,
        hotline.presence,
        settings.issuer,
        lambda: topic_namer(hotline.topics),
        [training.retrain, mailing.mail, sweeping.sweep, anchoring.anchor, burst_watch.watch_bursts],
    )


def _postman(settings: Settings) -> SmtpPostman | None:
    """None until a mail server is named."""
    if not settings.smtp_host:
        return None
    server = MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=settings.smtp_password,
        sender=settings.smtp_from,
        public_url=settings.public_url,
    )
    return SmtpPostman(server)


def _printer(settings: Settings) -> NoticePrinter:
    """With the fonts of the machine, and those that set-up brought."""
    brought = parts.load().get("fonts")
    folders = [*FOLDERS, Path(brought.executable).parent] if brought else FOLDERS
    return NoticePrinter(settings.paper_font, folders)


def open_switch(settings: Settings) -> Switch:
    """The switch process; call it inside its event loop."""
    loop = asyncio.get_running_loop()
    redis = RedisSide(settings.redis_url)

    def on_commit(seq: int) -> None:
        with suppress(RuntimeError):  # the loop is closed: the last commit of a process that stops
            loop.call_soon_threadsafe(redis.ring, seq)

    # A short patience: what cannot be written is kept and tried again, and the process must stop in time.
    engine = open_engine(settings.database_url, busy_ms=1_000)
    storage = SqlStorage(engine, on_commit, settings.number_secret)
    desk = RedisCallDesk(connect(settings.redis_url))
    worker = DatabaseWorker(storage)
    link = AmiLink("127.0.0.1", settings.ami_port, "switch", settings.ami_secret, now=utc_now)
    backlog = Backlog(worker)
    arrivals = Arrivals(storage)
    beside = BesideTheQueue(AsteriskCallers(link), worker, backlog, utc_now, desk, hear_on=settings.hear_on)
    reception = SwitchReception(arrivals, desk, beside, loop)
    scripts = {
        "greet": partial(greet.main, desk=desk, reception=reception),
        "route": partial(route.main, desk=desk),
    }
    return Switch(
        Outside(
            settings=settings,
            worker=worker,
            link=link,
            backlog=backlog,
            arrivals=arrivals,
            beside=beside,
            redis=redis,
            agi=FastAgiServer("127.0.0.1", settings.agi_port, scripts),
            ear=desk,
            now=utc_now,
        )
    )


def utc_now() -> datetime:
    """The clock of the processes."""
    return datetime.now(UTC)
