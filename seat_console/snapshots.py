"""A page's whole state for its first look and after a gap: the services' views and what only screens need."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from pypinyin import Style, lazy_pinyin

from hotline.domain.errors import Conflict
from hotline.places_file import WatchedPlaces
from hotline.services import bursts, screens
from hotline.services.ports import Account
from seat_console import health
from seat_console.context import Services, now

View = dict[str, Any]


def for_seat(services: Services, account: Account) -> View:
    """What a seat's console shows. Raises Conflict for an account without a seat."""
    if account.seat is None:
        raise Conflict("this account has no seat")
    with services.storage.reading() as tx:
        view = screens.seat_snapshot(tx, account, services.topics, now())
    view["topics"] = [topic | {"sounds": _sounds(topic["name"]["zh"])} for topic in view["topics"]]
    settings = services.settings
    places = _places(settings.places_file, settings.runtime_dir / "categoriser" / "places.toml")
    return view | {"places": places.view(), "me": _me(account), "demo": services.settings.demo}


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


class _Places:
    """The city's places, to choose from while writing; made anew only when the file changed."""

    def __init__(self, watched: WatchedPlaces) -> None:
        self._watched = watched
        self._made: tuple[object, list[View]] = ((), [])

    def view(self) -> list[View]:
        newest = self._watched.newest
        if self._made[0] is not newest:
            self._made = (
                newest,
                [
                    {"name": p.name, "within": p.within, "also": list(p.also), "sounds": _sounds(p.name)}
                    for p in newest
                ],
            )
        return self._made[1]


@lru_cache(maxsize=1)
def _places(file: Path, kept: Path) -> _Places:
    """Those of this process."""
    return _Places(WatchedPlaces(file, kept))
