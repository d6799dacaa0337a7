"""Keys for programs: made by an administrator, shown once, kept as a hash, revoked for ever."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hotline.domain.actors import Actor, Role
from hotline.domain.errors import Conflict, NotFound
from hotline.domain.ids import UnitId
from hotline.domain.ticket import FieldsInvalid
from hotline.services import units
from hotline.services.ports import Transaction
from hotline.services.ports_api import Answered, ApiKey

ROLES = ("seat", "supervisor", "unit")
PER_MINUTE = 120
LONGEST_NAME = 40
REMEMBERED = timedelta(days=7)  # answers to requests that a client may send again
_KEY = re.compile(r"hl_([0-9a-f]{12})_[A-Za-z0-9_-]{43}\Z")
_USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key with its text, which is shown once."""

    key: ApiKey
    text: str


def create(
    tx: Transaction,
    *,
    name: str,
    role: str,
    made_by: str,
    at: datetime,
    unit: UnitId | None = None,
    may_write: bool = False,
    per_minute: int = PER_MINUTE,
) -> NewKey:
    """Make a key. Raises FieldsInvalid naming each wrong field, NotFound or Conflict for the unit."""
    name = name.strip()
    problems: dict[str, str] = {}
    if not name or not name.isprintable():
        problems["name"] = "required"
    elif len(name) > LONGEST_NAME:
        problems["name"] = "too_long"
    elif any(key.name == name and key.revoked_at is None for key in tx.api.all()):
        problems["name"] = "taken"
    if role not in ROLES:
        problems["role"] = "unknown"
    elif (unit is not None) != (role == "unit"):
        problems["unit"] = "required" if unit is None else "unknown"
    if not 1 <= per_minute <= 10_000:
        problems["per_minute"] = "out_of_range"
    if problems:
        raise FieldsInvalid(problems)
    if unit is not None:
        units.require(tx, unit)
    prefix = secrets.token_hex(6)
    text = f"hl_{prefix}_{secrets.token_urlsafe(32)}"
    key = tx.api.add(
        name=name, prefix=prefix, hash=_hash(text), role=role, unit=unit, may_write=may_write,
        per_minute=per_minute, made_by=made_by, made_at=at, last_used_at=None, revoked_at=None,
    )  # fmt: skip
    return NewKey(key, text)


def revoke(tx: Transaction, key_id: int, at: datetime) -> ApiKey:
    """It opens nothing from now on; a second time changes nothing. Raises NotFound."""
    found = next((key for key in tx.api.all() if key.id == key_id), None)
    if found is None:
        raise NotFound("there is no such key")
    if found.revoked_at is None:
        tx.api.update(key_id, revoked_at=at)
    return next(key for key in tx.api.all() if key.id == key_id)


def find(tx: Transaction, text: str) -> ApiKey | None:
    """The key with this text, if it opens anything."""
    match = _KEY.match(text)
    key = tx.api.by_prefix(match[1]) if match else None
    right = hmac.compare_digest(key.hash if key else "0" * 64, _hash(text))
    return key if key and right and key.revoked_at is None else None


def is_news(key: ApiKey, at: datetime) -> bool:
    """Whether its last use is worth writing: once a minute is enough to know who still uses it."""
    return key.last_used_at is None or at - key.last_used_at >= _USED_EVERY


def actor_of(key: ApiKey) -> Actor:
    """Who the log says it was."""
    return Actor(account=None, name=f"api:{key.name}", role=Role(key.role), unit=key.unit)


def digest_of(*parts: object) -> str:
    """What a request asked for, so that its name is not used for another."""
    return _hash("\n".join(str(part) for part in parts))


def answer_again(tx: Transaction, key: ApiKey, name: str, digest: str) -> Answered | None:
    """What the request of this name was answered. Raises Conflict when it asked for something else."""
    before = tx.api.answered(key.id, name)
    if before is not None and before.digest != digest:
        raise Conflict("this Idempotency-Key was used for another request")
    return before


def remember(tx: Transaction, key: ApiKey, name: str, at: datetime, answered: Answered) -> None:
    """Keep an answer, and let old ones go."""
    tx.api.remember(key.id, name, at, answered)
    tx.api.forget(at - REMEMBERED, 100)


def view(key: ApiKey) -> Mapping[str, Any]:
    """A key as an administrator sees it: nothing in it opens anything."""
    shown = ("id", "name", "prefix", "role", "unit", "may_write", "per_minute", "made_by")
    times = {name: getattr(key, name) for name in ("made_at", "last_used_at", "revoked_at")}
    return {name: getattr(key, name) for name in shown} | {
        name: at.timestamp() if at else None for name, at in times.items()
    }


def _hash(text: str) -> str:
    # The text has 256 random bits: a slow hash would protect nothing and cost every request.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
