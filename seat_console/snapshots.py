"""A page's whole state for its first look and after a gap: the services' views and what only screens need."""

import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

from pypinyin import Style, lazy_pinyin

from hotline.domain.errors import Conflict, Invalid
from hotline.places_file import load_places
from hotline.services import bursts, screens
from hotline.services.ports import Account
from seat_console import health
from seat_console.context import Services, now

log = logging.getLogger("seat_console.snapshots")
View = dict[str, Any]


def for_seat(services: Services, account: Account) -> View:
    """What a seat's console shows. Raises Conflict for an account without a seat."""
    if account.seat is None:
        raise Conflict("this account has no seat")
    with services.storage.reading() as tx:
        view = screens.seat_snapshot(tx, account, services.topics, now())
    view["topics"] = [topic | {"sounds": _sounds(topic["name"]["zh"])} for topic in view["topics"]]
    places = _places(services.settings.places_file)
    return view | {"places": places, "me": _me(account), "demo": services.settings.demo}


def for_floor(services: Services, account: Account) -> View:
    """What the supervisors' page shows."""
    with services.storage.reading() as tx:
        view = screens.floor_snapshot(tx, services.topics, now())
        topics = {topic["id"]: topic["name"] for topic in services.topics.as_view()}
        view["bursts"] = bursts.live(tx, lambda id_: topics.get(id_, id_))
    reasons = screens.pause_reasons()
    more = {"me": _me(account), "health": health.parts(services), "topics": topics, "reasons": reasons}
    return view | more


def _me(account: Account) -> View:
    return {"login": account.login, "name": account.name, "role": account.role, "seat": account.seat}


@lru_cache(maxsize=4096)
def _sounds(name: str) -> list[str]:
    """How a name is typed on a keyboard, without and with whole initials (停水: tingshui, ts, tsh)."""
    styles = (Style.NORMAL, Style.FIRST_LETTER, Style.INITIALS)
    return ["".join(lazy_pinyin(name, style=style, strict=False)).lower() for style in styles]


@lru_cache(maxsize=1)
def _places(file: Path) -> list[View]:
    """The city's places, to choose from while writing; none when the file cannot be read."""
    try:
        return [
            {"name": p.name, "within": p.within, "also": list(p.also), "sounds": _sounds(p.name)}
            for p in load_places(file)
        ]
    except Invalid as problem:
        log.warning("no places to choose from: %s", problem)
        return []
