"""A second pair of eyes on Asterisk: every manager event as a dictionary, to be waited for."""

import socket
import threading
import time
from contextlib import suppress
from typing import Self

from tests.support.patience import PATIENCE_S
from tests.support.pbx import Pbx

Event = dict[str, str]


def _event(text: str) -> Event:
    """The last of repeated names counts; each of the channel's variables is there by its own name too."""
    event: Event = {}
    for line in text.split("\r\n"):
        name, colon, value = line.partition(": ")
        if colon:
            event[name] = value
        if name == "ChanVariable":
            variable, _, said = value.partition("=")
            event[variable] = said
    return event


class Tap:
    """Collects events from `open` on; `wait` looks at all of them, also those that came before it."""

    def __init__(self, pbx: Pbx) -> None:
        self.events: list[Event] = []
        self._socket = socket.create_connection(("127.0.0.1", pbx.settings.ami_port), 5)
        login = f"Action: Login\r\nUsername: switch\r\nSecret: {pbx.settings.ami_secret}\r\n\r\n"
        self._socket.sendall(login.encode())
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._read, name="ami tap", daemon=True)
        self._thread.start()
        self.wait("FullyBooted")  # from here on nothing is missed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(2)

    def _read(self) -> None:
        buffer = b""
        while True:
            try:
                chunk = self._socket.recv(65536)
            except OSError:
                return
            if not chunk:
                return
            *messages, buffer = (buffer + chunk).split(b"\r\n\r\n")
            for message in messages:
                event = _event(message.decode("utf-8", "replace"))
                if "Event" in event:
                    self.events.append(event)

    def find(self, name: str, **fields: str) -> list[Event]:
        """The events of that name (or user event) with these values."""
        return [
            event
            for event in list(self.events)
            if name in (event["Event"], event.get("UserEvent"))
            and all(event.get(key) == value for key, value in fields.items())
        ]

    def wait(self, name: str, within_s: float = PATIENCE_S, **fields: str) -> Event:
        """The first such event; fails the test when it does not come in time."""
        deadline = time.monotonic() + within_s
        while not (found := self.find(name, **fields)):
            if time.monotonic() > deadline:
                seen = [event.get("UserEvent", event["Event"]) for event in self.events[-40:]]
                raise AssertionError(f"no {name} {fields} within {within_s:g} s; the last were {seen}")
            time.sleep(0.02)
        return found[0]
