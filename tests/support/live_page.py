"""A browser page's live link without the browser: Socket.IO's text frames over a plain WebSocket."""

import json
import time
import urllib.request
import uuid
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.support.patience import PATIENCE_S


def demo_cookie(address: str, login: str) -> str:
    """Log in by the demo's one click; returns the Cookie header."""
    jar = CookieJar()
    web = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = web.open(f"{address}/login", timeout=PATIENCE_S).read().decode()
    token = page.split('name="form_token" value="')[1].split('"')[0]
    form = f"form_token={token}&login={login}".encode()
    web.open(urllib.request.Request(f"{address}/login/demo", form, {"Origin": address}), timeout=PATIENCE_S)
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


@dataclass(slots=True)
class LivePage:
    """One page; `events` are (name, data) in the order they came."""

    wire: ClientConnection
    scope: ExitStack
    page: str = field(default_factory=lambda: str(uuid.uuid4()))
    events: list[tuple[str, Any]] = field(default_factory=list)
    refused: str = ""
    _acks: dict[int, Any] = field(default_factory=dict)
    _asked: int = 0

    @classmethod
    def open(cls, address: str, cookie: str = "", origin: str | None = None) -> Self:
        """Connect; `refused` tells the server's reason when it did not want us."""
        url = address.replace("http://", "ws://") + "/socket.io/?EIO=4&transport=websocket"
        headers = {"Cookie": cookie} if cookie else {}
        scope = ExitStack()
        opening = connect(url, additional_headers=headers, origin=origin, open_timeout=PATIENCE_S)  # type: ignore[arg-type]
        page = cls(scope.enter_context(opening), scope)
        page.wire.send("40")
        page.until(lambda: page._acks.get(-1), "an answer to the connection")
        return page

    def hello(self, data: object = None, take_over: bool = False) -> Any:
        """Say who we are; returns the server's answer."""
        return self.ask("hello", data or {"page": self.page, "take_over": take_over})

    def ask(self, name: str, *data: object) -> Any:
        self._asked += 1
        mine = self._asked
        self.wire.send(f"42{mine}{json.dumps([name, *data])}")
        self.until(lambda: mine in self._acks, f"an answer to {name}")
        return self._acks[mine]

    def named(self, name: str) -> list[Any]:
        return [data for known, data in self.events if known == name]

    def until(self, true: Any, what: str, timeout_s: float = PATIENCE_S) -> None:
        """Read until `true()`; fails with `what` when it takes too long or the link is closed."""
        deadline = time.monotonic() + timeout_s
        while not true():
            try:
                self._take(self.wire.recv(timeout=max(0.0, deadline - time.monotonic())))
            except TimeoutError:
                raise AssertionError(f"not within {timeout_s:g} s: {what}; came: {self.events}") from None

    def until_closed(self, timeout_s: float = PATIENCE_S) -> None:
        """Read until the server ends this link."""
        try:
            self.until(lambda: self.refused == "gone", "the server closes", timeout_s)
        except ConnectionClosed:
            return

    def quiet(self, seconds: float) -> None:
        """Read for a while, whatever comes."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                self._take(self.wire.recv(timeout=left))
            except TimeoutError:
                return

    def _take(self, frame: str | bytes) -> None:
        text = frame if isinstance(frame, str) else frame.decode()
        if text == "2":
            self.wire.send("3")
        elif text.startswith("40"):
            self._acks[-1] = True
        elif text.startswith("41"):
            self.refused = "gone"
        elif text.startswith("44{"):
            self.refused = json.loads(text[2:])["message"]
            self._acks[-1] = True
        elif text.startswith("42"):
            name, data = json.loads(text[2:])
            self.events.append((name, data))
        elif text.startswith("43"):
            number, answer = text[2:].split("[", 1)
            self._acks[int(number)] = json.loads("[" + answer)[0]

    def close(self) -> None:
        self.scope.close()
