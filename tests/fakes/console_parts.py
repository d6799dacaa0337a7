"""What the pages stand on, by hand: a real database behind them, and ports that remember instead of sending."""

import threading
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hotline.bursts.city import CityLikeness
from hotline.domain.errors import Unavailable
from hotline.domain.topics import Topics
from hotline.papers.notice import NoticePrinter
from hotline.services.ports import Command
from hotline.settings import Settings
from hotline.storage.passwords import Argon2Passwords
from hotline.storage.shelf import FileShelf
from hotline.storage.sql import SqlStorage
from tests.support.quick import PASSWORDS

HERE = {"Sec-Fetch-Site": "same-origin"}


@dataclass(slots=True)
class RememberedCommands:
    """Implements Commands."""

    sent: list[Command] = field(default_factory=list)
    away: bool = False

    def send(self, command: Command) -> None:
        if self.away:
            raise Unavailable("the switch cannot be reached now; try again in a moment")
        self.sent.append(command)


@dataclass(slots=True)
class QuietBell:
    """Implements Bell."""

    rung: threading.Event = field(default_factory=threading.Event)

    def ring(self, seq: int) -> None:
        self.rung.set()

    def wait(self, timeout_s: float) -> None:
        self.rung.wait(timeout_s)
        self.rung.clear()


@dataclass(slots=True)
class GivenPresence:
    """Which processes are alive, as the test says."""

    processes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def alive(self) -> dict[str, dict[str, Any]]:
        return self.processes

    def announce(self, process: str, figures: dict[str, Any]) -> None:
        self.processes[process] = figures


@dataclass(slots=True, kw_only=True)
class ConsoleParts:
    """Has what `seat_console.context.Services` asks for."""

    settings: Settings
    storage: SqlStorage
    topics: Topics
    passwords: Argon2Passwords = PASSWORDS
    commands: RememberedCommands = field(default_factory=RememberedCommands)
    bell: QuietBell = field(default_factory=QuietBell)
    presence: GivenPresence = field(default_factory=GivenPresence)
    papers: NoticePrinter = field(default_factory=NoticePrinter)

    @property
    def likeness(self) -> CityLikeness:
        return CityLikeness(self.settings.topics_file, self.settings.places_file)

    @property
    def shelf(self) -> FileShelf:
        return FileShelf(self.settings.attachments_dir)


@dataclass(slots=True)
class Somebody:
    """A logged-in browser without a window."""

    client: FlaskClient
    page: str = "page-of-somebody"

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, headers={"X-Hotline-Page": self.page})

    def post(self, path: str, body: object, **headers: str) -> TestResponse:
        return self.client.post(path, json=body, headers=HERE | {"X-Hotline-Page": self.page} | headers)

    def put(self, path: str, body: object) -> TestResponse:
        return self.client.put(path, json=body, headers=HERE | {"X-Hotline-Page": self.page})


def form_token(client: FlaskClient, path: str = "/login") -> str:
    """The token in the form at `path`."""
    page = client.get(path).get_data(as_text=True)
    return page.split('name="form_token" value="')[1].split('"')[0]


def log_in(app: Flask, login: str, password: str | None = None) -> Somebody:
    """Log in by password, or by the demo's one click."""
    client = app.test_client()
    form = {"form_token": form_token(client), "login": login}
    if password is None:
        answer = client.post("/login/demo", data=form, headers=HERE)
    else:
        answer = client.post("/login", data=form | {"password": password}, headers=HERE)
    assert answer.status_code == 302, f"not let in: {answer.status_code}"
    return Somebody(client)
