"""A page's whole state for its first look and after a gap: the services' views and what only screens need."""

from functools import lru_cache
from typing import Any

from pypinyin import Style, lazy_pinyin

from hotline.services import screens
from hotline.services.ports import Account
from seat_console import health
from seat_console.context import Services, now

View = dict[str, Any]


def for_seat(services: Services, account: Account) -> View:
    """What a seat's console shows; a seat without an account's seat is Conflict."""
    with services.storage.reading() as tx:
        view = screens.seat_snapshot(tx, account, services.topics, now())
    view["topics"] = [topic | _sounds(topic["name"]["zh"]) for topic in view["topics"]]
    return view | {"me": _me(account), "demo": services.settings.demo}


def for_floor(services: Services, account: Account) -> View:
    """What the supervisors' page shows."""
    with services.storage.reading() as tx:
        view = screens.floor_snapshot(tx, services.topics, now())
    categories: dict[str, Any] = {t["category"]: t["category_name"] for t in services.topics.as_view()}
    topics = {t["id"]: t["name"] for t in services.topics.as_view()}
    more = {"me": _me(account), "health": health.parts(services), "categories": categories, "topics": topics}
    return view | more


def _me(account: Account) -> View:
    return {"login": account.login, "name": account.name, "role": account.role, "seat": account.seat}


@lru_cache(maxsize=4096)
def _sounds(name: str) -> dict[str, str]:
    """How a name is typed on a keyboard: whole pinyin, and its first letters (停水: tingshui, ts)."""
    return {
        "pinyin": "".join(lazy_pinyin(name)).lower(),
        "initials": "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower(),
    }
