"""The supervisor over real processes: order, restarts, and never a process left behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hotline.settings import CHECKOUT
from hotline.supervision import state
from tests.support.patience import PATIENCE_S
from tests.support.servers import free_port, wait_until


class Run:
    """One supervisor of a test, its folder and what it said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = folder / "supervisor.out"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *entries: dict[str, Any], until: str = "== serving ==", ignoring: str = "") -> None:
        supervised = [sys.executable, "-m", "tests.support.supervised", json.dumps(entries)]
        through = ["sh", "-c", f'trap "" {ignoring}; exec "$@"', "sh"] if ignoring else []
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [*through, *supervised],
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=CHECKOUT,
                # As from a terminal, also where these tests run under nohup.
                preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
                env={
                    **os.environ,
                    "HOTLINE_RUNTIME_DIR": str(self.folder),
                    "HOTLINE_REDIS_PORT": str(free_port()),
                    "HOTLINE_REDIS_SECRET": "a-secret-of-the-tests",
                },
            )
        wait_until(lambda: until in self.said() or self.ended(), f"the supervisor says {until!r}")
        assert until in self.said(), self.said()

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def pid_of(self, name: str) -> int:
        """Waits while it is between two starts."""
        wait_until(lambda: self._pid(name), f"{name} runs")
        pid = self._pid(name)
        assert pid is not None
        return pid

    def _pid(self, name: str) -> int | None:
        running = state.running(self.folder)
        return running.processes[name].pid if running else None

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)

    def note(self, name: str) -> str:
        path = self.folder / name
        return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def serving(folder: Path, name: str, before: str = "", **more: Any) -> dict[str, Any]:
    """A process that notes its start and end, and serves until it is told to stop."""
    script = (
        f"cd {folder}; echo start {name} >> order; {before}\n"
        f"trap 'echo end {name} >> order; exit 0' TERM; touch {name}.ready\n"
        "while :; do sleep 0.05; done"
    )
    return {"name": name, "script": script, **more}


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path)
    yield run
    if run.process is not None and run.process.poll() is None:
        run.stop()


def test_all_start_in_order_and_stop_in_reverse(run: Run) -> None:
    run.start(serving(run.folder, "redis"), serving(run.folder, "pbx"), serving(run.folder, "web"))
    pids = [run.pid_of(name) for name in ("redis", "pbx", "web")]
    assert run.stop() == 0
    assert run.note("order").split("\n") == [
        "start redis", "start pbx", "start web", "end web", "end pbx", "end redis",
    ]  # fmt: skip
    assert not any(map(alive, pids))
    assert "no process is left" in run.said()
    assert state.running(run.folder) is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_way_of_asking_stops_it(run: Run, number: signal.Signals) -> None:
    run.start(serving(run.folder, "web"))
    pid = run.pid_of("web")
    assert run.stop(number) == 0
    assert not alive(pid)


def test_ctrl_c_stops_it_in_the_background_of_a_script_too(run: Run) -> None:
    run.start(serving(run.folder, "web"), ignoring="INT")
    assert run.stop(signal.SIGINT) == 0


def test_started_with_nohup_it_outlives_the_terminal(run: Run) -> None:
    run.start(serving(run.folder, "web"), ignoring="HUP")
    assert run.process is not None
    run.process.send_signal(signal.SIGHUP)
    os.kill(run.pid_of("web"), signal.SIGKILL)
    wait_until(lambda: run.note("order").count("start web") == 2, "it goes on watching")
    assert run.stop() == 0


def test_what_dies_is_started_again_and_said(run: Run) -> None:
    run.start(serving(run.folder, "switch"))
    first = run.pid_of("switch")
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: run.note("order").count("start switch") == 2, "the switch is started again")
    wait_until(lambda: run.pid_of("switch") != first, "its state is written down")
    assert "switch ended (killed by SIGKILL); starting it again in 0.5 s, time 1" in run.said()


def test_what_a_dead_process_left_running_is_ended_before_it_starts_again(run: Run) -> None:
    run.start(serving(run.folder, "speech", before="sleep 300 & echo $! > worker"))
    worker = int(run.note("worker"))
    os.kill(run.pid_of("speech"), signal.SIGKILL)
    wait_until(lambda: not alive(worker), "its worker is gone")


def test_each_further_death_makes_the_pause_longer(run: Run) -> None:
    script = f"cd {run.folder}; echo x >> starts; touch clock.ready; sleep 0.2; exit 7"
    run.start({"name": "clock", "script": script})
    wait_until(lambda: "in 2 s, time 3" in run.said(), "the third pause is four times the first")
    assert "clock ended (exit code 7); starting it again in 0.5 s, time 1" in run.said()
    assert "in 1 s, time 2" in run.said()


def test_who_does_not_want_to_stop_is_killed(run: Run) -> None:
    script = f"trap '' TERM INT; touch {run.folder}/pbx.ready; while :; do sleep 0.05; done"
    run.start({"name": "pbx", "script": script})
    pid = run.pid_of("pbx")
    assert run.stop() == 0
    assert not alive(pid)


def test_the_second_ctrl_c_does_not_wait(run: Run) -> None:
    stubborn = "trap '' TERM INT; touch {0}/{1}.ready; while :; do sleep 0.05; done"
    names = [f"p{number}" for number in range(6)]
    scripts = ({"name": name, "script": stubborn.format(run.folder, name)} for name in names)
    run.start(*(script | {"stop_within_s": 10 * PATIENCE_S} for script in scripts))
    assert run.process is not None
    run.process.send_signal(signal.SIGINT)
    wait_until(lambda: "Stopping" in run.said(), "it begins to stop")
    assert run.stop(signal.SIGINT) == 0


def test_one_that_hides_in_a_session_of_its_own_is_found(run: Run) -> None:
    run.start(serving(run.folder, "web", before="setsid sleep 300 & echo $! > hidden"))
    hidden = int(run.note("hidden"))
    assert run.stop() == 0
    assert not alive(hidden)


def test_a_supervisor_that_is_killed_leaves_nothing(run: Run) -> None:
    stubborn = f"trap '' TERM; touch {run.folder}/pbx.ready; while :; do sleep 0.05; done"
    run.start(
        serving(run.folder, "web", before="sleep 300 & echo $! > worker"), {"name": "pbx", "script": stubborn}
    )
    pids = [run.pid_of("web"), run.pid_of("pbx"), int(run.note("worker"))]
    assert run.stop(signal.SIGKILL) == -signal.SIGKILL
    wait_until(lambda: not any(map(alive, pids)), "all are gone")


def test_the_guard_is_replaced_when_it_dies_itself(run: Run) -> None:
    run.start(serving(run.folder, "web", before="sleep 300 & echo $! > worker"))
    assert run.process is not None
    os.kill(guard_of(run.process.pid), signal.SIGKILL)
    os.kill(run.pid_of("web"), signal.SIGKILL)
    wait_until(lambda: run.note("order").count("start web") == 2, "web is started again")
    wait_until(lambda: alive(int(run.note("worker") or 0)), "its worker runs")
    pids = [run.pid_of("web"), int(run.note("worker"))]
    run.stop(signal.SIGKILL)
    wait_until(lambda: not any(map(alive, pids)), "all are gone")


def guard_of(supervisor: int) -> int:
    listed = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text(encoding="utf-8")
    return next(
        pid for pid in map(int, listed.split()) if b"guard.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )


def test_a_needed_process_that_fails_keeps_the_hotline_closed_and_says_why(run: Run) -> None:
    run.start(
        serving(run.folder, "redis"),
        {"name": "pbx", "script": "echo no modules here; exit 3"},
        until="cannot",
    )
    assert run.process is not None
    assert run.process.wait(PATIENCE_S) == 2
    assert "cannot open: pbx ended (exit code 3)" in run.said()
    assert "says: no modules here" in run.said()
    assert "Traceback" not in run.said()
    assert run.note("order").endswith("end redis")


def test_a_needed_process_that_hangs_keeps_the_hotline_closed(run: Run) -> None:
    run.start({"name": "pbx", "script": "sleep 300", "ready_within_s": 0.3}, until="was not ready")
    assert run.process is not None
    assert run.process.wait(PATIENCE_S) == 2


def test_the_hotline_opens_without_what_it_can_do_without(run: Run) -> None:
    run.start({"name": "speech", "script": "exit 1", "needed": False}, serving(run.folder, "web"))
    assert "goes on without it" in run.said()
    assert alive(run.pid_of("web"))


def test_logs_are_for_the_owner_only(run: Run) -> None:
    run.start(serving(run.folder, "web", before="echo something"))
    log = run.folder / "web.log"
    wait_until(lambda: "something" in log.read_text(encoding="utf-8"), "the log has it")
    assert log.stat().st_mode & 0o077 == 0
