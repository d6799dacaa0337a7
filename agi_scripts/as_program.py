"""Lets a script of this folder be started as a program by anybody: with the packages of this very checkout.

Runs in whatever Python 3 Asterisk's PATH finds, so it needs nothing but the standard library.
"""

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"


def _another_python() -> bool:
    """Whether the checkout has a Python of its own, and this is not it."""
    has_its_own = PYTHON.exists() and (VENV / "pyvenv.cfg").exists()
    return has_its_own and not VENV.samefile(sys.prefix)


if _another_python():
    os.execv(PYTHON, [str(PYTHON), *sys.argv])
sys.path[0] = str(CHECKOUT)  # was the script's folder
if importlib.util.find_spec("asterisk") is None:
    sys.exit(f"AGI ended: its packages are not there: run `make setup` in {CHECKOUT}")


def run(main: Callable[..., None]) -> None:
    """Run a script's `main` for the call on standard input; what is heard it asks Redis for."""
    from hotline.live.channel import connect
    from hotline.live.heard import RedisCallDesk
    from hotline.settings import Settings
    from hotline.telephony import agi_plain

    agi_plain.run(main, lambda: RedisCallDesk(connect(Settings.from_env().redis_url)))
