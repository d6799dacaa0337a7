"""The file in which the supervisor writes which processes run, for `hotline doctor` and for the tests."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class ProcessState:
    """A process as the supervisor knows it; no `pid` while it waits to be started again."""

    pid: int | None
    restarts: int
    last_end: str


@dataclass(frozen=True, kw_only=True)
class State:
    """The supervisor and its processes."""

    supervisor: int
    processes: dict[str, ProcessState]


def write(runtime_dir: Path, state: State) -> None:
    fresh = _file(runtime_dir).with_suffix(".new")
    fresh.write_text(json.dumps(asdict(state)), encoding="utf-8")
    fresh.replace(_file(runtime_dir))


def remove(runtime_dir: Path) -> None:
    _file(runtime_dir).unlink(missing_ok=True)


def running(runtime_dir: Path) -> State | None:
    """None when the hotline does not run there; a file left by one that was killed does not count."""
    try:
        raw = json.loads(_file(runtime_dir).read_text(encoding="utf-8"))
        processes = {name: ProcessState(**entry) for name, entry in raw["processes"].items()}
        state = State(supervisor=int(raw["supervisor"]), processes=processes)
        os.kill(state.supervisor, 0)
    except PermissionError:
        return state  # it runs as another user
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return state


def _file(runtime_dir: Path) -> Path:
    return runtime_dir / "processes.json"
