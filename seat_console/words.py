"""Carries words to the seat at which their call rings or talks, while they are said: past the database."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from hotline.domain.call import CallState
from hotline.domain.errors import HotlineError
from hotline.domain.heard import Heard
from hotline.domain.hearing_mode import Mode
from hotline.domain.ids import CallId
from hotline.log_lines import kind_and_place
from hotline.services.ports import Storage
from seat_console.sockets import LiveLink, room_of

log = logging.getLogger("seat_console.words")
WAIT_S = 0.5
ROOM_KNOWN_S = 0.3  # so long the seat of a call is not asked for again: words come five times a second
NO_ROOM_KNOWN_S = 0.05  # it may ring at once
MOST_KNOWN = 500
AT_A_SEAT = (CallState.RINGING, CallState.TALKING, CallState.HELD)


@dataclass(slots=True)
class WordsFeed:
    """One thread. A call that waits has no seat: its words come with the ring (`Feed`)."""

    link: LiveLink
    storage: Storage
    next_words: Callable[[float], Heard | None]
    _rooms: dict[CallId, tuple[str, float]] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start the thread."""
        threading.Thread(target=self._run, name="feed words", daemon=True).start()

    def stop(self) -> None:
        """Let it end."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                heard = self.next_words(WAIT_S)
                if heard is not None:
                    self.send(heard)
            except HotlineError:
                continue  # no database: `Feed` says so, and brings the words later
            except Exception as problem:  # this thread is all that carries words: it must not end
                log.error("words are not carried: %s", kind_and_place(problem))
                self._stop.wait(WAIT_S)

    def send(self, heard: Heard) -> None:
        """To the one seat that has the call; to nobody when none has it. Raises Unavailable."""
        room = self._room(heard.call_id, time.monotonic())
        if room:
            self.link.socketio.emit("heard", heard_view(heard), to=room)

    def _room(self, call_id: CallId, at: float) -> str:
        known, until = self._rooms.get(call_id, ("", 0.0))
        if at < until:
            return known
        with self.storage.reading() as tx:
            call = tx.calls.get(call_id)
        room = room_of(call.seat) if call and call.seat and call.state in AT_A_SEAT else ""
        if len(self._rooms) >= MOST_KNOWN:
            self._rooms.clear()
        self._rooms[call_id] = (room, at + (ROOM_KNOWN_S if room else NO_ROOM_KNOWN_S))
        return room


def heard_view(heard: Heard) -> dict[str, Any]:
    """The part of a call's view (`screens.call_view`) that words change."""
    if heard.mode is Mode.ON:
        return _suggested(heard) | {"talk": heard.words}
    return _suggested(heard) | {
        "words": heard.words,
        "heard_ms": heard.heard_ms,
        "heard_final": heard.final,
        "heard_reason": heard.reason,
        "urgent": heard.urgent,
        "urgency": heard.urgency,
    }


def _suggested(heard: Heard) -> dict[str, Any]:
    return {
        "call_id": heard.call_id,
        "suggestions": [asdict(suggestion) for suggestion in heard.suggestions],
        "categoriser": heard.categoriser,
    }
