"""Runs the real supervisor over small shell scripts: `supervised.py '[{"name": …, "script": …}]'`."""

import json
import sys
from pathlib import Path
from typing import Any

from hotline.domain.errors import HotlineError
from hotline.settings import Settings
from hotline.supervise import Supervisor
from hotline.supervision.child import Spec


def spec(folder: Path, name: str, script: str, **more: Any) -> Spec:
    """A script is ready when it has made the file that is named like it; `more` is of Spec."""
    return Spec(
        name=name,
        argv=["sh", "-c", script],
        log=folder / f"{name}.log",
        ready=(folder / f"{name}.ready").exists,
        **{"ready_within_s": 10.0, "stop_within_s": 1.0} | more,
    )


def run(settings: Settings, specs: list[Spec]) -> int:
    supervisor = Supervisor(specs, settings)
    try:
        if supervisor.open():
            print("== serving ==", flush=True)
            supervisor.watch()
    except HotlineError as problem:
        print(problem, flush=True)
        return 2
    finally:
        supervisor.close()
    return 0


if __name__ == "__main__":
    chosen = Settings.from_env()
    sys.exit(run(chosen, [spec(chosen.runtime_dir, **entry) for entry in json.loads(sys.argv[1])]))
