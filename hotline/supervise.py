"""`hotline run`: starts every process in order, starts again what dies, and leaves none behind."""

import os
import signal
import time
from contextlib import suppress
from datetime import datetime
from types import FrameType

import click

from hotline import bootstrap
from hotline.domain.errors import Unavailable
from hotline.settings import CHECKOUT, Settings
from hotline.setup.narrate import step
from hotline.stop_flag import StopFlag
from hotline.supervision import ground, kernel, plan, readiness, state
from hotline.supervision.child import Child, Spec, turn_over
from hotline.supervision.guardian import Guardian
from hotline.supervision.keeper import Keeper

_TICK_S = 0.1
_LOOK_S = 2.0


def main(settings: Settings) -> int:
    """Runs until Ctrl-C or SIGTERM; raises HotlineError when it cannot open."""
    started = time.monotonic()
    with ground.only_one(settings.runtime_dir):
        ground.check_ports(settings)
        ground.check_disk(settings.runtime_dir)
        with ground.hold_audiosocket(settings) as ear:
            with step("Database and secrets"):
                login = bootstrap.prepare(settings)
            if login:  # at once: it is kept nowhere, and what follows may fail
                _say(f"  Administrator: {login.login}, one-time password {login.password}")
            with step("Configuration"):
                specs = plan.processes(settings, ear.fileno())
            supervisor = Supervisor(specs, settings)
            try:
                if supervisor.open():
                    _welcome(settings, time.monotonic() - started)
                    supervisor.watch()
            finally:
                supervisor.close()
    return 0


class Supervisor:
    """Owns the processes from the first start to the last end."""

    def __init__(self, specs: list[Spec], settings: Settings) -> None:
        self._settings = settings
        self._stop = StopFlag()
        self._hurry = False
        self._guardian = Guardian()
        self._keepers = [Keeper(spec, self._started, self._gone) for spec in specs]
        self._look_at = 0.0
        kernel.adopt_orphans()
        # A closed terminal is no end for what was started with nohup; Ctrl-C is one also in the background of
        # a script, where the shell makes its children ignore it.
        hang_up = () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)
        for number in (signal.SIGINT, signal.SIGTERM, *hang_up):
            signal.signal(number, self._on_signal)

    def open(self) -> bool:
        """Starts all in order, group by group. False when told to stop meanwhile."""
        waiting: list[Keeper] = []
        for keeper in self._keepers:
            if not keeper.spec.together:
                self._wait_for(waiting)
                waiting = []
            if self._stop.is_set():
                return False
            keeper.start(time.monotonic())
            waiting.append(keeper)
        self._wait_for(waiting)
        return not self._stop.is_set()

    def _wait_for(self, keepers: list[Keeper]) -> None:
        for keeper in keepers:
            with step(f"Starting {keeper.spec.name}") as now:
                if keeper.wait_ready(self._stop.is_set):
                    continue
                if self._stop.is_set():
                    now.note = "told to stop"
                    return
                if keeper.spec.needed:
                    raise Unavailable(f"the hotline cannot open: {keeper.why()}")
                now.note = f"goes on without it for now: {keeper.why()}"

    def watch(self) -> None:
        """Until told to stop."""
        while not self._stop.wait(_TICK_S):
            now = time.monotonic()
            said = [keeper.tend(now) for keeper in self._keepers]
            if now >= self._look_at:
                self._look_at = now + _LOOK_S
                said += self._listen(now)
                for keeper in self._keepers:
                    turn_over(keeper.spec.log)
            for line in filter(None, said):
                _say(f"{datetime.now().astimezone():%H:%M:%S} {line}")

    def close(self) -> None:
        """Stops all in reverse order; what does not go in its time, and what it leaves, is killed."""
        if self._stop.is_set():
            _say("\nStopping …")
        for keeper in reversed(self._keepers):
            if keeper.child:
                keeper.child.ask_to_stop()
                self._wait(keeper.child)
                keeper.child.kill()
                self._guardian.remove(keeper.child.pid)
                keeper.child = None
        self._guardian.dismiss()
        self._sweep()
        state.remove(self._settings.runtime_dir)
        if self._stop.is_set():
            _say("Stopped; no process is left.")

    def _wait(self, child: Child) -> None:
        deadline = time.monotonic() + child.spec.stop_within_s
        while not self._hurry and time.monotonic() < deadline:
            if child.wait(_TICK_S):
                return

    def _sweep(self) -> None:
        """Orphans of our processes became our children: none may stay."""
        while left := kernel.children_of(os.getpid()):
            for pid in left:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def _listen(self, now: float) -> list[str | None]:
        names = [keeper.spec.name for keeper in self._keepers if keeper.spec.heartbeat]
        signs = readiness.signs(self._settings.redis_url, names)
        return [
            keeper.hear((signs or {}).get(keeper.spec.name), signs is not None, now)
            for keeper in self._keepers
        ]

    def _started(self, child: Child) -> None:
        self._guardian.add(child.pid)
        self._write_down()

    def _gone(self, child: Child) -> None:
        self._guardian.remove(child.pid)
        self._write_down()

    def _write_down(self) -> None:
        """For `hotline doctor`: which processes there are, and how often each was started again."""
        processes = {
            keeper.spec.name: state.ProcessState(
                pid=keeper.child.pid if keeper.child else None,
                restarts=keeper.restarts,
                last_end=keeper.last_end,
            )
            for keeper in self._keepers
        }
        state.write(self._settings.runtime_dir, state.State(supervisor=os.getpid(), processes=processes))

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._hurry = self._stop.is_set()  # the second Ctrl-C does not wait
        self._stop.set()


def _say(text: str) -> None:
    """A terminal that is gone must not keep the processes from being stopped."""
    with suppress(OSError):
        click.echo(text)


def _welcome(settings: Settings, seconds: float) -> None:
    host = f"[{settings.web_host}]" if ":" in settings.web_host else settings.web_host
    address = f"http://{host}:{settings.web_port}/"
    command = CHECKOUT / ".venv" / "bin" / "hotline"
    lines = [f"The hotline is open after {seconds:.1f} s.", "", f"  Seats and supervisors   {address}"]
    if settings.public_url.startswith("https:"):
        lines.append(f"  From other machines     {settings.public_url}")
    if settings.demo:
        lines.append(
            "  Demo                    the login page opens seats and a supervisor without a password"
        )
    lines += [
        f'  A citizen calls         {command} call --say "人民路停水了"',
        f"  What happens            {settings.runtime_dir / 'log'}",
        "  Stop                    Ctrl-C",
        "",
    ]
    _say("\n".join(lines))
