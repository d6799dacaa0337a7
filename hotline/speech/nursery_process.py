"""A nursery as the speech process sees it: has its model loaded, who was born there, and why they died."""

import asyncio
import json
import os
import re
import socket
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hotline
from hotline import ourselves
from hotline.domain.errors import Unavailable
from hotline.speech import allocator
from hotline.speech.nursery import ASK
from hotline.speech.rhythm import Rhythm, rhythm_of

_READ_BYTES = 64 * 1024
LOAD_LIMIT_S = 120.0  # the large Chinese model takes many seconds from a cold disk
_BIRTH_LIMIT_S = 5.0
_CODE_LIMIT_S = 0.5
_END_LIMIT_S = 0.3
_WORTH_TELLING = re.compile(r"ASSERTION_FAILED|ERROR|Error|error")


@dataclass(slots=True)
class Newborn:
    """A worker process: its id, a descriptor that is surely it, and the two ends we have of its pipes."""

    pid: int
    process: int
    conversation: socket.socket
    errors: int
    nursery: "NurseryProcess"


class NurseryProcess:
    """One process with one model."""

    def __init__(self, model: Path) -> None:
        self.model = model
        self.rhythm: Rhythm
        self.loaded = False
        self.problem = ""  # why it is of no use
        self.gone = asyncio.Event()
        self._settled = asyncio.Event()
        self._births: deque[asyncio.Future[tuple[int, int]]] = deque()
        self._deaths: dict[int, asyncio.Future[int]] = {}
        self._kept = b""
        self._tasks: list[asyncio.Task[Any]] = []

    async def start(self) -> None:
        """Load the model. Raises Unavailable, saying why, when it does not load."""
        # A large model is read to its end for it: not while the loop carries callers' voices.
        self.rhythm = await asyncio.to_thread(rhythm_of, self.model)
        self._control, theirs = socket.socketpair()
        try:
            self._process = await _spawn(self.model, theirs.fileno())
        except OSError as error:
            self._control.close()
            raise Unavailable(f"no process for recognisers: {error.strerror}") from error
        finally:
            theirs.close()
        self._control.setblocking(False)
        asyncio.get_running_loop().add_reader(self._control, self._read)
        assert self._process.stderr is not None
        self._tasks = [
            asyncio.create_task(self._listen(self._process.stderr)),
            asyncio.create_task(self._wait()),
        ]
        try:
            async with asyncio.timeout(LOAD_LIMIT_S):
                await self._settled.wait()
        except TimeoutError:
            self.problem = f"not loaded after {LOAD_LIMIT_S:.0f} s"
        except asyncio.CancelledError:
            await self.end()
            raise
        if not self.loaded:
            await self.end()
            raise Unavailable(self.problem)

    async def bear(self) -> Newborn:
        """A new worker. Raises Unavailable."""
        ours, theirs = socket.socketpair()
        errors, their_errors = os.pipe()
        birth: asyncio.Future[tuple[int, int]] = asyncio.get_running_loop().create_future()
        try:
            socket.send_fds(self._control, [ASK], [theirs.fileno(), their_errors])
            self._births.append(birth)
            async with asyncio.timeout(_BIRTH_LIMIT_S):
                pid, process = await birth
        except (OSError, TimeoutError, Unavailable) as error:
            ours.close()
            os.close(errors)
            raise Unavailable("no new worker process") from error
        finally:
            theirs.close()
            os.close(their_errors)
        return Newborn(pid, process, ours, errors, self)

    async def code_of(self, pid: int) -> int | None:
        """How a child ended: negative for a signal; None when the nursery does not say."""
        death = self._deaths.setdefault(pid, asyncio.get_running_loop().create_future())
        try:
            async with asyncio.timeout(_CODE_LIMIT_S):
                return await asyncio.shield(death)
        except TimeoutError:
            return None
        finally:
            self._deaths.pop(pid, None)

    def retire(self) -> None:
        """No more births; the process ends with its last child."""
        if self._control.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._control)
            self._control.close()

    async def end(self) -> None:
        """When its children are gone it buries them and goes; else at once, and they with it."""
        self.retire()
        try:
            async with asyncio.timeout(_END_LIMIT_S):
                await self.gone.wait()
        except TimeoutError:
            if self._process.returncode is None:
                self._process.kill()
            await self.gone.wait()

    async def _wait(self) -> None:
        code = await self._process.wait()
        if not self.problem and not self.loaded:
            self.problem = f"the recogniser ended while it loaded ({code})"
        self.loaded = False
        self._settled.set()
        for birth in self._births:
            if not birth.done():
                birth.set_exception(Unavailable("the nursery has ended"))
                birth.exception()
        self.gone.set()

    async def _listen(self, errors: asyncio.StreamReader) -> None:
        """Kaldi's last line says why it gave up. Vosk is told not to log, so no caller's words come here."""
        while data := await errors.read(_READ_BYTES):
            if not self.loaded and (line := complaint_in(data)):
                self.problem = line

    def _read(self) -> None:
        try:
            data, given, _, _ = socket.recv_fds(self._control, _READ_BYTES, 1)
        except OSError:
            data, given = b"", []
        if not data:
            asyncio.get_running_loop().remove_reader(self._control)
            return
        *lines, self._kept = (self._kept + data).split(b"\n")
        for line in lines:
            self._take(json.loads(line), given)

    def _take(self, told: dict[str, Any], given: list[int]) -> None:
        if "ready" in told or "broken" in told:
            self.problem = told.get("broken", "")
            self.loaded = "ready" in told
            self._settled.set()
        elif "born" in told:
            birth = self._births.popleft()
            if birth.done():
                os.close(given.pop())  # nobody waits for it any more; its pipes are closed, and so it ends
            else:
                birth.set_result((told["born"], given.pop()))
        elif "dead" in told:
            death = self._deaths.setdefault(told["dead"], asyncio.get_running_loop().create_future())
            if not death.done():
                death.set_result(told["code"])


def complaint_in(data: bytes) -> str:
    """The last line that tells of an error; "" when none does."""
    lines = data.decode("utf-8", "replace").splitlines()
    told = [line for line in lines if _WORTH_TELLING.search(line)]
    return " ".join(told[-1].split())[:200] if told else ""


async def _spawn(model: Path, control: int) -> asyncio.subprocess.Process:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HOTLINE_")}
    # One core a worker: a library with threads of its own would take the others' time.
    environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment |= allocator.environment()
    environment["PYTHONPATH"] = str(Path(hotline.__file__).parents[1])
    return await asyncio.create_subprocess_exec(
        *ourselves.module("hotline.speech.nursery", str(model), str(control), str(os.getpid())),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        pass_fds=(control,),
        env=environment,
    )
