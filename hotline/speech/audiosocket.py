"""The AudioSocket server: lets in the calls that are expected, so many at a time, and nobody else."""

import asyncio
import logging
import socket
from collections import OrderedDict
from dataclasses import dataclass

from hotline.domain.errors import HotlineError, Unavailable
from hotline.domain.hearing_mode import Mode
from hotline.domain.ids import CallId
from hotline.log_lines import kind_and_place
from hotline.speech.frames import BadFrame, call_id_of
from hotline.speech.line import Line, LineClosed
from hotline.speech.ports import Expected
from hotline.speech.quiet_log import QuietLog
from hotline.speech.session import Room, Session

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
UUID_S = 2.0
EXPECTED_S = 0.3
QUEUE = 1024  # connections that the kernel keeps for us
AT_ONCE = 16  # of them taken in one turn of the loop
# Far more than come in the few turns from accepting to reading, so that a real call is not pushed out.
STRANGERS = 32 * AT_ONCE


class NotWelcome(HotlineError):
    """A connection that is not a call of ours; its message goes to the log."""


@dataclass(slots=True)
class Doorbell:
    """Counted since the start."""

    calls: int = 0
    turned_away: int = 0  # no UUID, an unknown one, one that is heard already
    pushed_out: int = 0  # silent connections that made room for newer ones
    full: int = 0  # expected calls beyond the number of sessions


class AudioSocketServer:
    """Each connection is a stranger until it has named an expected call."""

    def __init__(self, room: Room, expected: Expected, *, sessions: int) -> None:
        self.counted = Doorbell()
        self._room = room
        self._expected = expected
        self._most = sessions
        self._strangers: OrderedDict[Line, None] = OrderedDict()
        self._calls: set[CallId] = set()
        self._asked: set[CallId] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._quiet = QuietLog(log, room.clock)

    @property
    def calls(self) -> int:
        """Calls that are being heard."""
        return len(self._calls)

    async def listen(self, port: int, held: int | None = None) -> asyncio.Server:
        """Begin to accept, on the listening socket `held` for us if there is one. Unavailable on failure."""
        try:
            sock = socket.create_server((HOST, port)) if held is None else socket.socket(fileno=held)
        except OSError as problem:
            raise Unavailable(f"AudioSocket port {port} cannot be used: {problem.strerror}") from problem
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Line(self._knock), sock=sock, backlog=AT_ONCE)
        sock.listen(QUEUE)  # asyncio has one number for both; a caller must not be dropped in a full queue
        return server

    async def go_home(self, limit_s: float) -> None:
        """Let running calls go on to the queue; `Room.stopping` must be set. After `limit_s` they are cut."""
        for line in list(self._strangers):
            line.abort()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=limit_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _knock(self, line: Line) -> None:
        if self._room.stopping.is_set():
            line.abort()
            return
        if len(self._strangers) >= STRANGERS:
            oldest, _ = self._strangers.popitem(last=False)
            oldest.abort()
            self.counted.pushed_out += 1
        self._strangers[line] = None
        task = asyncio.create_task(self._serve(line, line.peer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, line: Line, source: str) -> None:
        try:
            call_id, mode = await self._let_in(line)
        except NotWelcome as problem:
            self.counted.turned_away += 1
            self._quiet.warning(source, str(problem))
            line.turn_away()
            return
        except LineClosed:
            return  # pushed out, or a stranger who left
        finally:
            self._strangers.pop(line, None)
        try:
            self.counted.calls += 1
            reason = await Session(call_id, line, self._room, mode).run()
            log.info("call %s: listened, %s", call_id, reason)
        except Exception as problem:
            log.error("call %s: listening ended with an error: %s", call_id, kind_and_place(problem))
        finally:
            self._calls.discard(call_id)
            await line.hang_up()

    async def _let_in(self, line: Line) -> tuple[CallId, Mode]:
        """The call a connection is for, and how to listen. Raises NotWelcome and LineClosed."""
        try:
            frame = await line.frame(UUID_S)
            if frame is None:
                raise NotWelcome(f"no UUID within {UUID_S:g} s")
            call_id = call_id_of(frame)
        except BadFrame as problem:
            raise NotWelcome(f"not an AudioSocket call: {problem}") from None
        if call_id in self._calls | self._asked:
            raise NotWelcome("a second connection for one call")
        self._asked.add(call_id)
        try:
            mode = await self._expected_mode(call_id)
            if mode is None:
                raise NotWelcome("a call that nobody expects")
        finally:
            self._asked.discard(call_id)
        if len(self._calls) >= self._most:
            self.counted.full += 1
            raise NotWelcome(f"{self._most} calls are being heard already")
        self._calls.add(call_id)
        return call_id, mode

    async def _expected_mode(self, call_id: CallId) -> Mode | None:
        try:
            async with asyncio.timeout(EXPECTED_S):
                return await self._expected.expected(call_id)
        except (TimeoutError, Unavailable):
            self._quiet.warning("redis", "does not answer: calls are not listened to")
            return None
