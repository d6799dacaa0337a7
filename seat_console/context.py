"""What the pages stand on: the adapters of this process, and the time."""

from datetime import UTC, datetime
from typing import Any, Protocol

from flask import current_app

from hotline.services.ports import Bell, Commands, Passwords, Storage, TopicList
from hotline.services.ports_attachments import Shelf
from hotline.services.ports_bursts import Likeness
from hotline.services.ports_supervision import Papers
from hotline.settings import Settings


class Announcer(Protocol):
    """Which processes are alive, and saying that this one is."""

    def alive(self) -> dict[str, dict[str, Any]]: ...
    def announce(self, process: str, figures: dict[str, Any]) -> None: ...


class Services(Protocol):
    """`hotline.bootstrap.Hotline` is one."""

    @property
    def settings(self) -> Settings: ...
    @property
    def storage(self) -> Storage: ...
    @property
    def passwords(self) -> Passwords: ...
    @property
    def commands(self) -> Commands: ...
    @property
    def bell(self) -> Bell: ...
    @property
    def presence(self) -> Announcer: ...
    @property
    def likeness(self) -> Likeness: ...
    @property
    def topics(self) -> TopicList: ...
    @property
    def papers(self) -> Papers: ...
    @property
    def shelf(self) -> Shelf: ...


def services() -> Services:
    """The adapters of the app that serves this request."""
    found: Services = current_app.extensions["hotline"]
    return found


def now() -> datetime:
    """The edge's clock; everything further in is given its time."""
    return datetime.now(UTC)
