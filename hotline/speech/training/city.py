"""What the city's own files say: its topics and its places."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any

TOPICS_FOLDER = Path(__file__).resolve().parents[2] / "topics"


@functools.cache
def topics() -> dict[str, list[dict[str, Any]]]:
    """The topics file as it is: tables `category`, `topic` and `urgency`."""
    return tomllib.loads((TOPICS_FOLDER / "zhucheng.toml").read_text(encoding="utf-8"))


@functools.cache
def place_names() -> tuple[str, ...]:
    """Every place of the demo city, in every way people say it."""
    places = tomllib.loads((TOPICS_FOLDER / "places.toml").read_text(encoding="utf-8"))["place"]
    return tuple(dict.fromkeys(name for place in places for name in (place["name"], *place.get("also", []))))
