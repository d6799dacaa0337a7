"""Where set-up reads and writes: the checkout, its private folder, and the cache all checkouts share."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLAYWRIGHT_NODE = "playwright-node"


def private_dir() -> Path:
    """The checkout's own folder for what is made on this machine; never committed."""
    return ROOT / ".hotline"


def venv_dir() -> Path:
    return ROOT / ".venv"


def parts_file() -> Path:
    """`HOTLINE_PARTS_FILE` lets an installation keep the list of its parts elsewhere."""
    named = os.environ.get("HOTLINE_PARTS_FILE")
    return Path(named) if named else private_dir() / "parts.json"


def wrappers_dir() -> Path:
    return private_dir() / "bin"


def log_file() -> Path:
    return private_dir() / "setup.log"


def cache_dir() -> Path:
    """Downloads and unpacked parts; outside the checkout so that a second clone finds them."""
    base = os.environ.get("XDG_CACHE_HOME")
    home = Path(base) if base and Path(base).is_absolute() else Path.home() / ".cache"
    return home / "hotline"
